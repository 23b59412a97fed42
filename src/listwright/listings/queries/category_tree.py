"""Read the category tree of a company's account."""

from django.db import connection
from django.db.models import QuerySet

from listwright.common.errors import NotFound
from listwright.companies import queries as companies
from listwright.companies.models import Company
from listwright.listings.models import Category
from listwright.listings.queries.types import CategoryView
from listwright.listings.rules.facts import AttributeFacts


def categories(company: Company, parent: int | None = None) -> list[CategoryView]:
    """The categories below `parent` (its `category_id`), the roots without one, by name; those gone are left out.

    An empty list of roots means that the tree was never downloaded. Raises NotFound for an unknown parent, NotReady
    when the company is not connected.
    """
    known = Category.objects.filter(account=companies.account(company), gone_at__isnull=True)
    if parent is None:
        return _views(known.filter(parent__isnull=True).order_by("name", "category_id"))
    if not known.filter(category_id=parent).exists():
        raise NotFound("category_not_found", f"There is no category {parent}.")
    return _views(known.filter(parent__category_id=parent).order_by("name", "category_id"))


def leaves(company: Company, containing: str = "", limit: int = 50) -> list[CategoryView]:
    """Leaves whose path contains a text, letter case ignored, by path; for choosing a Default Category."""
    known = Category.objects.filter(account=companies.account(company), gone_at__isnull=True, is_leaf=True)
    return _views(known.filter(path__icontains=containing.strip()).order_by("path", "category_id")[:limit])


def asked_attributes(company: Company, category: int | None = None) -> list[tuple[str, str]]:
    """(field, name) of every attribute that some leaf asks for, or the one a `category` names, by name. Raises NotReady."""
    of_one = "" if category is None else "AND marketplace_category_id = %(category)s"
    statement = f"""
        SELECT DISTINCT ON (lower(item ->> 'name'), item ->> 'field') item ->> 'field', item ->> 'name'
        FROM listings_category CROSS JOIN LATERAL jsonb_array_elements(attributes) AS item
        WHERE account_id = %(account)s AND gone_at IS NULL AND is_leaf {of_one}
        ORDER BY lower(item ->> 'name'), item ->> 'field'"""  # noqa: S608 - the text is our own
    with connection.cursor() as cursor:
        cursor.execute(statement, {"account": companies.account(company).pk, "category": category})
        return list(cursor.fetchall())


def category(company: Company, marketplace_category_id: int) -> CategoryView:
    """The leaf a `category` names, also one that is gone. Raises NotFound, NotReady."""
    known = Category.objects.filter(
        account=companies.account(company), marketplace_category_id=marketplace_category_id, is_leaf=True
    )
    found = _views(known.order_by("-gone_at")[:1])  # a null comes first when descending: the one that is there
    if not found:
        raise NotFound("category_not_found", f"There is no category {marketplace_category_id} to post in.")
    return found[0]


def _views(rows: QuerySet[Category]) -> list[CategoryView]:
    return [
        CategoryView(
            row.category_id,
            row.marketplace_category_id,
            None if row.parent is None else row.parent.category_id,
            row.name,
            row.path,
            row.is_leaf,
            tuple(
                AttributeFacts(item["field"], item["name"], item["type"], tuple(item["allowed"]), item["required"])
                for item in row.attributes
            ),
            row.gone_at is not None,
        )
        for row in rows.select_related("parent")
    ]
