"""The WSGI application that granian serves."""

import os

from django.core.wsgi import get_wsgi_application

from listwright.common.garbage import keep_what_is_here
from listwright.common.parentwatch import follow_parent
from listwright.web.warm import warm_up

follow_parent()  # granian's worker would outlive a killed main process
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "listwright.config.settings")
application = get_wsgi_application()
warm_up()
keep_what_is_here()
