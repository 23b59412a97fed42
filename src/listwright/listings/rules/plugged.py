"""What hooks put into the rules, and what holds while a plugin fails (E1). Pure.

A hook writes inputs: a starting quantity, a veto, problems, prices. While a plugin fails, falls and zeros go on being
sent: its last good quantity less what was sold since; and rises wait, so nothing is offered above what stands there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from listwright.listings.rules.facts import Missing, ProposedPrice, StartingQuantity, Step

OFFLINE, LEAVE = "offline", "leave"


class VetoFacts(NamedTuple):
    """A filter keeps the product off Back Market; `excluded` is what becomes of a live listing: offline or leave."""

    plugin: str
    reason: str
    excluded: str


class Plugged(NamedTuple):
    """Everything hooks say of one listing now. `failure` tells which plugin failed and how; "" when all answered.

    `start` is None while nobody knows a quantity. `prices` are a repricer's, by market.
    """

    start: StartingQuantity | None = None
    veto: VetoFacts | None = None
    problems: tuple[Missing, ...] = ()
    failure: str = ""
    prices: Mapping[str, ProposedPrice] = {}

    @property
    def prices_stay(self) -> bool:
        """Whether prices are left as they stand: the filter excludes the product."""
        return self.veto is not None


NOTHING = Plugged()


class LastGood(NamedTuple):
    """A quantity while its plugin fails: `quantity` held when `available` units were (None: unknown)."""

    quantity: int
    available: int | None


def while_failing(last: LastGood, available: int | None) -> LastGood:
    """The last good quantity less what was sold since; units that came in since do not raise it."""
    if last.available is None or available is None:
        return LastGood(last.quantity, last.available if available is None else available)
    sold = max(0, last.available - available)
    return LastGood(max(0, last.quantity - sold), available)


def missing_of(plugged: Plugged) -> tuple[Missing, ...]:
    """What keeps the product from being posted besides the rule of readiness."""
    if not (plugged.problems or plugged.veto or plugged.failure):
        return ()
    found = list(plugged.problems)
    if plugged.veto is not None:
        message = f"The filter {plugged.veto.plugin} keeps it off Back Market: {plugged.veto.reason}"
        found.append(Missing("filtered", "plugins", message))
    if plugged.failure:
        message = f"It is not posted while a plugin fails. {plugged.failure} See the Plugins page."
        found.append(Missing("plugin_failed", "plugins", message))
    return tuple(found)


def takes_offline(plugged: Plugged) -> bool:
    """Whether a filter excludes the product with the answer that a live listing goes offline."""
    return plugged.veto is not None and plugged.veto.excluded == OFFLINE


def quantity_let_through(
    quantity: int | None, plugged: Plugged, *, linked: bool, standing: int | None, steps: list[Step] | None = None
) -> int | None:
    """The quantity to stand there once filters and failures have had their say; `standing` is the one accepted.

    A veto takes a live listing offline or holds its rises; a failing plugin holds rises; falls and zeros pass. With
    nothing known to stand there, only zero passes.
    """
    veto = plugged.veto
    if quantity is None or not linked or not (veto or plugged.failure):
        return quantity
    if veto is not None and takes_offline(plugged):
        if steps is not None:
            effect = f"Excluded, and so taken offline: {veto.reason}"
            steps.append(Step("Available Qty for Back Market", 0, f"plugin {veto.plugin}", effect))
        return 0
    let: int | None = quantity
    if quantity > 0:
        let = None if standing is None else min(quantity, max(0, standing))
    if steps is not None:
        why = f"Rises wait. {plugged.failure}" if plugged.failure else ""
        if veto is not None:
            why = f"Excluded, and left as it stands: falls go on, rises wait. {veto.reason} {why}".strip()
        source = f"plugin {veto.plugin}" if veto is not None else "plugin"
        steps.append(Step("Available Qty for Back Market", let, source, why))
    return let
