"""Tell the planner that a setting has changed what is desired of many listings."""

from django.db.models import F

from listwright.changes.wake import wake
from listwright.companies.models import Account


def settings_changed(*, company_id: int | None) -> None:
    """Raise the account's settings generation, inside the caller's transaction; None means every company's."""
    accounts = Account.objects.all() if company_id is None else Account.objects.filter(company_id=company_id)
    if accounts.update(settings_generation=F("settings_generation") + 1):
        wake("plan")
