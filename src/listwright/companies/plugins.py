"""Read which plugins there are, what a company made of them, and what is missing for each to be in force."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from listwright.companies.models import Company, CompanyPlugin
from listwright.companies.queries import client_settings
from listwright.plugins.manager import Installed, installed

# The client setting behind a hook (C2): its field and its label.
CLIENT: Mapping[str, tuple[str, str]] = {
    "inventory_calculation": (
        "custom_inventory_calculation",
        "Enable Custom Inventory Calculation For Back Market",
    ),
    "upload_filter": ("filtered_products", "Enable Filtered Products For Back Market Upload"),
}
WHAT: Mapping[str, str] = {
    "inventory_calculation": "calculates the inventory",
    "upload_filter": "filters what is on Back Market",
    "repricing": "sets prices",
    "readiness_checks": "checks what is ready to post",
    "bulk_columns": "adds columns to files",
}


@dataclass(frozen=True, slots=True)
class PluginView:
    """An installed plugin, or one that is gone, as one company has it. `settings` are those stored, else the defaults.

    `missing` says what keeps it, or a part of it, though on, from being in force; `in_force`: something of it is.
    """

    name: str
    package: str
    version: str
    about: str
    hooks: tuple[str, ...]
    does: tuple[str, ...]
    schema: Mapping[str, Any] | None
    problem: str
    enabled: bool
    settings: Mapping[str, Any]
    excluded: str
    dry: bool
    share: int
    refresh_minutes: int
    failed_at: datetime | None
    failure: str
    missing: tuple[str, ...]
    in_force: bool


def plugins(company: Company) -> list[PluginView]:
    """Every installed plugin, broken ones included, and those that are on but not installed any more."""
    stored = {row.plugin: row for row in CompanyPlugin.objects.filter(company=company)}
    found = installed()
    names = {plugin.name for plugin in found}
    gone = [
        Installed(name, "", "", hooks=tuple(row.hooks), problem="No installed package offers it any more.")
        for name, row in stored.items()
        if row.enabled and name not in names
    ]
    return [_view(plugin, stored.get(plugin.name) or CompanyPlugin(company=company)) for plugin in [*found, *gone]]


def plugin(company: Company, name: str) -> PluginView | None:
    """One of them, None when there is none of that name."""
    return next((view for view in plugins(company) if view.name == name), None)


def client_notes() -> dict[str, str]:
    """For each client setting, by field: who would decide, or what is missing for it to change anything."""
    on = list(CompanyPlugin.objects.filter(enabled=True).select_related("company").order_by("company__name", "plugin"))
    notes = {}
    for hook, (field, _) in CLIENT.items():
        users = [f"{row.plugin} for {row.company.name}" for row in on if hook in row.hooks]
        able = [plugin.name for plugin in installed() if plugin.usable and hook in plugin.hooks]
        if users:
            notes[field] = "Switched on: " + ", ".join(users) + "."
        elif able:
            names = ", ".join(able)
            notes[field] = (
                f"No company has a plugin for it on, so nothing changes. Installed: {names}. See its Plugins page."
            )
        else:
            notes[field] = (
                "No installed plugin does this, so nothing changes. Install one and switch it on for a company."
            )
    return notes


def _view(found: Installed, row: CompanyPlugin) -> PluginView:
    settings = client_settings()
    off = {hook: label for hook, (field, label) in CLIENT.items() if not getattr(settings, field)}
    missing = []
    if row.enabled:
        missing = [
            f"The client setting “{label}” is off, so it does not decide."
            for hook, label in off.items()
            if hook in found.hooks
        ]
        if found.problem:
            missing.append(f"It is broken and skipped: {found.problem}")
    return PluginView(
        name=found.name,
        package=found.package,
        version=found.version,
        about=found.about,
        hooks=found.hooks,
        does=tuple(WHAT[hook] for hook in found.hooks if hook in WHAT),
        schema=found.schema,
        problem=found.problem,
        enabled=row.enabled,
        settings=row.settings or found.defaults,
        excluded=row.excluded,
        dry=row.dry,
        share=row.share,
        refresh_minutes=row.refresh_minutes,
        failed_at=row.failed_at,
        failure=row.failure,
        missing=tuple(missing),
        in_force=row.enabled and not found.problem and any(hook not in off for hook in found.hooks),
    )
