"""Where the read-back of an account has got to: in memory, for a new worker may well begin anew."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from listwright.channels.protocol import RemoteListing

MOST_SINGLES = 2000

Single = tuple[int, str]
"""A listing, by its id, and the market to read it in."""


@dataclass(slots=True)
class Place:
    """Singles wait in order, each not before a (monotonic) time: in `sent` what was sent just now, in `missed` what a list
    did not show. A pass reads the lists of the markets in `left`, now `market`, begun at `began_at`; `asked` are lists that
    are read because so much of them was sent. Of lines attempted up to `looked_at` it is known whether they were read back.
    """

    tokens: float
    tokens_at: float
    looked_at: datetime
    sent: dict[Single, float] = field(default_factory=dict)
    missed: dict[Single, float] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    next_pass: datetime | None = None
    market: str = ""
    began_at: datetime | None = None
    pages: Iterator[Sequence[RemoteListing]] | None = None
    broken: bool = False
    sent_last: bool = False
    missed_last: bool = False
    asked_last: bool = False

    @property
    def busy(self) -> bool:
        """Whether there is more to read now."""
        return bool(self.sent or self.missed or self.asked or self.left) or self.pages is not None

    def ask_for(self, single: Single, *, sent: bool, at: float = 0.0) -> None:
        """Read one listing in one market soon, not before `at`; when too many wait, the next pass finds it."""
        if sent:
            self.missed.pop(single, None)
        queue = self.sent if sent else self.missed
        if len(queue) < MOST_SINGLES and single not in self.sent:
            queue.setdefault(single, at)

    def next_single(self, moment: float) -> Single | None:
        """The single whose turn it is; None: a page's, where there is one.

        What was sent takes turns with what is unverified longest, and there a page with what a list did not show. So
        neither a burst of lines, nor a long list, nor many that it lacks keep the others waiting.
        """
        sent, missed = _first(self.sent, moment), _first(self.missed, moment)
        listed = self.pages is not None
        self.sent_last = sent is not None and not (self.sent_last and (listed or missed is not None))
        if self.sent_last:
            return sent
        self.missed_last = missed is not None and not (self.missed_last and listed)
        return missed if self.missed_last else None

    def done(self, single: Single) -> bool:
        """It was read; whether it was one that was sent."""
        self.missed.pop(single, None)
        return self.sent.pop(single, None) is not None

    def next_list(self) -> str | None:
        """The market whose list is read next: those asked for and those of the pass take turns, too."""
        self.asked_last = bool(self.asked) and not (self.asked_last and self.left)
        queue = self.asked if self.asked_last else self.left
        if not queue:
            return None
        market = queue[0]
        self.asked = [one for one in self.asked if one != market]
        self.left = [one for one in self.left if one != market]
        return market

    def put_off(self, single: Single, *, until: float) -> None:
        """It could not be read: the others are not kept waiting by it."""
        queue = self.sent if single in self.sent else self.missed
        del queue[single]
        queue[single] = until

    def begin_anew(self) -> None:
        """The list under way is read from its beginning, after the others."""
        if self.pages is not None:
            self.pages, self.broken = None, False
            self.left.append(self.market)

    def ask_for_list(self, market: str) -> None:
        """Have a market's list read soon; what was sent in it, and waits to be read singly, comes with it."""
        self.sent = {single: at for single, at in self.sent.items() if single[1] != market}
        if market not in self.asked:
            self.asked.append(market)


def _first(queue: dict[Single, float], moment: float) -> Single | None:
    """The first whose time has come."""
    return next((single for single, at in queue.items() if at <= moment), None)
