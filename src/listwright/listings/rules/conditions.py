"""The company's own conditions and the grades Back Market knows (C3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from listwright.common.text import fold

GRADES = ("PREMIUM", "EXCELLENT", "VERY_GOOD", "GOOD", "FAIR", "STALLONE")
"""Best first; a create row carries one of these words (Back Market takes a row without one for GOOD, silently)."""

_USUAL = {
    "PREMIUM": ("premium", "premium refurbished", "refurbished premium", "grade a+", "a+"),
    "EXCELLENT": ("excellent", "like new", "mint", "pristine", "grade a", "a"),
    "VERY_GOOD": ("very good", "grade b+", "b+"),
    "GOOD": ("good", "grade b", "b"),
    "FAIR": ("fair", "acceptable", "grade c", "c"),
    "STALLONE": ("stallone",),
}
_SUGGESTED = {name: grade for grade, names in _USUAL.items() for name in names}
_PREFIXES = ("refurbished", "seller refurbished", "certified refurbished", "used")


def condition_key(condition: str) -> str:
    """The form in which conditions are compared: trimmed, letter case ignored."""
    return fold(condition.strip())


def condition_map(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The map `grade_for` reads, from (own condition, grade); a condition with a blank grade is not mapped.

    Raises ValueError for a grade that Back Market does not know (the database holds no such grade).
    """
    grades: dict[str, str] = {}
    for condition, grade in pairs:
        if grade and grade not in GRADES:
            raise ValueError(f"{grade!r} is no grade of Back Market; it is one of {', '.join(GRADES)}")
        if grade:
            grades[condition_key(condition)] = grade
    return grades


def grade_for(condition: str, grades: Mapping[str, str]) -> str | None:
    """The grade of an own condition, None when the map has none for it."""
    return grades.get(condition_key(condition))


def suggested_grade(condition: str) -> str | None:
    """A grade to offer for a usual name ("Refurbished - Very Good", "Grade A"); None when the name says too little."""
    words = " ".join(condition_key(condition).replace("_", " ").replace("-", " ").replace(":", " ").split())
    for prefix in _PREFIXES:
        if words.startswith(prefix + " "):
            words = words.removeprefix(prefix + " ")
            break
    return _SUGGESTED.get(words)
