"""Addresses below /{company}/catalog/{sku}/, without Back Market's."""

from django.urls import path

from listwright.web.product import views

urlpatterns = [
    path("", views.product, name="product"),
    path("stock/", views.set_stock, name="product-stock"),
    path("images/", views.change_images, name="product-images"),
    path("delete/", views.delete, name="product-delete"),
]
