"""Settings of the whole installation (C2)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from listwright.changes.operations import Entry, record
from listwright.changes.origin import Origin
from listwright.common.errors import Invalid
from listwright.companies import fields
from listwright.companies.models import ClientSettings
from listwright.companies.operations.settings_wave import settings_changed

_PARSERS = {"custom_inventory_calculation": fields.flag, "filtered_products": fields.flag}


@transaction.atomic
def update_client_settings(*, changes: Mapping[str, Any], origin: Origin, now: datetime) -> ClientSettings:
    """Switch hooks on or off for the installation. History is kept under company 0. Raises Invalid."""
    parsed, wrong = fields.parse_all(changes, _PARSERS)
    if wrong:
        raise Invalid("invalid_client_settings", "Nothing was changed: " + " ".join(wrong.values()), wrong)
    ClientSettings.objects.get_or_create(pk=1)
    settings = ClientSettings.objects.select_for_update().get(pk=1)
    cells = {name: [not value, value] for name, value in parsed.items() if getattr(settings, name) != value}
    if not cells:
        return settings
    for name, (_, value) in cells.items():
        setattr(settings, name, value)
    settings.save(update_fields=list(cells))
    record(company_id=0, entries=[Entry("client_settings", 1, "update", cells)], origin=origin, now=now)
    settings_changed(company_id=None)
    return settings
