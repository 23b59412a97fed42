"""Addresses below /{company}/catalog/{sku}/backmarket/."""

from django.urls import path

from listwright.web.backmarket import actions, views

urlpatterns = [
    path("", views.properties, name="backmarket"),
    path("live/", views.live, name="backmarket-live"),
    path("categories/", views.categories, name="backmarket-categories"),
    path("attributes/", views.attributes, name="backmarket-attributes"),
    path("enabled/", actions.set_enabled, name="backmarket-enabled"),
    path("enable/", actions.enable, name="backmarket-enable"),
    path("ask/<slug:kind>/", actions.ask, name="backmarket-ask"),
    path("launch/", actions.launch, name="backmarket-launch"),
    path("update/", actions.update, name="backmarket-update"),
    path("unlink/", actions.unlink, name="backmarket-unlink"),
    path("release/", actions.release, name="backmarket-release"),
]
