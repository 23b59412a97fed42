"""What codes are called on screen, and in which colour: always a word, the colour only helps."""

from __future__ import annotations

from typing import NamedTuple


class Word(NamedTuple):
    """A word and the colour (of Tabler's) its badge has."""

    text: str
    colour: str


STATUSES: dict[str, Word] = {
    # Queued Jobs and their rows
    "submitted": Word("Submitted", "blue"),
    "processing": Word("Processing", "blue"),
    "completed": Word("Completed", "green"),
    "partial_success": Word("Partial success", "yellow"),
    "failed": Word("Failed", "red"),
    "cancelled": Word("Cancelled", "secondary"),
    "on_hold": Word("On hold", "yellow"),
    "waiting": Word("Waiting", "secondary"),
    "sent": Word("Sent", "blue"),
    "succeeded": Word("Succeeded", "green"),
    "skipped": Word("Skipped", "secondary"),
    # uploads and their rows
    "previewing": Word("Checking", "blue"),
    "ready": Word("To be applied", "yellow"),
    "scheduled": Word("Scheduled", "blue"),
    "applying": Word("Applying", "blue"),
    "applied": Word("Applied", "green"),
    "changed": Word("Changed", "green"),
    "created": Word("Created", "green"),
    "unchanged": Word("Unchanged", "secondary"),
    # listings
    "on": Word("On", "green"),
    "never_enabled": Word("Never enabled", "secondary"),
    "taken_offline": Word("Taken offline", "yellow"),
    "left_standing": Word("Left as it stands", "yellow"),
    "drift": Word("Drift", "yellow"),
    "verified": Word("Verified", "green"),
    "online": Word("Online", "green"),
    # lines
    "open": Word("Sent", "blue"),
    "accepted": Word("Accepted", "blue"),
    "rejected": Word("Rejected", "red"),
    "unknown": Word("Unknown", "yellow"),
    "not_applied": Word("Not applied", "secondary"),
}

ROLES = {"viewer": "Viewer", "operator": "Operator", "administrator": "Administrator"}

JOB_KINDS = {
    "launch": "Launch",
    "update": "Price and quantity",
    "disable": "Disable",
    "offline": "Take offline",
    "download": "Active Listings",
    "categories": "Categories",
    "import": "Bulk Product Update",
    "export": "Export",
    "edit": "Bulk edit",
    "rollback": "Rollback",
    "approve_held": "Approval of held sends",
    "reject_held": "Rejection of held sends",
}
DRIFTS = {
    "sold_there": Word("Sold there", "blue"),
    "changed_there": Word("Changed by hand there", "yellow"),
    "ignored": Word("Ignored by Back Market", "red"),
    "never_applied": Word("Never applied", "yellow"),
    "vanished": Word("Vanished", "red"),
}
DRIFT_MEANS = {
    "sold_there": "Fewer stand there than were accepted, as an order takes them that is not shown yet.",
    "changed_there": "It was changed there, not from here.",
    "ignored": "It was accepted and changed nothing, again: ask Back Market whether the product is locked.",
    "never_applied": "It was accepted, and what stood there before still does.",
    "vanished": "The listing is gone from Back Market.",
}
PRIORITIES = {1: "Normal", 2: "High", 3: "Critical"}


def word(code: str) -> Word:
    """The word for a code; a code nobody has named yet reads as itself."""
    return STATUSES.get(code) or Word(code.replace("_", " ").capitalize(), "secondary")


def drift_word(kind: str) -> Word:
    """A kind of drift in words."""
    return DRIFTS.get(kind) or STATUSES["drift"]


# What readiness calls the attributes it misses (codes of listings.rules.readiness), as the pages name the fields.
MISSING = {
    "back_market_title": "Back Market Title",
    "title_too_long": "Back Market Title too long",
    "back_market_description": "Back Market Description",
    "comment_too_long": "Comment too long",
    "ean": "EAN",
    "ean_format": "EAN format",
    "ean_check_digit": "EAN check digit",
    "weight": "Prod. Weight",
    "weight_too_low": "Prod. Weight too low",
    "images": "Images",
    "main_image": "Main image",
    "merchant_sku_too_long": "Merchant SKU too long",
    "category": "Default Category",
    "category_unknown": "Default Category unknown",
    "condition": "Condition",
    "condition_unmapped": "Condition not mapped",
    "warranty": "Warranty Delay",
    "warranty_too_short": "Warranty Delay too short",
    "quantity": "Available quantity",
    "price": "Price",
    "price_missing": "Price",
    "brand": "Brand",
    "brand_too_long": "Brand too long",
    "list_price": "List price",
}

ATTRIBUTE = "attribute:"
"""What the code of a missing attribute of a category begins with; behind it stands its field."""


def missing_name(code: str) -> str:
    """What a missing attribute is called; those of a category are called as their field is."""
    return MISSING.get(code) or code.removeprefix(ATTRIBUTE).replace("_", " ").capitalize()
