"""People, and what they may do in a company."""

from datetime import datetime
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from listwright.changes.operations import Entry, record
from listwright.changes.origin import Origin
from listwright.common.errors import Conflict, Invalid
from listwright.companies.models import Company, Membership, Role, User


@transaction.atomic
def create_user(
    *, username: str, password: str, email: str = "", superuser: bool = False, origin: Origin, now: datetime
) -> User:
    """A person who can sign in; `superuser` makes them administrator of the installation.

    Raises Invalid naming the field, Conflict when the name is taken (letter case ignored).
    """
    user = User(username=username.strip(), email=email.strip(), is_superuser=superuser, is_staff=False, date_joined=now)
    wrong: dict[str, str] = {}
    try:
        User.username_validator(user.username)
        if not user.username or len(user.username) > 150:
            raise ValidationError("")
    except ValidationError:
        wrong["username"] = "Give a user name of letters, digits and @.+-_, at most 150."
    try:
        if user.email:
            validate_email(user.email)
    except ValidationError:
        wrong["email"] = f"'{user.email}' is not a mail address."
    try:
        validate_password(password, user)
    except ValidationError as error:
        wrong["password"] = " ".join(error.messages)
    if wrong:
        raise Invalid("invalid_user", "The person was not created: " + " ".join(wrong.values()), wrong)
    if User.objects.filter(username__iexact=user.username).exists():
        taken = f"There is a person '{user.username}' already."
        raise Conflict("username_taken", taken, {"username": taken})
    user.set_password(password)
    user.save()
    cells: dict[str, list[Any]] = {"username": [None, user.username], "superuser": [None, superuser]}
    record(company_id=0, entries=[Entry("user", user.pk, "create", cells)], origin=origin, now=now)
    return user


@transaction.atomic
def set_member(*, company: Company, user: User, role: str | None, origin: Origin, now: datetime) -> Membership | None:
    """Give a person a role in the company, or with None take it away.

    Raises Invalid for an unknown role, Conflict when it would leave the company without an administrator.
    """
    if role is not None and role not in Role.values:
        message = f"'{role}' is no role: choose one of {', '.join(Role.values)}."
        raise Invalid("role_unknown", message, {"role": message})
    Company.objects.select_for_update(no_key=True).get(pk=company.pk)  # two last administrators leaving at once
    membership = Membership.objects.filter(company=company, user=user).first()
    before = membership.role if membership else None
    if before == role:
        return membership
    others = Membership.objects.filter(company=company, role=Role.ADMINISTRATOR).exclude(user=user)
    if before == Role.ADMINISTRATOR and not others.exists():
        message = f"{user.username} is the only administrator of {company.name}. Make somebody else one first."
        raise Conflict("last_administrator", message, {"role": message})
    if role is None:
        Membership.objects.filter(company=company, user=user).delete()
        membership = None
    else:
        membership, _ = Membership.objects.update_or_create(
            company=company, user=user, defaults={"role": role}, create_defaults={"role": role, "created_at": now}
        )
    cells = {f"members.{user.username}": [before, role]}
    record(company_id=company.pk, entries=[Entry("company", company.pk, "set_member", cells)], origin=origin, now=now)
    return membership
