"""The whole plugin interface. A plugin implements any of these functions, marked with `@hookimpl`.

Each is called with a batch and answers with a sequence of the same length and order; None at a place means "no opinion",
and Listwright's own rule stands there: another implementation of the same hook (`defaults.own_rules`). `settings` is the
plugin's own model, filled with what the company entered (an empty dict without a model). Plugins run in a process of
their own that has no database, no Django and no secret. It is killed when an answer takes longer than
`LISTWRIGHT_PLUGIN_TIMEOUT` seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pluggy
from pydantic import BaseModel

from listwright.plugins.types import (
    BulkColumn,
    Cells,
    NewPrice,
    OfferFacts,
    Problem,
    ProductFacts,
    StartingQuantity,
    Veto,
)

PROJECT = "listwright"
ENTRY_POINTS = "listwright.plugins"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec(firstresult=True)
def settings_model() -> type[BaseModel]:  # type: ignore[empty-body]
    """The plugin's settings: a pydantic model whose fields become the form on the Plugins page.

    Title, description, default and bounds of a field are shown; a field without a default must be filled in before the
    plugin can be switched on.
    """


@hookspec(firstresult=True)
def inventory_calculation(  # type: ignore[empty-body]
    products: Sequence[ProductFacts], settings: Any
) -> Sequence[StartingQuantity | None]:
    """How many units of each product can be sold, in the place of stock less reservations.

    Safety and max quantity still apply behind it. In force where *Enable Custom Inventory Calculation For Back Market*
    is on. It is asked whenever a product changes, and for all products every few minutes, as the company has set.
    """


@hookspec(firstresult=True)
def upload_filter(products: Sequence[ProductFacts], settings: Any) -> Sequence[Veto | None]:  # type: ignore[empty-body]
    """Which products shall not be on Back Market.

    A veto keeps a product from being posted. What becomes of one that is live already, the company has answered when it
    switched the filter on: taken offline, or left as it stands. In force where *Enable Filtered Products For Back Market
    Upload* is on.
    """


@hookspec(firstresult=True)
def repricing(offers: Sequence[OfferFacts], settings: Any) -> Sequence[NewPrice | None]:  # type: ignore[empty-body]
    """The price each offer should move to, within its bounds; None leaves it.

    Asked each time BackBox was read for a listing with *Enable Back Market Repricing* and a min price.
    """


@hookspec(firstresult=True)
def readiness_checks(  # type: ignore[empty-body]
    products: Sequence[ProductFacts], settings: Any
) -> Sequence[Sequence[Problem]]:
    """What besides Listwright's own rule keeps each product from being ready to post; empty for nothing."""


@hookspec(firstresult=True)
def bulk_columns(settings: Any) -> Sequence[BulkColumn]:  # type: ignore[empty-body]
    """Columns of the plugin's own in files: uploads and exports know them by their headers."""


@hookspec(firstresult=True)
def bulk_cells(  # type: ignore[empty-body]
    header: str, cells: Sequence[str], settings: Any
) -> Sequence[Cells | None]:
    """What each cell of one of the plugin's columns means, in cells of Listwright's own columns; None for nothing."""


@hookspec(firstresult=True)
def bulk_values(  # type: ignore[empty-body]
    header: str, products: Sequence[ProductFacts], settings: Any
) -> Sequence[str | None]:
    """What stands in one of the plugin's columns for each product of an export; None for an empty cell."""


# Every function above by name, in this order; `settings_model` is no question to a plugin but a part of it.
HOOKS: tuple[str, ...] = tuple(
    name for name, made in globals().items() if hasattr(made, f"{PROJECT}_spec") and name != "settings_model"
)
# The argument a hook takes its batch by; `bulk_columns` has none.
BATCH: Mapping[str, str] = {
    "inventory_calculation": "products",
    "upload_filter": "products",
    "repricing": "offers",
    "readiness_checks": "products",
    "bulk_cells": "cells",
    "bulk_values": "products",
}
