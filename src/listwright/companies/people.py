"""Read everybody and what they may do, for the installation's administrators."""

from dataclasses import dataclass
from datetime import datetime

from listwright.common.errors import NotFound
from listwright.companies.models import Company, Membership, User


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person; `roles` by company slug."""

    id: int
    username: str
    email: str
    superuser: bool
    active: bool
    last_login: datetime | None
    roles: dict[str, str]


def people() -> list[PersonRow]:
    """Everybody by name, in two statements."""
    roles: dict[int, dict[str, str]] = {}
    for user_id, slug, role in Membership.objects.values_list("user_id", "company__slug", "role"):
        roles.setdefault(user_id, {})[slug] = role
    rows = User.objects.order_by("username").values_list(
        "id", "username", "email", "is_superuser", "is_active", "last_login"
    )
    return [PersonRow(*row, roles.get(row[0], {})) for row in rows]


def person(user_id: int) -> User:
    """A person by id. Raises NotFound."""
    found = User.objects.filter(pk=user_id).first()
    if found is None:
        raise NotFound("user_not_found", f"There is no person {user_id}.")
    return found


def anybody() -> bool:
    """Whether there is a person at all; a new installation has none."""
    return User.objects.exists()


def companies() -> list[tuple[str, str]]:
    """(slug, name) of every company, by name."""
    return list(Company.objects.order_by("name", "id").values_list("slug", "name"))
