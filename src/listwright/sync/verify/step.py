"""The rolling read-back: everything accepted is read again, what was sent last and what was read longest ago first.

What was just sent is read one by one, in the market it was sent to. Everything is read by lists, market after market, a
page of 50 a request: the default market tells the quantities, each enabled market its prices, comment, warranty and
state. What a list lacks is asked for by its id. The step leaves pushes their part of the request window, and spends no
more than its own rate.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from listwright.changes.origin import Origin
from listwright.channels.protocol import RemoteListing
from listwright.common.errors import PASSING, ChannelError, ProtocolBroken
from listwright.listings import operations as listings
from listwright.listings.operations.there import Baseline, baseline
from listwright.sync.commits import commit
from listwright.sync.decisions.drift import LAG
from listwright.sync.decisions.reading import cheaper_by_pages, tokens
from listwright.sync.engine.steps import StepContext
from listwright.sync.verify.place import Place, Single
from listwright.sync.verify.take import take

SECONDS_AT_ONCE = 2.0
MOST_AT_ONCE = 10.0
# Back Market's reads lag behind its answers; by now a line was answered, or is unknown and looked after elsewhere.
SENT_BEFORE = timedelta(seconds=10)
LOOK_BACK = timedelta(minutes=10)
# Seconds until a listing that could not be read is asked for again.
AFTER_FAILURE = 30.0
ORIGIN = Origin.system("read-back")

# The one first whose oldest proof is the oldest, so that a worker that begins anew goes on where the last one ended.
MARKETS = """
SELECT a.market FROM companies_accountmarket a CROSS JOIN LATERAL (
    SELECT min(coalesce(m.verified_at, '-infinity')) AS at FROM listings_listingmarketstate m
    JOIN listings_listing l ON l.id = m.listing_id
    WHERE m.account_id = a.account_id AND m.market = a.market AND l.back_market_id IS NOT NULL
        AND l.missing_there_since IS NULL) AS oldest
WHERE a.account_id = %(account)s AND a.enabled ORDER BY oldest.at, a.market <> %(default)s, a.market
"""
ANY_LINKED = "SELECT EXISTS (SELECT FROM listings_listing WHERE account_id = %s AND back_market_id IS NOT NULL)"
ANY_SENT = """
SELECT EXISTS (SELECT FROM sync_line WHERE account_id = %s AND attempted_at > %s AND attempted_at <= %s)
"""
SIZE = """
SELECT (SELECT count(*) FROM listings_listing WHERE account_id = %(account)s AND back_market_id IS NOT NULL)
    + (SELECT count(*) FROM sync_unlinkedlisting WHERE account_id = %(account)s)
"""
# What was accepted and not read since, of the lines attempted in a span; many lines of a listing are one read.
JUST_SENT = """
SELECT n.listing_id, n.market FROM sync_line n JOIN listings_listingstate s ON s.listing_id = n.listing_id
JOIN listings_listing l ON l.id = n.listing_id
LEFT JOIN listings_listingmarketstate m ON m.listing_id = n.listing_id AND m.market = n.market
WHERE n.account_id = %(account)s AND n.attempted_at > %(after)s AND n.attempted_at <= %(before)s AND n.state = 'accepted'
    AND n.kind = 'single' AND l.back_market_id IS NOT NULL
    AND ((n.quantity IS NOT NULL AND (s.verified_at >= s.accepted_at AND (s.quantity_verified = s.quantity_accepted
            OR s.verified_at >= s.accepted_at + %(lag)s)) IS NOT TRUE)
         OR (n.price IS NOT NULL AND (m.verified_at >= m.accepted_at AND (m.price_verified = m.price_accepted
            OR m.verified_at >= m.accepted_at + %(lag)s)) IS NOT TRUE))
GROUP BY 1, 2 ORDER BY min(n.attempted_at) LIMIT %(limit)s
"""
OURS = (
    "SELECT back_market_id::text, id FROM listings_listing WHERE account_id = %s AND back_market_id = ANY(%s::uuid[])"
)
IDENTITY = """
SELECT back_market_id::text FROM listings_listing WHERE account_id = %s AND id = %s AND missing_there_since IS NULL
"""
# What the lists did not show though it was linked before they were asked for.
UNMET = {
    True: """
SELECT s.listing_id FROM listings_listingstate s JOIN listings_listing l ON l.id = s.listing_id
WHERE s.account_id = %(account)s AND l.back_market_id IS NOT NULL AND l.linked_at < %(began)s
    AND l.missing_there_since IS NULL AND (s.verified_at IS NULL OR s.verified_at < %(began)s)
ORDER BY s.verified_at NULLS FIRST LIMIT %(limit)s
""",
    False: """
SELECT m.listing_id FROM listings_listingmarketstate m JOIN listings_listing l ON l.id = m.listing_id
WHERE m.account_id = %(account)s AND m.market = %(market)s AND l.back_market_id IS NOT NULL AND l.linked_at < %(began)s
    AND l.missing_there_since IS NULL AND (m.verified_at IS NULL OR m.verified_at < %(began)s)
ORDER BY m.verified_at NULLS FIRST LIMIT %(limit)s
""",
}
MOST_UNMET = 500


class VerifyStep:
    """Reads back, a few requests at a time."""

    name = "verify"

    def __init__(self, *, rate: float | None = None, interval: float | None = None) -> None:
        """`rate` requests a second at most, `interval` seconds from the beginning of one pass to the next; as set."""
        self._rate = float(settings.SYNC["verify_rate"]) if rate is None else rate
        self._interval = timedelta(seconds=float(settings.SYNC["verify_interval"]) if interval is None else interval)
        self._places: dict[int, Place] = {}

    def due(self, account_id: int, now: datetime) -> bool:
        """Whether something is being read, or was sent, or the time of the next pass has come and anything is linked."""
        place = self._places.get(account_id)
        if self._rate <= 0:
            return False
        if place is not None and place.busy:
            return True
        with connection.cursor() as cursor:
            if place is None or place.next_pass is None or place.next_pass <= now:
                cursor.execute(ANY_LINKED, [account_id])
            else:
                cursor.execute(ANY_SENT, [account_id, place.looked_at, now - SENT_BEFORE])
            return bool(cursor.fetchone()[0])

    def run(self, context: StepContext) -> None:
        """Read for some seconds: what was just sent and what is unverified longest by turns."""
        place = self._place(context)
        self._look(context, place)
        until = context.clock.monotonic() + SECONDS_AT_ONCE
        while place.tokens >= 1 and context.clock.monotonic() < until and not context.ending():
            listed = place.pages is not None or self._begin_list(context, place)
            single = place.next_single(context.clock.monotonic())
            if single is not None:
                place.tokens -= 1
                self._read_single(context, place, single)
            elif listed:
                place.tokens -= 1
                self._read_page(context, place)
            else:
                return

    def _place(self, context: StepContext) -> Place:
        moment = context.clock.monotonic()
        place = self._places.get(context.account_id)
        if place is None:
            place = Place(1.0, moment, context.clock.now() - LOOK_BACK)
            self._places[context.account_id] = place
        place.tokens = tokens(place.tokens, moment - place.tokens_at, rate=self._rate, most=MOST_AT_ONCE)
        place.tokens_at = moment
        return place

    def _look(self, context: StepContext, place: Place) -> None:
        """Find out what was sent since the last look."""
        now = context.clock.now()
        before = now - SENT_BEFORE
        if before <= place.looked_at:
            return
        with connection.cursor() as cursor:
            span: dict[str, Any] = {
                "account": context.account_id,
                "after": place.looked_at,
                "before": before,
                "limit": 2000,
                "lag": LAG,
            }
            cursor.execute(JUST_SENT, span)
            sent = cursor.fetchall()
            place.looked_at = before
            for single in sent:
                place.ask_for(single, sent=True)
            if len(place.sent) > 1:
                cursor.execute(SIZE, {"account": context.account_id})
                (size,) = cursor.fetchone()
                for market, waiting in Counter(market for _, market in place.sent).items():
                    if cheaper_by_pages(waiting, size) and place.market != market:
                        place.ask_for_list(market)

    def _begin_list(self, context: StepContext, place: Place) -> bool:
        """Begin the next list that is to be read; False when none is for now."""
        now = context.clock.now()
        if not place.left and (place.next_pass is None or place.next_pass <= now):
            with connection.cursor() as cursor:
                cursor.execute(MARKETS, {"account": context.account_id, "default": context.default_market})
                place.left, place.next_pass = [market for (market,) in cursor.fetchall()], now + self._interval
        market = place.next_list()
        if market is None:
            return False
        place.market, place.began_at = market, now
        place.pages = iter(context.adapter.listings(place.market))
        return True

    def _read_page(self, context: StepContext, place: Place) -> None:
        """A list goes on with the page that failed: begun anew each time, a long one would have no end."""
        assert place.pages is not None
        read_at = context.clock.now()
        try:
            page = next(place.pages, None)
            place.broken = False
            if page is None:
                self._end_list(context, place)
            else:
                self._take_page(context, place, page, read_at)
        except PASSING:
            raise
        except ProtocolBroken:
            if place.broken:
                place.begin_anew()
            else:
                place.broken = True  # perhaps cut off on its way
            raise
        except BaseException:
            place.begin_anew()
            raise

    def _take_page(self, context: StepContext, place: Place, page: Sequence[RemoteListing], read_at: datetime) -> None:
        with connection.cursor() as cursor:
            cursor.execute(OURS, [context.account_id, [read.back_market_id for read in page]])
            ours = dict(cursor.fetchall())
        reads = [_only(context, ours[read.back_market_id], read) for read in page if read.back_market_id in ours]
        self._take(context, place, reads, read_at, sent=False)

    def _end_list(self, context: StepContext, place: Place) -> None:
        market, place.pages, place.market = place.market, None, ""
        with connection.cursor() as cursor:
            cursor.execute(
                UNMET[market == context.default_market],
                {"account": context.account_id, "market": market, "began": place.began_at, "limit": MOST_UNMET},
            )
            for (listing_id,) in cursor.fetchall():
                place.ask_for((listing_id, market), sent=False)

    def _read_single(self, context: StepContext, place: Place, single: Single) -> None:
        listing_id, market = single
        with connection.cursor() as cursor:
            cursor.execute(IDENTITY, [context.account_id, listing_id])
            row = cursor.fetchone()
        if row is None or row[0] is None:
            place.done(single)
            return
        read_at = context.clock.now()
        try:
            read = context.adapter.listing(row[0], market)
        except ChannelError:
            place.put_off(single, until=context.clock.monotonic() + AFTER_FAILURE)
            raise
        sent = place.done(single)
        if read is not None:
            self._take(context, place, [baseline(listing_id, [read])], read_at, sent=sent)
            return
        with commit("miss a listing"):
            # Nothing is sent for it from now on.
            listings.mark_missing_there(
                account_id=context.account_id, listing_ids=[listing_id], origin=ORIGIN, now=context.clock.now()
            )

    def _take(
        self, context: StepContext, place: Place, reads: list[Baseline], read_at: datetime, *, sent: bool
    ) -> None:
        """What is to be read again waits where it waited before."""
        taken = take(account_id=context.account_id, baselines=reads, read_at=read_at, now=context.clock.now())
        for single in taken.again:
            place.ask_for(single, sent=sent, at=context.clock.monotonic() + context.timing.read_gap)


def _only(context: StepContext, listing_id: int, read: RemoteListing) -> Baseline:
    """A list's row: its quantity counts in the default market alone."""
    whole = baseline(listing_id, [read])
    return whole if read.market == context.default_market else whole._replace(quantity=None)
