"""Ready To Post (A2, A4): the one rule behind page, grid, file and REST.

It gates Launch and Update/Post only; price and quantity of a linked listing go out regardless. Enabled is no part of
it. What Back Market asks only of a product it does not know yet is missing when it is known to be new there, a
warning while that is open, and nothing once it is known or linked.
"""

from __future__ import annotations

from listwright.common.gtin import check_digit_holds, has_gtin_form
from listwright.common.text import SKU_LIMIT
from listwright.common.weight import whole_grams
from listwright.listings.rules.attributes import attribute_problems
from listwright.listings.rules.availability import cap_in_force, safety_in_force
from listwright.listings.rules.conditions import condition_key
from listwright.listings.rules.facts import AttributeFacts, Missing, Readiness, ReadinessContext, ReadinessFacts

# Back Market's published description: product fields `title` String/200, `brand` String/100 and `weight` "Int > 1" in
# grams; `comment` "Maximum 500 characters"; `warranty_delay` "12 months minimum". SKU: production clients.
TITLE_LIMIT = 200
BRAND_LIMIT = 100
COMMENT_LIMIT = 500
WARRANTY_MONTHS = 12
LIGHTEST_GRAMS = 2

_READY = Readiness(True, (), ())


def readiness(facts: ReadinessFacts, context: ReadinessContext, extra: tuple[Missing, ...] = ()) -> Readiness:
    """Everything that keeps this listing from being posted, in the order of the page, and what is only to be noticed.

    `extra` is what plugins found missing besides. `ready` is true if and only if `missing` is empty.
    """
    missing: list[Missing] = []
    warnings: list[Missing] = []
    _texts(facts, missing)
    _identity(facts, missing)
    attributes = _category(facts, context, missing)
    _grade(facts, context, missing, warnings)
    _warranty(facts, context, missing)
    if facts.quantity is None or facts.quantity <= 0:
        missing.append(_quantity(facts))
    _prices(facts, context, missing, warnings)
    if not facts.linked:
        if not facts.comment and not context.company_comment:
            message = "Enter a comment. Without one Back Market keeps the listing offline."
            warnings.append(Missing("comment", "comment", message))
        if facts.known_to_back_market is not True:
            new_product = missing if facts.known_to_back_market is False else warnings
            _new_product(facts, new_product)
            new_product.extend(attribute_problems(attributes, facts.attributes))
    missing.extend(extra)
    if not missing and not warnings:
        return _READY
    return Readiness(not missing, tuple(missing), tuple(warnings))


def _texts(facts: ReadinessFacts, missing: list[Missing]) -> None:
    if not facts.title.strip():
        message = "Enter a Back Market Title, or copy it from the product."
        missing.append(Missing("back_market_title", "title", message))
    elif len(facts.title) > TITLE_LIMIT:
        message = f"Back Market Title has {len(facts.title)} characters. Shorten it to {TITLE_LIMIT} at most."
        missing.append(Missing("title_too_long", "title", message))
    if not facts.description_size:
        missing.append(Missing("back_market_description", "description", "Enter a Back Market Description."))
    if len(facts.comment) > COMMENT_LIMIT:
        message = f"The comment has {len(facts.comment)} characters. Shorten it to {COMMENT_LIMIT} at most."
        missing.append(Missing("comment_too_long", "comment", message))


def _identity(facts: ReadinessFacts, missing: list[Missing]) -> None:
    ean = facts.ean
    if not ean:
        missing.append(Missing("ean", "ean", "Enter the product's EAN."))
    elif not has_gtin_form(ean):
        message = f"EAN is “{ean}”. Enter 8, 12, 13 or 14 digits."
        missing.append(Missing("ean_format", "ean", message))
    elif not check_digit_holds(ean):
        message = f"EAN {ean} has a wrong check digit. Compare it with the number printed under the bar code."
        missing.append(Missing("ean_check_digit", "ean", message))
    if not facts.weight_lbs and not facts.weight_oz:
        missing.append(Missing("weight", "weight_lbs", "Enter the product's weight (Prod. Weight)."))
    if not facts.image_count:
        missing.append(Missing("images", "images", "Add an image to the product."))
    elif not facts.main_image:
        missing.append(Missing("main_image", "images", "Choose which of the product's images is the main one."))
    if len(facts.merchant_sku) > SKU_LIMIT:
        message = f"Merchant SKU has {len(facts.merchant_sku)} characters. Shorten it to {SKU_LIMIT} at most."
        missing.append(Missing("merchant_sku_too_long", "merchant_sku", message))


def _category(facts: ReadinessFacts, context: ReadinessContext, missing: list[Missing]) -> tuple[AttributeFacts, ...]:
    """The attributes the listing's category asks for, none where there is no category to ask."""
    if facts.category is None:
        missing.append(Missing("category", "category", "Choose a Default Category."))
        return ()
    attributes = context.categories.get(facts.category)
    if attributes is None:
        if context.categories:
            message = f"Default Category {facts.category} is no leaf of Back Market's tree (any more). Choose another."
        else:
            message = "Back Market's categories have not been downloaded yet, so Default Category cannot be checked."
        missing.append(Missing("category_unknown", "category", message))
        return ()
    return attributes


def _grade(facts: ReadinessFacts, context: ReadinessContext, missing: list[Missing], warnings: list[Missing]) -> None:
    key = condition_key(facts.condition)
    grade = context.grades.get(key)
    if not key:
        missing.append(Missing("condition", "condition", "Choose the product's Condition."))
    elif grade is None:
        message = f"Condition “{facts.condition}” has no Back Market grade. Map it, or choose another Condition."
        missing.append(Missing("condition_unmapped", "condition", message))
    elif facts.grade_there and facts.grade_there != grade:
        message = (
            f"Condition “{facts.condition}” is grade {grade}, but the listing on Back Market is {facts.grade_there}. "
            "The grade of a listing that stands there is never changed."
        )
        warnings.append(Missing("grade_differs", "condition", message))


def _warranty(facts: ReadinessFacts, context: ReadinessContext, missing: list[Missing]) -> None:
    months = facts.warranty_months if facts.warranty_months is not None else context.company_warranty_months
    if months is None:
        message = f"Enter a Warranty Delay of at least {WARRANTY_MONTHS} months; the company has no default."
        missing.append(Missing("warranty", "warranty_months", message))
    elif months < WARRANTY_MONTHS:
        whose = "Warranty Delay" if facts.warranty_months is not None else "The company's default Warranty Delay"
        message = f"{whose} is {months} months. Back Market asks for {WARRANTY_MONTHS} at least."
        missing.append(Missing("warranty_too_short", "warranty_months", message))


def _quantity(facts: ReadinessFacts) -> Missing:
    """Why nothing is available for Back Market, and the field that mends it."""
    available, quantity = facts.available, facts.quantity
    if quantity is None or available is None:
        message = "Stock has never been set, so the available quantity is unknown. Set the physical quantity."
        return Missing("quantity", "stock", message)
    safety, cap = safety_in_force(facts.rules), cap_in_force(facts.rules)
    if available > safety and cap is not None and cap <= 0:
        message = f"Max Quantity is {cap}, so nothing is offered. Raise it, or untick Enable Max Qty."
        return Missing("quantity", "max_quantity", message)
    if available > 0:
        units = "1 unit is" if available == 1 else f"{available} units are"
        message = f"Safety Qty {safety} keeps everything back: {units} available. Lower Safety Qty, or raise the stock."
        return Missing("quantity", "safety_quantity", message)
    message = f"No units are available (Available Qty is {available}). Raise the physical quantity."
    return Missing("quantity", "stock", message)


def _prices(facts: ReadinessFacts, context: ReadinessContext, missing: list[Missing], warnings: list[Missing]) -> None:
    """The default market's price is asked for; another market without one is only not sold in."""
    if not facts.prices:
        missing.append(Missing("price", "price", "No market is switched on, so there is no price to post."))
    lacking = []
    for price in facts.prices:
        if price.missing is not None:
            lacking.append(price)
        elif price.warning is not None:
            warnings.append(price.warning)
    lacking.sort(key=lambda price: price.market != context.default_market)
    for price in lacking:
        found = missing if price.market == context.default_market else warnings
        # One blank Site/Retail Price is told once, however many markets it would serve.
        if price.missing is not None and price.missing not in missing and price.missing not in warnings:
            found.append(price.missing)


def _new_product(facts: ReadinessFacts, problems: list[Missing]) -> None:
    """What a row must carry besides to propose a product that Back Market does not know."""
    if not facts.brand.strip():
        problems.append(Missing("brand", "brand", "Enter the product's brand."))
    elif len(facts.brand) > BRAND_LIMIT:
        message = f"Brand has {len(facts.brand)} characters. Shorten it to {BRAND_LIMIT} at most."
        problems.append(Missing("brand_too_long", "brand", message))
    if facts.list_price is None or facts.list_price <= 0:
        message = "Enter a List Price above zero: what the product costs when new."
        problems.append(Missing("list_price", "list_price", message))
    grams = whole_grams(facts.weight_lbs, facts.weight_oz)
    if (facts.weight_lbs or facts.weight_oz) and grams is not None and grams < LIGHTEST_GRAMS:
        message = f"Prod. Weight is {grams} g. Back Market asks for more than 1 g."
        problems.append(Missing("weight_too_low", "weight_lbs", message))
