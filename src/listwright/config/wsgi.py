"""The WSGI application that granian serves."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from listwright.common.garbage import keep_what_is_here
from listwright.common.parentwatch import follow_parent

follow_parent()  # granian's worker would outlive a killed main process
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "listwright.config.settings")
application = get_wsgi_application()
len(get_resolver().url_patterns)  # imports every view, so that the first request need not
keep_what_is_here()
