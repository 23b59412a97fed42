"""What Back Market's free-text row errors mean: nobody documents them, so only plain words are trusted."""

import re

# "Product not found for EAN 400…", "no product matches", "unknown ean": a product word beside a word of absence. A
# demanded attribute says the same: only a product that is proposed needs one.
_UNKNOWN_PRODUCT = re.compile(
    r"\b(product|ean|gtin|product_id)s?\b.{0,80}\b(not found|unknown|does ?n[o']t (exist|match)|no match|not (exist|known))"
    r"|\b(no|unknown|missing) (matching )?(product|ean|gtin)\b"
    r"|\battributes?\b.{0,40}\b(required|missing|mandatory)\b",
    re.IGNORECASE | re.DOTALL,
)


def says_unknown_product(message: str) -> bool:
    """Whether a row was refused because Back Market has no product for its EAN."""
    return bool(_UNKNOWN_PRODUCT.search(message))
