"""Create companies and change what they are called and counted in."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from listwright.changes.operations import Entry, record
from listwright.changes.origin import Origin
from listwright.common.errors import Conflict, Invalid
from listwright.companies import fields
from listwright.companies.conditions import SUGGESTED
from listwright.companies.models import Company, ConditionMapping, Membership, Role, User
from listwright.companies.operations.settings_wave import settings_changed


@transaction.atomic
def create_company(
    *, slug: str, name: str, currency: str, creator: User | None, origin: Origin, now: datetime
) -> Company:
    """A company with its suggested condition map; `creator` becomes its administrator.

    Raises Invalid naming the field, Conflict when the slug is taken. `catalog.operations.open_company` is what front
    doors call: it adds the warehouse.
    """
    parsed, wrong = fields.parse_all(
        {"slug": slug, "name": name, "currency": currency},
        {"slug": fields.slug, "name": fields.text(200, required=True), "currency": fields.currency},
    )
    if wrong:
        raise Invalid("invalid_company", "The company was not created: " + " ".join(wrong.values()), wrong)
    company, created = Company.objects.get_or_create(
        slug=parsed["slug"], defaults={"name": parsed["name"], "currency": parsed["currency"], "created_at": now}
    )
    if not created:
        taken = f"There is a company '{parsed['slug']}' already. Choose another short name."
        raise Conflict("slug_taken", taken, {"slug": taken})
    ConditionMapping.objects.bulk_create(
        ConditionMapping(company=company, condition=condition, grade=grade) for condition, grade in SUGGESTED.items()
    )
    if creator is not None:
        Membership.objects.create(company=company, user=creator, role=Role.ADMINISTRATOR, created_at=now)
    cells = {name: [None, value] for name, value in parsed.items()}
    record(company_id=company.pk, entries=[Entry("company", company.pk, "create", cells)], origin=origin, now=now)
    return company


@transaction.atomic
def update_company(*, company: Company, changes: Mapping[str, Any], origin: Origin, now: datetime) -> Company:
    """Change `name` or `currency`. A currency is only relabelled: no price is converted. Raises Invalid."""
    parsed, wrong = fields.parse_all(changes, {"name": fields.text(200, required=True), "currency": fields.currency})
    if wrong:
        raise Invalid("invalid_company", "Nothing was changed: " + " ".join(wrong.values()), wrong)
    locked = Company.objects.select_for_update(no_key=True).get(pk=company.pk)
    cells = {name: [getattr(locked, name), value] for name, value in parsed.items() if getattr(locked, name) != value}
    if not cells:
        return locked
    for name, (_, value) in cells.items():
        setattr(locked, name, value)
    locked.save(update_fields=list(cells))
    record(company_id=locked.pk, entries=[Entry("company", locked.pk, "update", cells)], origin=origin, now=now)
    if "currency" in cells:
        settings_changed(company_id=locked.pk)
    return locked


def check_company(*, company: Company, changes: Mapping[str, Any], origin: Origin, now: datetime) -> Company:
    """The company as `update_company` would leave it; raises what that would raise, and nothing is written."""
    with transaction.atomic():
        changed = update_company(company=company, changes=changes, origin=origin, now=now)
        transaction.set_rollback(True)
    return changed
