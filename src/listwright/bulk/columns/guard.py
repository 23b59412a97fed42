"""What a spreadsheet would take for something else: written behind an apostrophe, and read back unchanged."""

from listwright.common.text import fold

CLEAR = "[clear]"
"""A cell that empties its field; a blank cell leaves it alone (D3)."""

# What spreadsheets begin a formula with (OWASP, "CSV Injection"), their full-width forms among it.
_FORMULA = frozenset("=+-@\t\r\n＝＋－＠")
SPREADSHEET_ERRORS = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#NV", "#WERT!", "#BEZUG!", "#VALEUR!"}
)
"""What a formula that failed leaves in a cell, in English, German and French."""


def is_clear(text: str) -> bool:
    """Whether the cell says `[clear]`, in any letter case."""
    return len(text) < 20 and fold(text.strip()) == CLEAR


def guarded(text: str) -> str:
    """A text as a cell may hold it: an apostrophe in front of what is not to be taken for a formula or `[clear]`."""
    return f"'{text}" if _special(text) else text


def unguarded(text: str) -> str:
    """The text that `guarded` was given; any other text unchanged."""
    return text[1:] if text.startswith("'") and _special(text[1:]) else text


def _special(text: str) -> bool:
    if not text or text[0].isalnum():  # as most texts begin, and nothing special does
        return False
    bare = text.lstrip("'")
    return bare[:1] in _FORMULA or is_clear(bare) or bare in SPREADSHEET_ERRORS
