"""Addresses below /{company}/unlinked/."""

from django.urls import path

from listwright.web.unlinked import views

urlpatterns = [
    path("", views.unlinked, name="unlinked"),
    path("decide/", views.decide, name="unlinked-decide"),
    path("download/", views.download, name="unlinked-download"),
    path("progress/", views.progress, name="unlinked-progress"),
    path("link/", views.ask_link, name="unlinked-link"),
    path("products/", views.products, name="unlinked-products"),
]
