"""Ending removals as a step of the account: a product goes once Back Market has confirmed its zero (B5, rule 10)."""

from datetime import datetime

from listwright.catalog.models import Product
from listwright.changes.origin import Origin
from listwright.listings import operations as listings
from listwright.sync.commits import commit
from listwright.sync.engine.steps import StepContext

ORIGIN = Origin.system("removal")


class RemovalsStep:
    """Products that were removed with "offline" and wait for their zero."""

    name = "removals"

    def due(self, account_id: int, now: datetime) -> bool:
        """Whether a product waits to go."""
        return Product.objects.filter(leaving_since__isnull=False, company__account__id=account_id).exists()

    def run(self, context: StepContext) -> None:
        """Let those go whose zero is confirmed."""
        with commit("end removals"):
            listings.finish_removals(account_id=context.account_id, origin=ORIGIN, now=context.clock.now())
