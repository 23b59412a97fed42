"""Who may do what in a company: the one place that decides."""

from django.contrib.auth.models import AnonymousUser

from listwright.changes.prepared import columns, instance, rows
from listwright.common.errors import NotAllowed, NotFound
from listwright.common.text import visible
from listwright.companies.models import Company, Role, User

__all__ = ["Company", "User", "allows", "require", "require_installation"]

_RANK = {Role.VIEWER: 0, Role.OPERATOR: 1, Role.ADMINISTRATOR: 2}


def require(user: User | AnonymousUser | None, slug: str, role: str) -> Company:
    """The company, when the person holds `role` (viewer < operator < administrator) or a greater one there.

    Raises NotFound for a company the person is no member of, as for one that does not exist, and NotAllowed for too
    small a role. One query.
    """
    missing = NotFound("company_not_found", f"There is no company '{visible(slug[:64])}'.")
    if user is None or not user.is_authenticated or not user.is_active:
        raise missing
    statement = (
        f"SELECT membership.role, {columns(Company, 'company')} FROM companies_company AS company"  # noqa: S608 - our own
        " JOIN companies_membership AS membership ON membership.company_id = company.id"
        " WHERE lower(company.slug) = lower(%s) AND membership.user_id = %s"
    )
    found = rows(statement, [visible(slug), user.pk])
    if not found:
        raise missing
    held, *company = found[0]
    if not allows(held, role):
        raise NotAllowed("role_too_small", f"This needs the role {Role(role).label}; yours is {Role(held).label}.")
    return instance(Company, company)


def allows(held: str, needed: str) -> bool:
    """Whether the role `held` includes the role `needed`."""
    return _RANK[Role(held)] >= _RANK[Role(needed)]


def require_installation(user: User | AnonymousUser | None) -> User:
    """The person, when an installation administrator (client settings, people). Raises NotAllowed."""
    if isinstance(user, User) and user.is_active and user.is_superuser:
        return user
    raise NotAllowed("not_installation_administrator", "This is for administrators of the whole installation.")
