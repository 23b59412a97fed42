"""Addresses below /{company}/orders/."""

from django.urls import path

from listwright.web.orders import views

urlpatterns = [path("", views.orders, name="orders")]
