"""Which products an action is for: some SKUs, all that match a filter, or, said in so many words, all."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection

from listwright.catalog import grid, queries
from listwright.common.errors import Invalid, LimitReached
from listwright.companies.models import Company

MOST_SKUS = 100_000


@dataclass(frozen=True, slots=True)
class Selection:
    """Exactly one of the three. Made by `parse_selection`, or directly by code that has checked it."""

    skus: tuple[str, ...] = ()
    filters: grid.Filters | None = None
    everything: bool = False


class Resolved(NamedTuple):
    """The selected products' ids, ascending, each once; `unknown` are SKUs this company has no product for."""

    product_ids: list[int]
    unknown: tuple[str, ...]


def parse_selection(value: Mapping[str, Any], currency: str) -> Selection:
    """From `{skus: […]}`, `{filter: {…}}` or `{all: true}`.

    Raises Invalid for none or several of them and for an empty list or filter: "all" is always said. Raises
    LimitReached beyond 100,000 SKUs.
    """
    given = {name for name in ("skus", "filter", "all") if value.get(name) not in (None, False)}
    if len(given) != 1:
        message = "Say which products: one of skus [...], filter {...} or all: true."
        raise Invalid("selection_unclear", message, dict.fromkeys(sorted(given) or ["skus"], message))
    (name,) = given
    chosen = value[name]
    if name == "all":
        if chosen is not True:
            raise _refused("all", "all is true or left out.")
        return Selection(everything=True)
    if name == "skus":
        if not isinstance(chosen, list | tuple) or not all(isinstance(sku, str) for sku in chosen):
            raise _refused("skus", "Give a list of SKUs, each as text.")
        if not chosen:
            raise _refused("skus", "The list is empty. To mean every product, say all: true.")
        if len(chosen) > MOST_SKUS:
            message = f"{len(chosen)} SKUs are too many at once: at most {MOST_SKUS}. Use a filter instead."
            raise LimitReached("too_many_skus", message, {"skus": message})
        return Selection(skus=tuple(chosen))
    if not isinstance(chosen, Mapping):
        raise _refused("filter", "A filter is an object, such as {ready: true}.")
    filters = grid.parse_filters(chosen, currency)
    if filters.empty:
        raise _refused("filter", "The filter is empty. To mean every product, say all: true.")
    return Selection(filters=filters)


def resolve(company: Company, selection: Selection) -> Resolved:
    """The products a selection means now, set-based. Raises LimitReached when a filter takes over a minute."""
    if selection.everything:
        return Resolved(list(grid.product_ids(company, filters=grid.Filters())), ())
    if selection.filters is not None:
        return Resolved(list(grid.product_ids(company, filters=selection.filters)), ())
    found = queries.product_ids(company, selection.skus)
    unknown = tuple(sku for sku in dict.fromkeys(selection.skus) if sku not in found)
    return Resolved(sorted(set(found.values())), unknown)


# Of a SKU there was no product for, or whose product is gone, there may be one by now.
_FAILED = """
WITH failed AS (
    SELECT row.product_id, row.sku FROM jobs_jobrow AS row
    WHERE row.job_id = (SELECT id FROM jobs_job WHERE id = %(job)s AND company_id = %(company)s)
        AND row.state = 'failed' AND (%(cause)s = '' OR row.code = %(cause)s)
)
SELECT product.id, NULL FROM failed JOIN catalog_product AS product ON product.id = failed.product_id
WHERE product.company_id = %(company)s
UNION
SELECT product.id, CASE WHEN product.id IS NULL THEN failed.sku END FROM failed
LEFT JOIN catalog_product AS gone ON gone.id = failed.product_id
LEFT JOIN catalog_product AS product ON product.company_id = %(company)s AND lower(product.sku) = lower(failed.sku)
WHERE gone.id IS NULL
"""


def resolve_of_job(company: Company, value: Mapping[str, Any]) -> Resolved:
    """The products of a Queued Job's parameters: a selection, or `{failed_of: job, cause: code}`, the rows of another job
    that failed, for one reason or ("") any. Raises as `parse_selection` and `resolve`."""
    if "failed_of" not in value:
        return resolve(company, parse_selection(value, company.currency))
    with connection.cursor() as cursor:
        cursor.execute(_FAILED, {"job": value["failed_of"], "cause": value["cause"], "company": company.pk})
        found = cursor.fetchall()
    return Resolved(
        sorted(product_id for product_id, _ in found if product_id is not None),
        tuple(sorted(sku for product_id, sku in found if product_id is None)),
    )


def counted(company: Company, selection: Selection) -> grid.Count:
    """How many products a selection means, up to the grid's cap; SKUs as given. Raises LimitReached as the grid does."""
    if selection.skus:
        return grid.Count(len(set(selection.skus)), False)
    return grid.count(company, filters=selection.filters or grid.Filters())


def _refused(field: str, message: str) -> Invalid:
    return Invalid("selection_empty" if "empty" in message else "selection_invalid", message, {field: message})
