"""Addresses below /{company}/settings/."""

from django.urls import path

from listwright.web.settings import backmarket, company, conditions, warehouses

urlpatterns = [
    path("", company.settings, name="settings"),
    path("backmarket/", backmarket.general, name="settings-backmarket"),
    path("backmarket/test/", backmarket.test, name="settings-backmarket-test"),
    path("backmarket/sending/", backmarket.sending, name="settings-backmarket-sending"),
    path("conditions/", conditions.conditions, name="settings-conditions"),
    path("warehouses/", warehouses.warehouses, name="settings-warehouses"),
]
