"""Read listings: properties, readiness, explanations, categories, conditions."""

from listwright.listings.queries.category_tree import asked_attributes, categories, category, leaves
from listwright.listings.queries.condition_use import conditions, products_missing
from listwright.listings.queries.product_properties import linked_skus, properties, properties_of, readiness, why
from listwright.listings.queries.types import CategoryView, ConditionView, ListingView, MarketView, QuantityView

__all__ = [
    "CategoryView",
    "ConditionView",
    "ListingView",
    "MarketView",
    "QuantityView",
    "asked_attributes",
    "categories",
    "category",
    "conditions",
    "leaves",
    "linked_skus",
    "products_missing",
    "properties",
    "properties_of",
    "readiness",
    "why",
]
