"""Switch plugins on and off for a company, and set them up (E1)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from listwright.changes.operations import Entry, record
from listwright.changes.origin import Origin
from listwright.common.errors import Conflict, Invalid, NotFound
from listwright.companies import fields
from listwright.companies.models import Account, Company, CompanyPlugin
from listwright.companies.operations.settings_wave import settings_changed
from listwright.plugins.answers import PluginFailed
from listwright.plugins.manager import Installed, one
from listwright.plugins.runner import Runner, runner

# Of these a company has one at a time: two of them could not both decide.
SINGLE = {"inventory_calculation": "calculates the inventory", "repricing": "sets prices"}
EXCLUDED = {"offline": "Take them offline", "leave": "Leave them as they stand"}
# A failure is written again no sooner than this, and forgotten only when none came for so long.
NOTE_EVERY = timedelta(seconds=30)
_PARSERS = {
    "enabled": fields.flag,
    "excluded": fields.choice(EXCLUDED, empty=True),
    "dry": fields.flag,
    "share": fields.whole(1, 100),
    "refresh_minutes": fields.whole(1, 1440),
}


@transaction.atomic
def configure_plugin(
    *,
    company: Company,
    plugin: str,
    changes: Mapping[str, Any],
    origin: Origin,
    now: datetime,
    using: Runner | None = None,
) -> CompanyPlugin:
    """Change any of `enabled`, `settings` (whole, the plugin's own), `excluded` (offline or leave, must be answered for a
    filter), `dry`, `share` (percent of the hour's lines for its prices) and `refresh_minutes`.

    Raises NotFound for a plugin nobody installed, Conflict for a broken one or where another decides the same already,
    Invalid naming the fields, the plugin's own as `settings.NAME`.
    """
    using = using or runner()
    # Two people at once would make two rows of one plugin, or switch on two that decide the same.
    list(Company.objects.select_for_update(no_key=True).filter(pk=company.pk))
    stored, cells = _judged(company, plugin, changes, using)
    if not cells:
        return stored
    stored.failed_at, stored.failure, stored.failures, stored.refreshed_at = None, "", 0, now
    stored.save()
    using.wake(plugin)
    record(company_id=company.pk, entries=[Entry("plugin", stored.pk, "update", cells)], origin=origin, now=now)
    settings_changed(company_id=company.pk)
    return stored


def check_plugin(
    *, company: Company, plugin: str, changes: Mapping[str, Any], using: Runner | None = None
) -> CompanyPlugin:
    """What `configure_plugin` would store. Raises as it does; writes nothing."""
    return _judged(company, plugin, changes, using or runner())[0]


def _judged(
    company: Company, plugin: str, changes: Mapping[str, Any], using: Runner
) -> tuple[CompanyPlugin, dict[str, list[Any]]]:
    """The record as it would be, and its cells that change."""
    changes = dict(changes)
    given = changes.pop("settings", None)
    parsed, wrong = fields.parse_all(changes, _PARSERS)
    known = one(plugin, using)
    if known is None and parsed.get("enabled", True) is not False:
        raise NotFound("plugin_not_found", f"There is no installed plugin “{plugin}”.")
    stored = CompanyPlugin.objects.filter(company=company, plugin=plugin).first() or CompanyPlugin(
        company=company, plugin=plugin
    )
    after = {name: parsed.get(name, getattr(stored, name)) for name in _PARSERS}
    after["settings"] = stored.settings
    if known is not None and known.usable and (given is not None or after["enabled"]):
        after["settings"], mistakes = _settings(known, stored, given, using)
        # Whatever is wrong with its settings, or with the plugin: it can be switched off, and they stay as they were.
        wrong |= {} if stored.enabled and not after["enabled"] else mistakes
    if after["enabled"] and known is not None:
        if not known.usable:
            raise Conflict("plugin_broken", f"The plugin {plugin} is broken and cannot be on: {known.problem}")
        if "upload_filter" in known.hooks and not after["excluded"]:
            wrong["excluded"] = "Say what becomes of live listings the filter excludes: offline or leave."
        _refuse_second(company, known)
        after["hooks"] = list(known.hooks)
    if wrong:
        raise Invalid("invalid_plugin_settings", "Nothing was changed: " + " ".join(wrong.values()), wrong)
    cells = {name: [getattr(stored, name), value] for name, value in after.items() if getattr(stored, name) != value}
    for name, value in after.items():
        setattr(stored, name, value)
    if stored.enabled and ("enabled" in cells or "dry" in cells):
        stored.epoch += 1  # what it only recorded never comes into force
    return stored, cells


def note_plugin(*, company_id: int, plugin: str, failure: str, now: datetime) -> None:
    """Keep that a plugin failed ("" for: it did not), for its page and so that it is asked again."""
    rows = CompanyPlugin.objects.filter(company_id=company_id, plugin=plugin)
    if failure:
        due = Q(failed_at__isnull=True) | Q(failed_at__lt=now - NOTE_EVERY) | ~Q(failure=failure)
        rows.filter(due).update(failed_at=now, failure=failure)
    else:
        rows.filter(failed_at__lt=now - NOTE_EVERY).update(failed_at=None, failure="", failures=0)


@transaction.atomic
def refresh_plugins(*, account_id: int, now: datetime) -> None:
    """Have all listings planned again, for what plugins say changes without our knowing; and count failing tries."""
    account = Account.objects.filter(pk=account_id).first()
    if account is None:
        return
    rows = CompanyPlugin.objects.filter(company_id=account.company_id, enabled=True)
    rows.filter(failed_at__isnull=False).update(failures=F("failures") + 1)
    rows.filter(failed_at__isnull=True).update(failures=0)
    rows.update(refreshed_at=now)
    settings_changed(company_id=account.company_id)


def _settings(
    known: Installed, stored: CompanyPlugin, given: Any, using: Runner
) -> tuple[dict[str, Any], dict[str, str]]:
    """The settings to store, and what is wrong with them by field."""
    if given is not None and not isinstance(given, Mapping):
        return stored.settings, {"settings": "Give the settings by name."}
    wanted = stored.settings if given is None else given
    try:
        settings, wrong = using.validate(known.name, wanted)
    except PluginFailed as failed:
        return stored.settings, {"settings": f"The plugin could not check them. {failed}"}
    return (stored.settings if wrong else settings), {f"settings.{name}": text for name, text in wrong.items()}


def _refuse_second(company: Company, known: Installed) -> None:
    others = CompanyPlugin.objects.filter(company=company, enabled=True).exclude(plugin=known.name)
    for other in others:
        for hook, what in SINGLE.items():
            if hook in known.hooks and hook in other.hooks:
                raise Conflict(
                    "plugin_decided_already",
                    f"{other.plugin} {what} for {company.name} already. Switch it off first.",
                    {"enabled": f"{other.plugin} {what} already."},
                )
