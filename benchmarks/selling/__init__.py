"""A day of selling on a virtual clock: what happens (`day`), our own code driven by it (`ours`), and others beside it."""

import os

import django
from django.apps import apps

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "listwright.config.settings")
if not apps.ready:  # the planner's module names tables, though none is touched here
    django.setup()
