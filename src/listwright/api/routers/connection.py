"""A company's connection to Back Market."""

from typing import Any

from django.http import HttpRequest
from ninja import Path, Router

from listwright.api.auth import Member, member
from listwright.api.schemas import companies as schema
from listwright.api.schemas.base import whole_seconds
from listwright.common.errors import Invalid
from listwright.companies import operations, queries
from listwright.sync.probe import Probe, probe
from listwright.sync.queries.status import status

router = Router(tags=["backmarket"])
Slug = Path[str]


@router.get("/backmarket/settings", response=schema.BackMarketSettings)
def get_settings(request: HttpRequest, company: Slug) -> dict[str, Any]:
    """The connection and its settings; never the token."""
    return _settings(member(request))


@router.patch("/backmarket/settings", response=schema.BackMarketSettings)
def change_settings(request: HttpRequest, company: Slug, body: schema.BackMarketSettingsChange) -> dict[str, Any]:
    """Change any subset. The first change connects the company; both uploads are off then."""
    who = member(request)
    operations.configure_account(company=who.company, changes=body.given(), origin=who.origin, now=who.now)
    return _settings(who)


@router.post("/backmarket/test", response=schema.Probe)
def test_connection(request: HttpRequest, company: Slug) -> Probe:
    """Ask Back Market one cheap question with the stored connection."""
    return probe(company=member(request).company)


@router.post("/backmarket/sending", response=schema.Sending)
def change_sending(request: HttpRequest, company: Slug, body: schema.SendingChange) -> dict[str, Any]:
    """Pause all sending, or go on after a pause; what waits stays queued meanwhile."""
    who = member(request)
    account = queries.account(who.company)
    match body.action:
        case "pause":
            message = f"Paused by {who.origin.label}. Resume in General Settings."
            operations.pause_account(
                account_id=account.pk, code="by_hand", message=message, origin=who.origin, now=who.now
            )
        case "resume":
            operations.resume_account(account_id=account.pk, origin=who.origin, now=who.now)
        case _:
            message = f"action: “{str(body.action)[:40]}” is none of pause, resume."
            raise Invalid("action_unknown", message, {"action": message})
    view = queries.settings_view(queries.account(who.company))
    return {name: getattr(view, name) for name in schema.Sending.model_fields}


@router.get("/backmarket/status", response=schema.Status)
def get_status(request: HttpRequest, company: Slug) -> dict[str, Any]:
    """Budget, backlog, pauses, last reads, drift and the verified share."""
    who = member(request)
    found = status(who.company, now=who.now)
    row = found.figures
    proven = found.proofs
    same = {
        name: getattr(next(one for one in (proven, found.account, found) if hasattr(one, name)), name)
        for name in schema.Status.model_fields
        if name not in ("budget", "backlog", "oldest_proof_seconds")
    }
    return same | {
        "oldest_proof_seconds": None
        if proven.oldest_proof_at is None
        else (who.now - proven.oldest_proof_at).total_seconds(),
        "budget": {
            "used": found.account.spent,
            "hourly": found.account.hourly,
            "left": found.account.left,
            "reserved": found.account.left_reserved,
            "learned": found.account.learned,
        },
        "backlog": {
            "to_plan": row.stale,
            "to_plan_seconds": row.stale_age,
            "quantities": row.quantities_due,
            "prices": row.prices_due,
            "to_send_seconds": row.due_age,
            "lines": found.account.backlog,
            "seconds_to_empty": whole_seconds(found.account.seconds_to_empty),
            "lines_open": row.lines_open,
            "lines_unknown": row.lines_unknown,
        },
    }


def _settings(who: Member) -> dict[str, Any]:
    view = queries.settings_view(queries.account(who.company))
    same = {name: getattr(view, name) for name in schema.BackMarketSettings.model_fields if name != "markets"}
    return same | {"markets": {row.market: {"enabled": row.enabled, "comment": row.comment} for row in view.markets}}
