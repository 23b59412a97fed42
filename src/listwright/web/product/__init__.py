"""Product Details."""
