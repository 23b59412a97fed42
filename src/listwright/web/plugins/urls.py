"""Addresses below /{company}/plugins/."""

from django.urls import path

from listwright.web.plugins import views

urlpatterns = [
    path("", views.page, name="plugins"),
    path("<str:plugin>/", views.change, name="plugin-change"),
]
