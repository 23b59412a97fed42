"""Keys for programs. Looked up by SHA-256: they are random, so a slow hash would protect nothing."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from listwright.changes.operations import Entry, record
from listwright.changes.origin import Origin
from listwright.changes.prepared import columns, instance, rows
from listwright.common.errors import Invalid, NotFound
from listwright.common.text import visible
from listwright.companies.models import ApiToken, User

PREFIX = "lw_"
_USE_NOTED_EVERY = timedelta(minutes=1)


@transaction.atomic
def create_token(*, user: User, name: str, origin: Origin, now: datetime) -> tuple[ApiToken, str]:
    """A key that acts as the person, and its text, which is kept nowhere. Raises Invalid for a name missing or long."""
    cleaned = name.strip()
    if not 1 <= len(cleaned) <= 100 or visible(cleaned) != cleaned:
        message = "Give the token a name of 1 to 100 characters, such as the program that will use it."
        raise Invalid("invalid_token_name", message, {"name": message})
    plain = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(user=user, name=cleaned, digest=_digest(plain), hint=plain[:8], created_at=now)
    cells = {"token": [None, cleaned]}
    record(company_id=0, entries=[Entry("user", user.pk, "create_token", cells)], origin=origin, now=now)
    return token, plain


def token_of(*, plain: str, now: datetime) -> ApiToken | None:
    """The live token with that text, its `user` loaded, or None. Its use is noted at most once a minute."""
    statement = (
        f"SELECT {columns(ApiToken, 'token')}, {columns(User, 'person')} FROM companies_apitoken AS token"  # noqa: S608
        " JOIN companies_user AS person ON person.id = token.user_id"
        " WHERE token.digest = %s AND token.revoked_at IS NULL AND person.is_active"
    )
    found = rows(statement, [_digest(plain)])
    if not found:
        return None
    width = len(ApiToken._meta.concrete_fields)
    token = instance(ApiToken, found[0][:width])
    token.user = instance(User, found[0][width:])
    if token.last_used_at is None or token.last_used_at <= now - _USE_NOTED_EVERY:
        due = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - _USE_NOTED_EVERY)
        ApiToken.objects.filter(due, pk=token.pk).update(last_used_at=now)
    return token


def token_user(*, plain: str, now: datetime) -> User | None:
    """The person a token acts as, or None."""
    token = token_of(plain=plain, now=now)
    return None if token is None else token.user


@transaction.atomic
def revoke_token(*, user: User, token_id: int, origin: Origin, now: datetime) -> None:
    """End a token of this person for good. Raises NotFound for one that is not theirs or already ended."""
    token = ApiToken.objects.filter(pk=token_id, user=user, revoked_at__isnull=True).first()
    if token is None:
        raise NotFound("token_not_found", f"There is no live token {token_id} of {user.username}.")
    ApiToken.objects.filter(pk=token.pk).update(revoked_at=now)
    cells = {"token": [token.name, None]}
    record(company_id=0, entries=[Entry("user", user.pk, "revoke_token", cells)], origin=origin, now=now)


def _digest(plain: str) -> str:
    return hashlib.sha256(plain.encode()).hexdigest()
