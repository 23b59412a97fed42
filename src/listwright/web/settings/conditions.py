"""The condition map: own conditions to Back Market's grades (C3)."""

from __future__ import annotations

from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from listwright.catalog.grid import Count
from listwright.common.errors import Conflict, Invalid
from listwright.common.text import fold
from listwright.companies import operations
from listwright.companies.conditions import GRADES, SUGGESTED
from listwright.listings import queries
from listwright.sync.queries.settings_preview import conditions_question
from listwright.web.answers import done, may, origin, owner, status_of
from listwright.web.components.words import word
from listwright.web.settings.confirm import Before, account_id, asked_behind, before, digest, part, seen

CHOICES = [(grade, word(grade).text) for grade in GRADES]
_MEANT = {
    **{fold(condition): grade for condition, grade in SUGGESTED.items()},
    "as new": "PREMIUM", "new": "PREMIUM", "a+": "PREMIUM", "a": "EXCELLENT", "b": "VERY_GOOD", "c": "GOOD",
    "d": "FAIR", "mint": "PREMIUM", "acceptable": "FAIR", "used": "GOOD", "poor": "STALLONE", "broken": "STALLONE",
}  # fmt: skip


class Row(NamedTuple):
    """A condition: its grade, what the form chose, the grade its words suggest ("" where they suggest none)."""

    condition: str
    grade: str
    products: Count
    chosen: str
    removed: bool
    suggested: str
    suggested_word: str
    error: str


def conditions(request: HttpRequest, company: str) -> HttpResponse:
    """The page; POST saves the rows that were changed, and a new one."""
    found, here = queries.conditions(owner(request)), f"/{owner(request).slug}/settings/conditions/"
    problem, errors, typed, status, preview = "", {}, {}, 200, None
    removed = request.POST.getlist("remove")
    changes: dict[str, str | None] = {}
    added = {"condition": "", "grade": ""}
    if request.method == "POST":
        given = zip(
            request.POST.getlist("condition"),
            request.POST.getlist("was"),
            request.POST.getlist("grade"),
            strict=False,
        )
        typed = {condition: (before, grade) for condition, before, grade in given}
        changes = {name: grade for name, (before, grade) in typed.items() if grade != before}
        changes |= dict.fromkeys(removed)
        added = {"condition": request.POST.get("new", "").strip(), "grade": request.POST.get("new_grade", "")}
        if added["condition"]:
            changes[added["condition"]] = added["grade"]
        try:
            preview = _preview(request, changes)
            if asked_behind(request):
                return part(request, here, preview)
            if preview is None:
                operations.set_conditions(
                    company=owner(request), grades=changes, origin=origin(request), now=timezone.now()
                )
                return done(request, "Saved." if changes else "Nothing was changed.", here)
        except (Invalid, Conflict) as error:
            if asked_behind(request):
                return part(request, here, None, error.message)
            problem, errors, status = error.message, error.fields, status_of(error)
    rows = [
        _row(
            view.condition,
            view.grade,
            view.products,
            typed.get(view.condition, ("", view.grade))[1],
            view.condition in removed,
            errors,
        )
        for view in found
    ]
    unmapped = [row.products for row in rows if not row.grade]
    context = {
        "rows": rows,
        "unmapped": len(unmapped),
        "lacking": Count(sum(count.number for count in unmapped), any(count.capped for count in unmapped)),
        "choices": CHOICES,
        "added": added,
        "new_error": errors.get(added["condition"], "") if added["condition"] else "",
        "administrator": may(request, "administrator"),
        "problem": problem,
        "preview": preview,
        "here": here,
    }
    return render(request, "settings/conditions.html", context, status=status)


def _preview(request: HttpRequest, changes: dict[str, str | None]) -> Before | None:
    """What the changes would do; None when that was seen already, or they do nothing. Raises Invalid."""
    operations.check_conditions(changes)
    account, confirmed = account_id(owner(request)), digest(changes)
    if account is None or not changes or seen(request, confirmed):
        return None
    question = conditions_question(account, changes)
    return before(request, [("", question)], confirmed) if question else None


def _row(condition: str, grade: str, products: Count, chosen: str, removed: bool, errors: dict[str, str]) -> Row:
    suggested = suggestion(condition) if not grade else ""
    return Row(
        condition,
        grade,
        products,
        chosen,
        removed,
        suggested,
        dict(CHOICES).get(suggested, ""),
        errors.get(condition, ""),
    )


def suggestion(condition: str) -> str:
    """The grade a condition's words suggest, "" for none: `Grade B (boxed)` suggests that of `Grade B`."""
    words = fold(" ".join(condition.split()))
    if words in _MEANT:
        return _MEANT[words]
    found = [key for key in _MEANT if len(key) > 2 and key in words]
    return _MEANT[max(found, key=len)] if found else ""
