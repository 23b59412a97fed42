"""What all rows of a file share: the company, its account, and what headers and cells can name."""

from dataclasses import dataclass

from listwright.bulk.columns import Known
from listwright.catalog import queries as catalog
from listwright.channels.registry import channel
from listwright.common.errors import NotReady
from listwright.companies import queries as companies
from listwright.companies.models import Account, Company
from listwright.listings.models import Category
from listwright.listings.operations.category_choice import Node, Tree, category_key
from listwright.listings.operations.edits import Context


@dataclass(frozen=True, slots=True)
class Around:
    """`account` and `context` are None while the company is not connected; then there are no Back Market columns."""

    company: Company
    known: Known
    account: Account | None = None
    context: Context | None = None

    def category_cell(self, category_id: int | None) -> str:
        """A category as a file shows it: its path where that means this category alone, else its id."""
        if category_id is None or self.context is None:
            return ""
        leaf = self.context.tree.leaf(category_id)
        if leaf is not None and len(self.context.tree.by_text.get(category_key(leaf.path), ())) == 1:
            return leaf.path
        return str(category_id)


def around(company: Company) -> Around:
    """Gather it, in a few statements."""
    warehouses = tuple(row.name for row in catalog.warehouses(company)) or ("main",)
    try:
        account = companies.account(company)
    except NotReady:
        return Around(company, Known(warehouses))
    nodes = [
        Node(*values)
        for values in Category.objects.filter(account=account, gone_at__isnull=True).values_list(
            "marketplace_category_id", "name", "path", "is_leaf", "attributes"
        )
    ]
    context = Context(
        currency=company.currency,
        markets={market.code: market.currency for market in channel(account.channel).markets(account.region)},
        default_max_quantity=account.default_max_quantity,
        default_safety_quantity=account.default_safety_quantity,
        tree=Tree(nodes, known=bool(nodes)),
    )
    attributes = sorted({fact["field"] for node in nodes for fact in node.attributes})
    own_markets = [row.market for row in companies.markets(account)]
    markets = [*own_markets, *(code for code in context.markets if code not in own_markets)]
    return Around(company, Known(warehouses, tuple(markets), tuple(attributes)), account, context)
