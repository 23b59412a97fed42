"""Who may use an address, as the access table says it: words only, the rights themselves are in companies.access."""

from __future__ import annotations

import re
from enum import StrEnum

_PARAMETER = re.compile(r"<(?:[a-z_]+:)?([a-z_]+)>")


class Who(StrEnum):
    """From nobody in particular to the installation's administrators. The three roles are of the company in the
    address; each includes the ones before it."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"
    INSTALLATION = "installation"

    @property
    def is_role(self) -> bool:
        """Whether it is a role in a company."""
        return self in (Who.VIEWER, Who.OPERATOR, Who.ADMINISTRATOR)


def operation(method: str, route: str) -> str:
    """The table's name of an operation: `GET /{company}/catalog/{sku}/` for GET and Django's route of that address.

    HEAD is GET without the body, and so may who may GET.
    """
    address = _PARAMETER.sub(lambda match: f"{{{match[1]}}}", route)
    return f"{'GET' if method == 'HEAD' else method} /{address.lstrip('/')}"
