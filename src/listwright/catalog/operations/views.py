"""Saved views of Manage Catalog."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode

from django.db import transaction
from django.db.models.functions import Lower

from listwright.catalog import grid
from listwright.catalog.models import SavedView
from listwright.common.errors import Invalid, LimitReached
from listwright.common.text import fold, parse_text
from listwright.companies.models import Company

NAME_LIMIT = 60
MOST_VIEWS = 100
_BESIDE_FILTERS = ("sort", "limit")


def save_view(
    *, company: Company, person_id: int, name: str, query: Mapping[str, str], shared: bool, now: datetime
) -> int:
    """Keep an address's query under a name, in the place of the person's view of that name. Returns its id.

    Raises Invalid for no name, a name of over 60 characters, and a query that Manage Catalog does not understand;
    LimitReached beyond a hundred views.
    """
    title = " ".join(parse_text(name, field="name", limit=NAME_LIMIT).split())
    if not title:
        message = "Give the view a name."
        raise Invalid("view_invalid", message, {"name": message})
    grid.parse_filters({key: value for key, value in query.items() if key not in _BESIDE_FILTERS}, company.currency)
    if query.get("sort", "sku").removeprefix("-") not in grid.SORTS:
        message = f"“{query['sort'][:40]}” is no order."
        raise Invalid("view_invalid", message, {"sort": message})
    kept = {key: value for key, value in sorted(query.items()) if value != ""}
    values = {"name": title, "query": urlencode(kept), "shared": shared, "saved_at": now}
    with transaction.atomic():
        Company.objects.select_for_update(no_key=True).get(id=company.pk)
        own = SavedView.objects.filter(company=company, person_id=person_id)
        same = own.annotate(key=Lower("name")).filter(key=fold(title)).first()
        if same is not None:
            own.filter(id=same.pk).update(**values)
            return same.pk
        if own.count() >= MOST_VIEWS:
            raise LimitReached("too_many_views", f"You have {MOST_VIEWS} views already. Remove one first.")
        return SavedView.objects.create(company=company, person_id=person_id, **values).pk


def forget_view(*, company: Company, person_id: int, view_id: int) -> str:
    """Remove a person's own view; returns its name, "" when it is not among theirs (any more)."""
    found = SavedView.objects.filter(company=company, person_id=person_id, id=view_id).first()
    if found is None:
        return ""
    found.delete()
    return found.name
