"""Parts of a page that repeat many times, such as the rows of a table, as Jinja templates: what Django interprets anew for
each row, Jinja compiles to Python once.

    {% compiled "catalog/rows.jinja" %}

Such a template has everything the page around it has, and the tags of `tags` as filters: `{{ row.site_price|price }}`.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from django.template import Context, Library
from django.urls import reverse
from django.utils.safestring import SafeString
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context

from listwright.web.components import tags
from listwright.web.templatetags import sheet_tags

register = Library()

_TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
_environment = Environment(
    loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, auto_reload=False
)
_OF_THE_PAGE = (
    sheet_tags.mending, tags.page_url, tags.page_url_of, tags.page_url_without, tags.price, tags.product_url, tags.told,
    tags.when,
)  # fmt: skip
_ALONE = (
    tags.badge, tags.drift_means, tags.drift_name, tags.flag, tags.flags, tags.icon, tags.job_kind, tags.job_progress,
    tags.market_name, tags.missing_name, tags.number, tags.priority_word, tags.status, tags.status_word,
)  # fmt: skip
_environment.filters.update({tag.__name__: pass_context(tag) for tag in _OF_THE_PAGE})
_environment.filters.update({tag.__name__: tag for tag in _ALONE})
_environment.filters["quoted"] = lambda text: quote(text, safe="")
_environment.filters["url"] = lambda page, /, **parts: reverse(page, kwargs=parts)


@register.simple_tag(takes_context=True)
def compiled(context: Context, name: str) -> SafeString:
    """The Jinja template of that name, with the page's own values. Raises UndefinedError for one that is not there."""
    return SafeString(_environment.get_template(name).render(context.flatten()))


def compile_all() -> None:
    """Before somebody waits for it."""
    for name in _environment.list_templates(extensions=["jinja"]):
        _environment.get_template(name)
