"""How many units are offered (A5).

    available        = what `inventory_calculation` answers: by Listwright's own rules Σ physical in sellable warehouses
                       − reserved (unknown while stock was never set); by a plugin what it says
    for Back Market  = max(0, available − safety), at most max quantity when that is enabled,
                       less what is gone there and no order explains yet (B10)

Each function computes and explains on one path: given a list, it appends the steps that led to its answer.
"""

from __future__ import annotations

from listwright.listings.rules.facts import QuantityRules, StartingQuantity, Step, StockFacts

PRODUCT = "product"
COMPANY_SETTINGS = "company settings"


def available_quantity(
    stock: StockFacts, start: StartingQuantity | None, steps: list[Step] | None = None
) -> int | None:
    """The units that can be sold anywhere, as the hook in force has it; below zero when more is reserved than stands
    there, None while unknown. `stock` is shown in front of it."""
    if steps is not None:
        _explain_available(stock, start, steps)
    return None if start is None else start.quantity


def quantity_for_back_market(
    available: int | None, rules: QuantityRules, steps: list[Step] | None = None
) -> int | None:
    """The units offered on Back Market, never below zero; None while it is unknown what is available."""
    if available is None:
        if steps is not None:
            effect = "No quantity is sent until a person, a file or a feed has set the stock once."
            steps.append(Step("Available Qty for Back Market", None, "calculation", effect))
        return None
    safety = safety_in_force(rules)
    quantity = available - safety if available > safety else 0
    cap = cap_in_force(rules)
    offered = quantity if cap is None or quantity <= cap else cap
    if rules.unseen:
        offered = max(0, offered - rules.unseen)
    if steps is not None:
        _explain_rules(available, rules, quantity, offered, steps)
    return offered


def safety_in_force(rules: QuantityRules) -> int:
    """The safety quantity that applies: the listing's own, or the company's with Default."""
    if rules.safety_quantity is None or rules.safety_quantity_default:
        return rules.company_safety_quantity
    return rules.safety_quantity


def cap_in_force(rules: QuantityRules) -> int | None:
    """The max quantity that applies: the listing's own, or the company's with Default; None for no cap."""
    if not rules.max_quantity_enabled:
        return None
    if rules.max_quantity is None or rules.max_quantity_default:
        return rules.company_max_quantity
    return rules.max_quantity


def _explain_available(stock: StockFacts, start: StartingQuantity | None, steps: list[Step]) -> None:
    if stock.physical is None:
        steps.append(Step("Physical quantity", None, PRODUCT, "Stock has never been set, so it is unknown, not zero."))
    else:
        effect = "The units in all sellable warehouses."
        steps.append(Step("Physical quantity", stock.physical, PRODUCT, effect))
    if start is not None and start.plugin:
        effect = f"Takes the place of stock and reservations: {start.reason}"
        steps.append(Step("Available Qty", start.quantity, f"plugin {start.plugin}", effect))
        return
    effect = "Units promised to orders are taken off." if stock.reserved else "No units are promised to orders."
    steps.append(Step("Reserved", stock.reserved, "orders", effect))
    if start is None:
        steps.append(Step("Available Qty", None, "calculation", "Unknown as long as stock is."))
    else:
        steps.append(Step("Available Qty", start.quantity, "calculation", start.reason))


def _explain_rules(available: int, rules: QuantityRules, quantity: int, offered: int, steps: list[Step]) -> None:
    safety = safety_in_force(rules)
    own = rules.safety_quantity is not None and not rules.safety_quantity_default
    effect = f"Kept back: {max(0, available)} less {safety} leaves {quantity}." if safety else "Nothing is kept back."
    steps.append(Step("Safety Qty", safety, PRODUCT if own else COMPANY_SETTINGS, effect))
    cap = cap_in_force(rules)
    own = rules.max_quantity is not None and not rules.max_quantity_default
    if not rules.max_quantity_enabled:
        steps.append(Step("Max Quantity", None, PRODUCT, "Enable Max Qty is unticked, so there is no cap."))
    elif cap is None:
        steps.append(Step("Max Quantity", None, COMPANY_SETTINGS, "The company has no max quantity: no cap."))
    else:
        effect = f"Caps {quantity} at {cap}." if quantity > cap else f"{quantity} is not above it."
        steps.append(Step("Max Quantity", cap, PRODUCT if own else COMPANY_SETTINGS, effect))
    if rules.unseen:
        effect = (
            "Gone on Back Market without an order yet: not offered again until one explains it, for an hour at most."
        )
        steps.append(Step("Sold there, not shown yet", rules.unseen, "Back Market", effect))
    steps.append(Step("Available Qty for Back Market", offered, "calculation", "What is offered on Back Market."))
