"""Who or what caused a change, as history keeps it."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["person", "token", "upload", "plugin", "order", "system"]


@dataclass(frozen=True, slots=True)
class Origin:
    """`id` is the row of the person, token or upload; `label` what people read ("Ana", "stock feed", "sync")."""

    kind: Kind
    id: int | None = None
    label: str = ""

    @classmethod
    def system(cls, label: str) -> "Origin":
        """Listwright itself; `label` names the part of it."""
        return cls("system", None, label)
