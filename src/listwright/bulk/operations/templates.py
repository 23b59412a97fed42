"""Keep the columns that people chose for their files."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models.functions import Lower

from listwright.bulk.around import around
from listwright.bulk.export import columns_for
from listwright.bulk.models import Template
from listwright.changes.origin import Origin
from listwright.common.errors import Invalid, LimitReached, NotFound
from listwright.common.text import clipped, fold, parse_text
from listwright.companies.models import Company

MOST = 500
"""Templates a company can have."""


@transaction.atomic
def save_template(*, company: Company, name: str, headers: Sequence[str], origin: Origin, now: datetime) -> Template:
    """Keep columns under a name; one of that name (letter case ignored) is replaced.

    Raises Invalid for a blank name, no column, and headers nobody knows, NotReady for Back Market columns while the company
    is not connected.
    """
    name = parse_text(name, field="name", limit=100)
    if not name:
        message = "Give the template a name."
        raise Invalid("template_unnamed", message, {"name": message})
    if not any(header.strip() for header in headers):
        message = "Choose at least one column besides the SKU."
        raise Invalid("template_empty", message, {"columns": message})
    chosen = columns_for(around(company), headers)
    Company.objects.select_for_update(no_key=True).get(pk=company.pk)  # names are looked up, then taken
    theirs = Template.objects.filter(company=company)
    template: Template | None = theirs.alias(key=Lower("name")).filter(key=fold(name)).first()
    if template is None:
        if theirs.count() >= MOST:
            raise LimitReached("too_many_templates", f"There are {MOST} templates already. Delete one first.")
        template = Template(company=company)
    template.name, template.headers = name, chosen.headers
    template.origin_label, template.saved_at = clipped(origin.label, 200), now
    template.save()
    return template


def delete_template(*, company: Company, template_id: int) -> None:
    """Forget a template; files made from it can be uploaded as before. Raises NotFound."""
    if not Template.objects.filter(company=company, pk=template_id).delete()[0]:
        raise NotFound("template_not_found", f"There is no template {template_id} here.")
