"""Companies, the people in them, and each company's connection to Back Market."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower


class User(AbstractUser):
    """A person; an installation administrator (`is_superuser`) also sees client settings and people."""

    time_zone = models.CharField(max_length=64, default="UTC")
    theme = models.CharField(
        max_length=8, default="auto", choices=[("auto", "As the device"), ("light", "Light"), ("dark", "Dark")]
    )


class Company(models.Model):
    """A seller. `slug` is its place in every address; `currency` (ISO 4217) that of its catalog's prices."""

    slug = models.SlugField(max_length=64)
    name = models.CharField(max_length=200)
    currency = models.CharField(max_length=3, default="EUR")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("slug"), name="company_slug_once"),
            models.CheckConstraint(condition=models.Q(currency__regex=r"^[A-Z]{3}$"), name="company_currency_iso"),
        ]


class Role(models.TextChoices):
    ADMINISTRATOR = "administrator"
    OPERATOR = "operator"
    VIEWER = "viewer"


class Membership(models.Model):
    """What one person may do in one company."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.choices)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "user"], name="membership_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_known"),
        ]


class ApiToken(models.Model):
    """A program's key, acting as its person. Only the SHA-256 of it is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=8, help_text="its first characters, to tell tokens apart")
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)


class Environment(models.TextChoices):
    PRODUCTION = "production"
    PREPROD = "preprod"
    SANDBOX = "sandbox"


class StockFeed(models.TextChoices):
    """What the stock figures that reach Listwright mean for Back Market's orders (B10)."""

    ALREADY_EXCLUDES = "already_excludes", "The stock figures we receive already leave out Back Market's orders"
    INCLUDES_UNSHIPPED = "includes_unshipped", "The stock figures we receive include units not yet shipped"
    STOCK_MASTER = "stock_master", "Listwright is the stock master"


class DriftPrices(models.TextChoices):
    """What happens when another price stands there than the one accepted (B8)."""

    SHOW = "show", "Show it only"
    MEND = "mend", "Send ours again"


class DriftMore(models.TextChoices):
    """What happens when more units stand there than were accepted: they could be oversold."""

    MEND = "mend", "Lower it again"
    SHOW = "show", "Show it only"


class DriftLess(models.TextChoices):
    """What happens when fewer units stand there than were accepted (B10)."""

    EXPLAIN = "explain", "Raise it once an order explains it, or the time is over"
    SHOW = "show", "Raise it only once an order explains it"


class Account(models.Model):
    """One company's connection to Back Market and its settings (C1).

    `settings_generation` goes up with each change that alters what is desired of many listings; the planner keeps
    its own cursor against it, so that a setting never touches a million rows.
    """

    company = models.OneToOneField(Company, on_delete=models.CASCADE, related_name="account")
    channel = models.CharField(max_length=32, default="backmarket")
    environment = models.CharField(max_length=16, choices=Environment.choices, default=Environment.SANDBOX)
    region = models.CharField(
        max_length=2, choices=[("eu", "Europe"), ("na", "North America"), ("ap", "Asia-Pacific")], default="eu"
    )
    sandbox_url = models.CharField(max_length=200, blank=True, help_text="where the sandbox answers")
    token_encrypted = models.BinaryField(default=bytes)
    agent_company = models.CharField(max_length=100, blank=True)
    contact_mail = models.CharField(max_length=200, blank=True)
    default_market = models.CharField(max_length=5, default="fr-fr")

    inventory_upload = models.BooleanField(default=False)
    prices_upload = models.BooleanField(default=False)
    orders_download = models.BooleanField(default=False)
    stock_feed = models.CharField(max_length=20, choices=StockFeed.choices, blank=True)
    default_max_quantity = models.PositiveIntegerField(null=True)
    default_safety_quantity = models.PositiveIntegerField(default=0)
    default_warranty_months = models.PositiveSmallIntegerField(null=True)
    default_comment = models.CharField(max_length=500, blank=True)
    hourly_lines = models.PositiveIntegerField(default=2000, help_text="SKU lines Back Market takes in an hour")
    send_min_price = models.BooleanField(
        default=False, db_default=False, help_text="hand Min Price to Back Market's BackPricer"
    )

    # The circuit breaker; an empty share or fall switches that part of it off.
    breaker_zeros_share = models.PositiveSmallIntegerField(
        null=True, default=20, db_default=20, help_text="percent of online listings"
    )
    breaker_zeros_least = models.PositiveIntegerField(default=25, db_default=25)
    breaker_price_fall = models.PositiveSmallIntegerField(null=True, default=40, db_default=40, help_text="percent")
    breaker_refused_share = models.PositiveSmallIntegerField(
        null=True, default=50, db_default=50, help_text="percent of answered lines"
    )
    breaker_refused_least = models.PositiveIntegerField(default=25, db_default=25)
    breaker_minutes = models.PositiveSmallIntegerField(
        default=15, db_default=15, help_text="the time both are counted in"
    )
    # Drift (B8).
    drift_prices = models.CharField(max_length=8, choices=DriftPrices.choices, default="show", db_default="show")
    drift_more = models.CharField(max_length=8, choices=DriftMore.choices, default="mend", db_default="mend")
    drift_less = models.CharField(max_length=8, choices=DriftLess.choices, default="explain", db_default="explain")
    drift_grace_minutes = models.PositiveSmallIntegerField(
        default=60, db_default=60, help_text="so long a fall there is taken for a sale whose order is yet to be seen"
    )

    settings_generation = models.BigIntegerField(default=1)
    paused_at = models.DateTimeField(null=True)
    paused_code = models.CharField(max_length=64, blank=True)
    paused_message = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(environment__in=Environment.values), name="account_environment_known"
            ),
            models.CheckConstraint(
                condition=models.Q(stock_feed="") | models.Q(stock_feed__in=StockFeed.values),
                name="account_stock_feed_known",
            ),
            models.CheckConstraint(
                condition=models.Q(default_warranty_months__isnull=True) | models.Q(default_warranty_months__gte=12),
                name="account_warranty_year",
            ),
            models.CheckConstraint(
                condition=models.Q(inventory_upload=False)
                | (models.Q(orders_download=True) & ~models.Q(stock_feed="")),
                name="account_inventory_upload_needs_orders",
            ),
        ]


class AccountMarket(models.Model):
    """A market (a channel's country, `fr-fr`) this account updates, with the texts of its own."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="markets")
    market = models.CharField(max_length=5)
    enabled = models.BooleanField(default=True)
    comment = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "market"], name="account_market_once")]


class CompanyPlugin(models.Model):
    """One installed plugin as a company uses it (E1). `hooks` are those it had when it was switched on.

    `excluded` is the answer for live listings that its filter excludes; `dry` lets a repricer only record; `share` is the
    percentage of the hour's lines its prices may take. `epoch` counts how often it was switched on: answers of an earlier
    time are no answers.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="plugins")
    plugin = models.CharField(max_length=64)
    enabled = models.BooleanField(default=False)
    hooks = models.JSONField(default=list)
    settings = models.JSONField(default=dict)
    excluded = models.CharField(
        max_length=8, blank=True, choices=[("offline", "Take them offline"), ("leave", "Leave them as they stand")]
    )
    dry = models.BooleanField(default=True)
    share = models.PositiveSmallIntegerField(default=20)
    refresh_minutes = models.PositiveSmallIntegerField(default=15)
    epoch = models.PositiveIntegerField(default=0)
    refreshed_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    failure = models.TextField(blank=True)
    failures = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "plugin"], name="company_plugin_once"),
            models.CheckConstraint(
                condition=models.Q(share__gte=1) & models.Q(share__lte=100), name="company_plugin_share_percent"
            ),
        ]


class ConditionMapping(models.Model):
    """One of the company's own conditions and the grade Back Market knows it by (C3)."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="conditions")
    condition = models.CharField(max_length=100)
    grade = models.CharField(max_length=16, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("company", Lower("condition"), name="condition_once"),
            models.CheckConstraint(
                condition=models.Q(grade__in=["", "PREMIUM", "EXCELLENT", "VERY_GOOD", "GOOD", "FAIR", "STALLONE"]),
                name="condition_grade_known",
            ),
        ]


class ClientSettings(models.Model):
    """Settings of the whole installation (C2): a single row, id 1."""

    custom_inventory_calculation = models.BooleanField(default=False)
    filtered_products = models.BooleanField(default=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="client_settings_single")]
