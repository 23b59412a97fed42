"""Fetching the category tree as a step of the account, once a day."""

from datetime import datetime, timedelta

from listwright.listings import operations as listings
from listwright.sync.commits import commit
from listwright.sync.engine.steps import StepContext
from listwright.sync.models import AccountState

KEPT = timedelta(days=1)


class CategoriesStep:
    """Back Market's categories with their attributes, kept per account."""

    name = "categories"

    def due(self, account_id: int, now: datetime) -> bool:
        """Whether the tree was never fetched, or not for a day."""
        return not AccountState.objects.filter(account_id=account_id, categories_at__gt=now - KEPT).exists()

    def run(self, context: StepContext) -> None:
        """Fetch and keep the whole tree."""
        tree = context.adapter.categories()
        now = context.clock.now()
        with commit("keep categories"):
            listings.store_categories(account_id=context.account_id, tree=tree, now=now)
            AccountState.objects.update_or_create(account_id=context.account_id, defaults={"categories_at": now})
