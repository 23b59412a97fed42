"""Ids, the same for the same seed."""

from collections import defaultdict
from collections.abc import Container
from random import Random

_FIRST = {"listing": 4000, "product": 1000, "task": 1_011_000, "order": 50_000, "line": 90_000, "address": 1}


class Ids:
    """Makes UUIDs and numbers; a number seen elsewhere is never given out again."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._last: dict[str, int] = defaultdict(int, _FIRST)

    def uuid(self, taken: Container[str] = ()) -> str:
        """A UUID that is not among those taken: a loaded state may have been made with the same seed."""
        while True:
            made = self._uuid()
            if made not in taken:
                return made

    def _uuid(self) -> str:
        text = f"{self._random.getrandbits(128):032x}"
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{'89ab'[int(text[16], 16) % 4]}{text[17:20]}-{text[20:]}"

    def number(self, kind: str) -> int:
        self._last[kind] += 1
        return self._last[kind]

    def seen(self, kind: str, number: int) -> int:
        self._last[kind] = max(self._last[kind], number)
        return number

    def dump(self) -> dict[str, int]:
        """The last number of each kind."""
        return dict(self._last)

    def load(self, last: dict[str, int]) -> None:
        for kind, number in last.items():
            self.seen(kind, number)
