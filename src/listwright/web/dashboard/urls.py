"""The first page of a company."""

from django.urls import path

from listwright.web.dashboard import views

urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("figures/", views.figures, name="dashboard-figures"),
    path("downloads/", views.download, name="download"),
]
