"""Addresses below /{company}/held/."""

from django.urls import path

from listwright.web.held import views

urlpatterns = [
    path("", views.held, name="held"),
    path("first/", views.first, name="held-first"),
    path("approve/", views.approve, name="held-approve"),
    path("reject/", views.reject, name="held-reject"),
    path("ask/", views.ask, name="held-ask"),
    path("figures/", views.figures, name="held-figures"),
    path("decide/", views.decide, name="held-decide"),
]
