"""Manage Catalog, what it starts, and adding a product. Not below catalog/, where every name is a SKU's."""

from django.urls import path

from listwright.web.catalog import actions, edits, products, saved, views

urlpatterns = [
    path("catalog/", views.catalog, name="catalog"),
    path("actions/count/", views.count, name="catalog-count"),
    path("actions/choices/<slug:name>/", views.choices, name="catalog-choices"),
    path("actions/edit/ask/", edits.ask, name="edit-ask"),
    path("actions/edit/value/", edits.value, name="edit-value"),
    path("actions/edit/", edits.apply, name="edit"),
    path("actions/<slug:kind>/ask/", actions.ask, name="action-ask"),
    path("actions/<slug:kind>/figures/", actions.figures, name="action-figures"),
    path("actions/<slug:kind>/", actions.act, name="action"),
    path("views/", saved.save, name="view-save"),
    path("views/<int:view_id>/forget/", saved.forget, name="view-forget"),
    path("products/new/", products.new, name="new-product"),
]
