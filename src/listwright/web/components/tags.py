"""Template tags and filters every page has without loading them (settings: TEMPLATES builtins).

{% price row.site_price %}  {% price row.price row.currency row.market %}
{{ count|number }}  {{ part|percent_of:whole }}  {{ seconds|takes }}
{% when row.at %}  {% moment row.at %}  {% status job.status %}  {% badge "3 left" "yellow" %}  {% icon "refresh" %}
{% flags row.markets_online %}  {% product_url row.sku %}  {% page_url cursor=page.next_cursor %}
{% field "name" "Name" values errors help="…" type="text" %}
{% dialog "remove" "Remove this?" %} … {% enddialog %}   opened by <button data-opens="remove">
<form method="post">{% csrf_token %}{% once %}
{% pager next_cursor cursor %}  {% empty "box" "No products yet" "What to do." %} links {% endempty %}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.template import Context, Library
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from listwright.channels.registry import channel
from listwright.common.text import sku_in_address
from listwright.listings.rules.facts import Missing
from listwright.web.components import formats, words
from listwright.web.components.amounts import home, told_of
from listwright.web.repeats import FIELD

register = Library()

_MARKETS_SHOWN = 2
# What looks the same wherever it stands is made once: a page has some hundred flags, badges and icons.
_SAME = 2048


@register.simple_tag(takes_context=True)
def price(context: Context, amount: Decimal | None, currency: str = "", market: str = "") -> str:
    """An amount as its market writes it; one of the company's own without currency and market."""
    return formats.money(amount, *((currency, market) if currency else home(context["company"])))


@register.simple_tag(takes_context=True)
def told(context: Context, missing: Missing) -> str:
    """What is said of a missing attribute or in a warning, its amounts as the field's market writes them."""
    return told_of(missing.field, missing.message, home(context["company"]))


@register.filter
def number(value: int | None) -> str:
    """A number with separators: `1,342`."""
    return formats.number(value)


@register.simple_tag
def once() -> SafeString:
    """The one-time key of a form, by which it is done once however often it is sent (web.repeats)."""
    return format_html('<input type="hidden" name="{}" value="{}" autocomplete="off">', FIELD, uuid4())


@register.filter
def percent_of(part: int, whole: int) -> str:
    """A share: `99.7 %`."""
    return formats.percent(part, whole)


register.filter("takes", formats.takes)


@register.filter
def all_there(pulse: Mapping[str, Any]) -> str:
    """When all that waits will be on Back Market, from the pulse."""
    return formats.all_there(pulse["backlog"], pulse["seconds_to_empty"], paused=bool(pulse["paused_code"]))


@register.filter
def plural(count: int, forms: str) -> str:
    """`{{ 3|plural:"product,products" }}` gives `3 products`."""
    one, many = forms.split(",")
    return f"{formats.number(count)} {one if count == 1 else many}"


@register.filter
def item(mapping: Mapping[Any, Any] | None, key: Any) -> Any:
    """The value under a key; empty text when there is none."""
    return (mapping or {}).get(key, "")


@register.filter
def status_word(code: str) -> str:
    """A code's word."""
    return words.word(code).text


@register.filter
def drift_name(kind: str) -> str:
    """A kind of drift in words."""
    return words.drift_word(kind).text


@register.filter
def drift_means(kind: str) -> str:
    """What a kind of drift means, in a sentence."""
    return words.DRIFT_MEANS.get(kind, "What stands on Back Market is not what was accepted there.")


@register.filter
def role_word(code: str) -> str:
    """A role's word."""
    return words.ROLES.get(code, code)


@register.filter
def job_kind(code: str) -> str:
    """What kind of job, in words."""
    return words.JOB_KINDS.get(code, code.capitalize())


@register.filter
def priority_word(value: int) -> str:
    """A job's priority in words."""
    return words.PRIORITIES.get(value, str(value))


@register.simple_tag(takes_context=True)
def when(context: Context, moment: datetime | None) -> SafeString | str:
    """How long ago, with the exact time in the reader's zone behind it."""
    if moment is None:
        return formats.NOTHING
    return format_html(
        '<time datetime="{}" title="{}" data-relative>{}</time>',
        moment.isoformat(),
        formats.absolute(moment, _zone(context)),
        formats.relative(moment, timezone.now()),
    )


@register.simple_tag(takes_context=True)
def moment(context: Context, at: datetime | None) -> SafeString | str:
    """The exact time in the reader's zone."""
    if at is None:
        return formats.NOTHING
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), formats.absolute(at, _zone(context)))


def _zone(context: Context) -> ZoneInfo:
    user = getattr(context.get("request"), "user", None)
    try:
        return ZoneInfo(getattr(user, "time_zone", "") or "UTC")
    except (KeyError, ValueError, OSError):  # a zone this machine does not know
        return ZoneInfo("UTC")


@register.simple_tag
@lru_cache(_SAME)
def badge(text: str, colour: str = "secondary") -> SafeString:
    """A small label; `colour` is one of Tabler's."""
    return format_html('<span class="badge bg-{}-lt">{}</span>', colour, text)


@register.simple_tag
def status(code: str) -> SafeString:
    """A status as a badge with its word."""
    return badge(*words.word(code))


@register.simple_tag
@lru_cache(_SAME)
def icon(name: str, extra: str = "") -> SafeString:
    """One of tools/icons.txt; decoration only, so it has no name of its own."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        extra,
        static("vendor/icons.svg"),
        name,
    )


@register.simple_tag
@lru_cache(_SAME)
def flag(market: str) -> SafeString:
    """A market's flag, named."""
    known = _markets().get(market)
    name, country = known or (market, "")
    return format_html(
        '<span class="flag flag-xxs flag-country-{}" role="img" aria-label="{}" title="{}"></span>', country, name, name
    )


@register.simple_tag
def market_name(market: str) -> str:
    """`France` for fr-fr."""
    return _markets().get(market, (market, ""))[0]


@register.filter
def steps(pending: Sequence[str]) -> str:
    """What a job's row still waits for: `creation, information in France, price and quantity in Germany`."""
    return ", ".join(map(_step, pending))


def _step(step: str) -> str:
    what, _, market = step.rpartition(":")
    if what == "content":
        return f"information in {market_name(market)}"
    return {"create": "creation"}.get(step) or ("decision" if what else f"price and quantity in {market_name(step)}")


@register.simple_tag
def flags(markets: Sequence[str]) -> SafeString:
    """Markets folded to one line: two flags with their countries, then how many more (named on hover and aloud)."""
    return _folded(tuple(markets or ()))


@lru_cache(_SAME)
def _folded(markets: tuple[str, ...]) -> SafeString:
    if not markets:
        return format_html('<span class="text-secondary">{}</span>', formats.NOTHING)
    shown = markets[:_MARKETS_SHOWN] if len(markets) > _MARKETS_SHOWN else markets
    rest = markets[len(shown) :]
    first = format_html_join(" ", "{} {}", ((flag(market), _country(market)) for market in shown))
    if not rest:
        return format_html('<span class="lw-flags">{}</span>', first)
    named = ", ".join(market_name(market) for market in rest)
    return format_html(
        '<span class="lw-flags">{} <span class="text-secondary" title="{}">+{}'
        '<span class="visually-hidden"> more: {}</span></span></span>',
        first,
        named,
        len(rest),
        named,
    )


def _country(market: str) -> str:
    return market.partition("-")[2]


def _markets() -> dict[str, tuple[str, str]]:
    if not _KNOWN:
        adapter = channel("backmarket")
        _KNOWN.update(
            {item.code: (item.name, item.country) for region in ("eu", "na", "ap") for item in adapter.markets(region)}
        )
    return _KNOWN


_KNOWN: dict[str, tuple[str, str]] = {}


@register.simple_tag(takes_context=True)
def product_url(context: Context, sku: str, rest: str = "") -> str:
    """The address of a product's page; `rest` such as `backmarket/`."""
    slug: str = context["company"].slug
    return f"/{slug}/catalog/{sku_in_address(sku)}/{rest}"


@register.simple_tag(takes_context=True)
def page_url(context: Context, **changes: Any) -> str:
    """This address with query parameters set (or, as None or "", dropped); a change of anything but the cursor starts
    at the first page."""
    kept = {name: values for name, values in context["request"].GET.lists() if name != "cursor" and name not in changes}
    changed = {name: value for name, value in changes.items() if value not in (None, "")}
    return f"?{urlencode(kept | changed, doseq=True)}"


@register.inclusion_tag("components/field.html")
def field(
    name: str,
    label: str,
    values: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
    *,
    type: str = "text",
    help: str = "",
    choices: Sequence[tuple[Any, str]] = (),
    required: bool = False,
    autocomplete: str = "off",
    suffix: str = "",
    rows: int = 4,
    disabled: bool = False,
    placeholder: str = "",
) -> dict[str, Any]:
    """A labelled input with help and the sentence of what is wrong with it; its id is `field-NAME`.

    `type`: text, password, email, number, url, textarea, select (with `choices`), checkbox (a switch). `values` and
    `errors` are by name; a value of None is empty.
    """
    value = (values or {}).get(name)
    return {
        "name": name,
        "id": f"field-{name}".replace(".", "-"),
        "label": label,
        "value": "" if value is None else value,
        "checked": value in (True, "on", "true", "1"),
        "error": (errors or {}).get(name, ""),
        "type": type,
        "help": help,
        "choices": _options(choices, "" if value is None else str(value)),
        "required": required,
        "autocomplete": autocomplete,
        "suffix": suffix,
        "rows": rows,
        "disabled": disabled,
        "placeholder": placeholder,
    }


def _options(choices: Sequence[tuple[Any, str]], chosen: str) -> SafeString:
    """Of a select; there are six hundred time zones."""
    made = ((code, SafeString(" selected" if str(code) == chosen else ""), text) for code, text in choices)
    return format_html_join("", '<option value="{}"{}>{}</option>', made)


@register.simple_block_tag
def dialog(content: str, name: str, title: str, size: str = "", opened: Any = False) -> SafeString:
    """A modal dialog around its content; opened by an element with `data-opens="NAME"`, or with the page, as one that came
    back for what is wrong in it (`opened`); closed by `data-closes`."""
    return format_html(
        '<dialog id="{0}" class="lw-dialog {3}" aria-labelledby="{0}-title"{4}><div class="lw-dialog-head">'
        '<h2 id="{0}-title" class="h3 m-0">{1}</h2>'
        '<button type="button" class="btn-close" data-closes aria-label="Close"></button></div>{2}</dialog>',
        name,
        title,
        content,
        f"lw-dialog-{size}" if size else "",
        SafeString(" data-open" if opened else ""),
    )


@register.simple_block_tag
def empty(content: str, picture: str, title: str, text: str) -> SafeString:
    """What stands where there is nothing yet: it says what this is for and what to do; content are its buttons."""
    return format_html(
        '<div class="empty"><div class="empty-icon">{}</div><p class="empty-title">{}</p>'
        '<p class="empty-subtitle text-secondary">{}</p><div class="empty-action">{}</div></div>',
        icon(picture),
        title,
        text,
        content,
    )


@register.inclusion_tag("components/pager.html", takes_context=True)
def pager(context: Context, following: str | None, cursor: str = "") -> dict[str, Any]:
    """Links to the first and the next page of a list by cursor; nothing when there is but one."""
    return {
        "first": page_url(context) if cursor else "",
        "next": page_url(context, cursor=following) if following else "",
    }


@register.simple_tag(takes_context=True)
def page_url_of(context: Context, name: str, value: Any) -> str:
    """`page_url` for a parameter whose name is a value itself."""
    return page_url(context, **{name: value})


@register.simple_tag(takes_context=True)
def page_url_without(context: Context, names: Sequence[str]) -> str:
    """`page_url` without some parameters."""
    return page_url(context, **dict.fromkeys(names, ""))


@register.filter
def missing_name(code: str) -> str:
    """What a missing attribute is called."""
    return words.missing_name(code)


@register.simple_tag
def job_progress(job: Any) -> SafeString | str:
    """A thin bar of how many rows of a job are answered, while it runs."""
    if job.finished_at is not None:
        return ""
    if not job.total:
        return "preparing"
    answered = job.succeeded + job.failed + job.skipped
    return format_html(
        '<progress class="lw-progress" max="{}" value="{}" aria-label="Rows answered">{}</progress>',
        job.total,
        answered,
        formats.percent(answered, job.total),
    )
