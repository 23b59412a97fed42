"""What people change about themselves, and how they come and go."""

import secrets
from datetime import datetime
from zoneinfo import available_timezones

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from listwright.changes.operations import Entry, record
from listwright.changes.origin import Origin
from listwright.common.errors import Conflict, Invalid
from listwright.companies.models import Company, User
from listwright.companies.operations.people import create_user, set_member

THEMES = ("auto", "light", "dark")
# Held while the first person is created, so that two cannot both be the first.
_FIRST_PERSON_LOCK = 7_463


@transaction.atomic
def create_first_administrator(*, username: str, password: str, email: str = "", origin: Origin, now: datetime) -> User:
    """The first person of an installation, its administrator. Raises Conflict when there is somebody already, Invalid."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_FIRST_PERSON_LOCK])
    if User.objects.exists():
        raise Conflict("not_the_first", "Somebody has set up Listwright already. Sign in, or ask them to invite you.")
    return create_user(username=username, password=password, email=email, superuser=True, origin=origin, now=now)


@transaction.atomic
def invite(
    *, username: str, email: str, company: Company | None, role: str, superuser: bool, origin: Origin, now: datetime
) -> tuple[User, str]:
    """A new person with a role in a company (when one is named) and their first password, which is kept nowhere.

    Raises Invalid naming the field, Conflict when the name is taken.
    """
    password = "-".join(secrets.token_hex(3) for _ in range(3))
    user = create_user(username=username, password=password, email=email, superuser=superuser, origin=origin, now=now)
    if company is not None:
        set_member(company=company, user=user, role=role, origin=origin, now=now)
    return user, password


@transaction.atomic
def set_active(*, user: User, active: bool, by: User, origin: Origin, now: datetime) -> None:
    """Let a person in, or no more: sessions and tokens of one who is disabled end at once.

    Raises Conflict for oneself and for the installation's last administrator.
    """
    locked = {row.pk: row for row in User.objects.select_for_update(no_key=True).filter(is_superuser=True)}
    if not active and user.pk == by.pk:
        raise Conflict("own_account", "You cannot disable yourself. Ask another administrator.")
    others = [row for row in locked.values() if row.is_active and row.pk != user.pk]
    if not active and user.is_superuser and not others:
        raise Conflict("last_administrator", f"{user.username} is the only administrator of the installation.")
    if user.is_active == active:
        return
    User.objects.filter(pk=user.pk).update(is_active=active)
    cells = {"active": [not active, active]}
    record(company_id=0, entries=[Entry("user", user.pk, "set_active", cells)], origin=origin, now=now)


@transaction.atomic
def change_password(*, user: User, current: str, new: str, repeated: str, origin: Origin, now: datetime) -> User:
    """A new password for oneself; every session but the caller's own ends. Raises Invalid naming the field."""
    locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    wrong: dict[str, str] = {}
    if not locked.check_password(current):
        wrong["current"] = "This is not your present password."
    if new != repeated:
        wrong["repeated"] = "This is not the same as the new password."
    try:
        validate_password(new, locked)
    except ValidationError as error:
        wrong["new"] = " ".join(error.messages)
    if wrong:
        raise Invalid("invalid_password", "The password was not changed.", wrong)
    locked.set_password(new)
    locked.save(update_fields=["password"])
    cells = {"password": ["(hidden)", "(hidden)"]}
    record(company_id=0, entries=[Entry("user", user.pk, "change_password", cells)], origin=origin, now=now)
    return locked


@transaction.atomic
def update_profile(*, user: User, time_zone: str, theme: str, origin: Origin, now: datetime) -> None:
    """How times and colours are shown to a person. Raises Invalid naming the field."""
    wrong: dict[str, str] = {}
    if time_zone not in available_timezones():
        wrong["time_zone"] = f"“{time_zone[:64]}” is no time zone. Choose one such as Europe/Berlin."
    if theme not in THEMES:
        wrong["theme"] = f"“{theme[:20]}” is none of {', '.join(THEMES)}."
    if wrong:
        raise Invalid("invalid_profile", "Nothing was changed: " + " ".join(wrong.values()), wrong)
    given = {"time_zone": time_zone, "theme": theme}
    cells = {name: [getattr(user, name), value] for name, value in given.items() if getattr(user, name) != value}
    if cells:
        User.objects.filter(pk=user.pk).update(**given)
        record(company_id=0, entries=[Entry("user", user.pk, "update", cells)], origin=origin, now=now)
