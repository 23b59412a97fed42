"""Listings Back Market has and Listwright does not."""
