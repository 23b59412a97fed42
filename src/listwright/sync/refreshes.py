"""Have plugins asked again by the clock: a supplier's stock changes without any change of ours (E1)."""

from datetime import datetime

from django.db import connection

from listwright.companies.operations.plugins import refresh_plugins
from listwright.sync.commits import commit
from listwright.sync.engine.steps import StepContext

# While a plugin fails it is tried after 1, 2, 4 … minutes, at most as rarely as it is asked anyway.
DUE = """
SELECT EXISTS (
    SELECT FROM companies_companyplugin p JOIN companies_account a ON a.company_id = p.company_id
    WHERE a.id = %s AND p.enabled AND p.hooks ?| array['inventory_calculation', 'upload_filter', 'readiness_checks']
        AND coalesce(p.refreshed_at, '-infinity') <= %s - make_interval(mins => CASE
            WHEN p.failed_at IS NULL THEN p.refresh_minutes
            ELSE least(p.refresh_minutes, 1 << least(p.failures, 10)) END::integer))
"""


class PluginRefreshStep:
    """Starts a settings wave when a plugin's answers are old, or when one that failed may be tried again."""

    name = "plugins"

    def due(self, account_id: int, now: datetime) -> bool:
        """Whether some plugin's time has come."""
        with connection.cursor() as cursor:
            cursor.execute(DUE, [account_id, now])
            return bool(cursor.fetchone()[0])

    def run(self, context: StepContext) -> None:
        """Plan all listings of the account again."""
        with commit("have plugins asked again"):
            refresh_plugins(account_id=context.account_id, now=context.clock.now())
