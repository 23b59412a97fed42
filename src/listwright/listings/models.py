"""What is offered where: a product's Back Market properties, and the state of each listing there."""

from typing import Any

from django.db import models
from django.db.models.functions import Lower, Trim

MONEY: dict[str, Any] = {"max_digits": 12, "decimal_places": 2}


class Category(models.Model):
    """A node of Back Market's category tree as last fetched for an account; leaves carry their attributes.

    `attributes`: [{field, name, type (0 decimal, 1 integer, 2 string, 3 multiple choice), allowed, required}].
    """

    account = models.ForeignKey("companies.Account", on_delete=models.CASCADE, related_name="categories")
    category_id = models.IntegerField(help_text="category_id on the wire: the node's place in the tree")
    marketplace_category_id = models.IntegerField(help_text="what a create row names")
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="children")
    name = models.CharField(max_length=200)
    path = models.CharField(max_length=600, help_text="Smartphones › iPhone")
    is_leaf = models.BooleanField()
    attributes = models.JSONField(default=list)
    fetched_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "category_id"], name="category_once")]
        indexes = [models.Index(fields=["account", "marketplace_category_id"], name="category_by_marketplace_id")]


class ListingStatus(models.TextChoices):
    """The four stored states of B5."""

    NEVER_ENABLED = "never_enabled", "Never enabled"
    ON = "on", "On"
    TAKEN_OFFLINE = "taken_offline", "Taken offline"
    LEFT_STANDING = "left_standing", "Left as it stands"


class Listing(models.Model):
    """One product on one account: every Back Market property of A3. Prices are in the company's currency.

    `effective_merchant_sku` is the merchant SKU or else the product's SKU, stored so that the database keeps it unique.
    `max_quantity_default`, `safety_quantity_default`, `price_default` are the Default boxes.
    """

    account = models.ForeignKey("companies.Account", on_delete=models.CASCADE, related_name="listings", db_index=False)
    product = models.OneToOneField("catalog.Product", on_delete=models.CASCADE, related_name="listing")
    status = models.CharField(max_length=16, choices=ListingStatus.choices, default=ListingStatus.NEVER_ENABLED)
    status_since = models.DateTimeField()
    merchant_sku = models.CharField(max_length=200, blank=True)
    effective_merchant_sku = models.CharField(max_length=200)
    title = models.CharField(max_length=500, blank=True)
    description = models.TextField(blank=True)
    category_id = models.IntegerField(null=True, help_text="marketplace_category_id of a leaf")
    attributes = models.JSONField(default=dict, help_text="by the category's `field`; values as text")
    condition = models.CharField(max_length=100, blank=True, help_text="overrides the product's")
    warranty_months = models.PositiveSmallIntegerField(null=True)
    comment = models.CharField(max_length=500, blank=True)
    max_quantity_enabled = models.BooleanField(default=False)
    max_quantity = models.PositiveIntegerField(null=True)
    max_quantity_default = models.BooleanField(default=True)
    safety_quantity = models.PositiveIntegerField(null=True)
    safety_quantity_default = models.BooleanField(default=True)
    price = models.DecimalField(**MONEY, null=True)
    price_default = models.BooleanField(default=True)
    repricing_enabled = models.BooleanField(default=False)
    min_price = models.DecimalField(**MONEY, null=True)
    ceiling = models.DecimalField(**MONEY, null=True)

    back_market_id = models.UUIDField(null=True)
    back_market_listing_id = models.BigIntegerField(null=True)
    back_market_product_id = models.CharField(max_length=64, blank=True)
    grade_there = models.CharField(max_length=16, blank=True, help_text="as last read; never changed by us (C3)")
    linked_at = models.DateTimeField(null=True)
    adopted = models.BooleanField(default=False, help_text="linked to a listing that stood there before us")
    missing_there_since = models.DateTimeField(null=True)
    known_to_back_market = models.BooleanField(null=True)
    link_problem = models.CharField(max_length=64, blank=True, help_text="held for a person: why")
    link_problem_message = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("account", Lower("effective_merchant_sku"), name="listing_merchant_sku_once"),
            models.UniqueConstraint(fields=["account", "back_market_id"], name="listing_back_market_id_once"),
            models.CheckConstraint(condition=models.Q(status__in=ListingStatus.values), name="listing_status_known"),
            models.CheckConstraint(
                condition=models.Q(price__isnull=True) | models.Q(price__gte=0), name="listing_price_not_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(price_default=True) | models.Q(price__isnull=False), name="listing_own_price_given"
            ),
        ]
        indexes = [
            models.Index(fields=["account", "id"], name="listing_by_account"),
            models.Index(
                fields=["account"], name="listing_repriced", condition=models.Q(repricing_enabled=True, status="on")
            ),
            models.Index(
                "account",
                Lower(Trim("condition")),
                "product",
                name="listing_own_condition",
                condition=~models.Q(condition=""),
            ),
        ]


class ListingMarket(models.Model):
    """What a listing has of its own in one market; empty means: as everywhere. Prices in the market's currency."""

    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="own_markets", db_index=False)
    market = models.CharField(max_length=5)
    enabled = models.BooleanField(null=True)
    price = models.DecimalField(**MONEY, null=True)
    min_price = models.DecimalField(**MONEY, null=True)
    ceiling = models.DecimalField(**MONEY, null=True)
    comment = models.CharField(max_length=500, blank=True)
    title = models.CharField(max_length=500, blank=True)
    description = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["listing", "market"], name="listing_market_once")]


class ListingState(models.Model):
    """What is desired, accepted and verified of the quantity all markets share. Narrow, written often.

    `quantity_due` is the planner's decision that a line must go out; `forced` that a manual update asked for it.
    `planned_generation` is the stale row's generation the desired values were computed from (rule 4),
    `planned_settings` the account's settings generation.
    """

    listing = models.OneToOneField(Listing, on_delete=models.CASCADE, primary_key=True, related_name="state")
    account = models.ForeignKey("companies.Account", on_delete=models.CASCADE, db_index=False)
    quantity_desired = models.IntegerField(null=True)
    quantity_accepted = models.IntegerField(null=True)
    quantity_verified = models.IntegerField(null=True)
    accepted_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)
    planned_generation = models.BigIntegerField(default=0)
    planned_settings = models.BigIntegerField(default=0)
    quantity_due = models.BooleanField(default=False)
    quantity_urgency = models.SmallIntegerField(default=9)
    due_since = models.DateTimeField(null=True)
    turn = models.DateTimeField(null=True, help_text="its place within its class: due_since, earlier by its lead")
    forced = models.BooleanField(default=False)
    retry_at = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0)
    rejected_generation = models.BigIntegerField(null=True, help_text="refused at this generation: waits for a change")
    error_code = models.CharField(max_length=64, blank=True)
    error_message = models.TextField(blank=True)
    ready = models.BooleanField(default=False)
    missing = models.JSONField(default=list, help_text="[{code, field, message}] of readiness, as last planned")
    unseen = models.IntegerField(
        db_default=0,
        help_text="units that went there without an order that we could see: kept back until explained (B10)",
    )
    unseen_since = models.DateTimeField(null=True)
    sold_30_days = models.IntegerField(db_default=0, help_text="units ordered in the last 30 days, counted hourly")
    hold = models.CharField(max_length=8, db_default="", blank=True, help_text="see sync.decisions.breaker.Hold")
    hold_since = models.DateTimeField(null=True)
    drift = models.CharField(max_length=16, db_default="", blank=True, help_text="see sync.decisions.drift.Drift")
    drift_since = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                "account", "quantity_urgency", "turn", name="quantity_due", condition=models.Q(quantity_due=True)
            ),
            models.Index("unseen_since", name="unseen", condition=models.Q(unseen_since__isnull=False)),
            models.Index(fields=["account", "hold"], name="quantity_held", condition=~models.Q(hold="")),
            models.Index(fields=["account"], name="quantity_refused", condition=~models.Q(error_code="")),
        ]


class ListingMarketState(models.Model):
    """What is desired, accepted and verified of a listing in one market. Prices in the market's currency."""

    pk = models.CompositePrimaryKey("listing_id", "market")
    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="market_states", db_index=False)
    account = models.ForeignKey("companies.Account", on_delete=models.CASCADE, db_index=False)
    market = models.CharField(max_length=5)
    currency = models.CharField(max_length=3)
    price_desired = models.DecimalField(**MONEY, null=True)
    price_accepted = models.DecimalField(**MONEY, null=True)
    price_verified = models.DecimalField(**MONEY, null=True)
    accepted_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)
    comment_there = models.CharField(max_length=500, blank=True)
    warranty_there = models.SmallIntegerField(null=True)
    min_price_there = models.DecimalField(**MONEY, null=True)
    max_price_there = models.DecimalField(**MONEY, null=True)
    publication_state = models.SmallIntegerField(null=True)
    price_due = models.BooleanField(default=False)
    price_urgency = models.SmallIntegerField(default=9)
    due_since = models.DateTimeField(null=True)
    turn = models.DateTimeField(null=True, help_text="its place within its class: due_since, earlier by its lead")
    forced = models.BooleanField(default=False)
    retry_at = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0)
    rejected_generation = models.BigIntegerField(null=True)
    error_code = models.CharField(max_length=64, blank=True)
    error_message = models.TextField(blank=True)
    hold = models.CharField(max_length=8, db_default="", blank=True, help_text="see sync.decisions.breaker.Hold")
    hold_since = models.DateTimeField(null=True)
    drift = models.CharField(max_length=16, db_default="", blank=True, help_text="see sync.decisions.drift.Drift")
    drift_since = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index("account", "price_urgency", "turn", name="price_due", condition=models.Q(price_due=True)),
            models.Index(fields=["account", "hold"], name="price_held", condition=~models.Q(hold="")),
            models.Index(fields=["account"], name="price_refused", condition=~models.Q(error_code="")),
        ]


class PluginAnswer(models.Model):
    """What plugins said of a listing when it was planned last (E1): inputs of the rules, kept for when a plugin fails.

    `available_then` are the units available when `start_quantity` held: what was sold since is taken off. `problems` are
    [{code, field, message}]; `failure` says which plugin failed and how, "" when all answered.
    """

    listing = models.OneToOneField(Listing, on_delete=models.CASCADE, primary_key=True, related_name="plugin_answer")
    start_plugin = models.CharField(max_length=64, blank=True)
    start_epoch = models.IntegerField(default=0)
    start_quantity = models.IntegerField(null=True)
    start_reason = models.TextField(blank=True)
    available_then = models.IntegerField(null=True)
    veto_plugin = models.CharField(max_length=64, blank=True)
    veto_reason = models.TextField(blank=True)
    problems = models.JSONField(default=list)
    failure = models.TextField(blank=True)


class Competition(models.Model):
    """BackBox as last read for a listing in one market, in the market's currency (E2)."""

    pk = models.CompositePrimaryKey("listing_id", "market")
    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="competition", db_index=False)
    account = models.ForeignKey("companies.Account", on_delete=models.CASCADE, db_index=False)
    market = models.CharField(max_length=5)
    currency = models.CharField(max_length=3)
    price = models.DecimalField(**MONEY, null=True)
    price_to_win = models.DecimalField(**MONEY, null=True)
    winner_price = models.DecimalField(**MONEY, null=True)
    is_winning = models.BooleanField(default=False)
    read_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["account", "read_at"], name="competition_by_age")]


class CompetitionPoint(models.Model):
    """A reading of BackBox that differs from the one before it."""

    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="competition_points", db_index=False)
    market = models.CharField(max_length=5)
    at = models.DateTimeField()
    price = models.DecimalField(**MONEY, null=True)
    price_to_win = models.DecimalField(**MONEY, null=True)
    winner_price = models.DecimalField(**MONEY, null=True)
    is_winning = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["listing", "market", "-at"], name="competition_history")]


class CompetitionRead(models.Model):
    """When BackBox was asked for a listing, and when it is to be asked again."""

    listing = models.OneToOneField(Listing, on_delete=models.CASCADE, primary_key=True, related_name="competition_read")
    account = models.ForeignKey("companies.Account", on_delete=models.CASCADE, db_index=False)
    read_at = models.DateTimeField()
    next_at = models.DateTimeField()
    promise = models.FloatField(default=0)

    class Meta:
        indexes = [models.Index(fields=["account", "next_at"], name="competition_next")]


class Proposal(models.Model):
    """The price repricing gives a listing in one market until it gives another, in the market's currency."""

    pk = models.CompositePrimaryKey("listing_id", "market")
    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="proposals", db_index=False)
    market = models.CharField(max_length=5)
    plugin = models.CharField(max_length=64)
    epoch = models.IntegerField(default=0)
    price = models.DecimalField(**MONEY)
    reason = models.TextField(blank=True)
    at = models.DateTimeField()


class RepricingChange(models.Model):
    """One price change by repricing, or what it would have been (`dry`)."""

    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="repricing_changes", db_index=False)
    account = models.ForeignKey("companies.Account", on_delete=models.CASCADE, db_index=False)
    market = models.CharField(max_length=5)
    at = models.DateTimeField()
    before = models.DecimalField(**MONEY)
    after = models.DecimalField(**MONEY)
    currency = models.CharField(max_length=3)
    plugin = models.CharField(max_length=64)
    reason = models.TextField(blank=True)
    dry = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["listing", "market", "-at"], name="repricing_of_listing"),
            models.Index(fields=["account", "-at"], name="repricing_of_account"),
        ]
