"""An account's thresholds of the breaker."""

from typing import NamedTuple

from django.db.backends.utils import CursorWrapper


class Limits(NamedTuple):
    """Shares in percent, None: that part is off. `minutes` is the time things are counted in."""

    account_id: int
    company_id: int
    zeros_share: int | None
    zeros_least: int
    refused_share: int | None
    refused_least: int
    minutes: int


READ = """
SELECT id, company_id, breaker_zeros_share, breaker_zeros_least, breaker_refused_share, breaker_refused_least,
    breaker_minutes
FROM companies_account WHERE id = %s
"""


def limits(cursor: CursorWrapper, account_id: int) -> Limits:
    """Raises LookupError when the account is gone."""
    cursor.execute(READ, [account_id])
    row = cursor.fetchone()
    if row is None:
        raise LookupError(f"account {account_id} is gone")
    return Limits(*row)
