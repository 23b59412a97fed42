"""Orders, as far as stock needs them."""
