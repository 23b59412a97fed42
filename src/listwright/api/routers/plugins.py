"""Which plugins there are, and what the company makes of them."""

from typing import Any

from django.http import HttpRequest
from ninja import Path, Router

from listwright.api.auth import member
from listwright.api.schemas import plugins as schema
from listwright.common.errors import NotFound
from listwright.companies import operations
from listwright.companies.plugins import PluginView, plugin, plugins

router = Router(tags=["plugins"])
Slug = Path[str]


@router.get("/plugins", response=schema.Plugins)
def list_plugins(request: HttpRequest, company: Slug) -> dict[str, Any]:
    """Every installed plugin, broken ones included."""
    return {"results": [_out(view) for view in plugins(member(request).company)]}


@router.patch("/plugins/{plugin_name}", response=schema.Plugin)
def change_plugin(request: HttpRequest, company: Slug, plugin_name: str, body: schema.PluginChange) -> dict[str, Any]:
    """Switch a plugin on or off, or change its settings."""
    who = member(request)
    operations.configure_plugin(
        company=who.company, plugin=plugin_name, changes=body.given(), origin=who.origin, now=who.now
    )
    found = plugin(who.company, plugin_name)
    if found is None:
        raise NotFound("plugin_not_found", f"There is no installed plugin “{plugin_name}”.")
    return _out(found)


def _out(view: PluginView) -> dict[str, Any]:
    names = [name for name in schema.Plugin.model_fields if name != "settings_schema"]
    return {name: getattr(view, name) for name in names} | {"settings_schema": view.schema}
