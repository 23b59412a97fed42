"""The condition map (C3)."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from listwright.changes.operations import Entry, record
from listwright.changes.origin import Origin
from listwright.common.errors import Invalid
from listwright.common.text import fold, visible
from listwright.companies.conditions import GRADES
from listwright.companies.models import Company, ConditionMapping
from listwright.companies.operations.settings_wave import settings_changed


@transaction.atomic
def set_conditions(*, company: Company, grades: Mapping[str, str | None], origin: Origin, now: datetime) -> None:
    """Map own conditions to grades. "" keeps a condition without a grade (unmapped), None removes it.

    Conditions not named are left alone; letter case is ignored. Raises Invalid naming the condition.
    """
    wanted = _parse(grades)
    Company.objects.select_for_update(no_key=True).get(pk=company.pk)
    existing = {fold(row.condition): row for row in ConditionMapping.objects.filter(company=company)}
    cells = {}
    for key, (condition, grade) in wanted.items():
        row = existing.get(key)
        if (row.grade if row else None) == grade:
            continue
        cells[condition] = [row.grade if row else None, grade]
        if row is None:
            assert grade is not None  # None equals the absent row's
            ConditionMapping.objects.create(company=company, condition=condition, grade=grade)
        elif grade is None:
            row.delete()
        else:
            ConditionMapping.objects.filter(pk=row.pk).update(grade=grade)
    if cells:
        entry = Entry("company", company.pk, "set_conditions", cells)
        record(company_id=company.pk, entries=[entry], origin=origin, now=now)
        settings_changed(company_id=company.pk)


def check_conditions(grades: Mapping[str, str | None]) -> None:
    """Raises Invalid for what `set_conditions` would refuse; writes nothing."""
    _parse(grades)


def _parse(grades: Mapping[str, str | None]) -> dict[str, tuple[str, str | None]]:
    """(condition, grade) by folded condition."""
    wrong: dict[str, str] = {}
    wanted: dict[str, tuple[str, str | None]] = {}
    for given, grade in grades.items():
        condition = " ".join(given.split())
        if not 1 <= len(condition) <= 100 or visible(condition) != condition:
            wrong[given] = "A condition has 1 to 100 characters, none of them a control character."
        elif grade and grade not in GRADES:
            wrong[given] = f"'{grade}' is no grade: choose one of {', '.join(GRADES)}."
        elif fold(condition) in wanted:
            wrong[given] = f"'{condition}' is named twice."
        else:
            wanted[fold(condition)] = (condition, grade)
    if wrong:
        raise Invalid("invalid_conditions", "Nothing was changed: " + " ".join(wrong.values()), wrong)
    return wanted


def set_condition(*, company: Company, condition: str, grade: str | None, origin: Origin, now: datetime) -> None:
    """Map one condition; as `set_conditions`."""
    set_conditions(company=company, grades={condition: grade}, origin=origin, now=now)
