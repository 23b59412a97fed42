"""The hour's budget in the database: read and debited under one lock, so that racing workers cannot overspend it."""

from datetime import datetime

from django.db.backends.utils import CursorWrapper

from listwright.sync.decisions.budget import Hour, Minute, Room, first_minute, learned_limit, minute_of, room

# Any number that no other advisory lock of this database uses as its first key.
LOCK_CLASS = 7_461

LIMITS = """
SELECT a.hourly_lines, st.lines_taken, st.lines_refused_at
FROM companies_account a LEFT JOIN sync_accountstate st ON st.account_id = a.id WHERE a.id = %s
"""
SPENT = """
SELECT minute, lines, zeros, falls FROM sync_budgetminute
WHERE account_id = %s AND minute >= %s AND lines > 0 ORDER BY minute
"""
REFUSED = """
UPDATE sync_accountstate SET lines_refused_at = %(now)s, lines_taken = (
    SELECT coalesce(sum(lines), 0) FROM sync_budgetminute WHERE account_id = %(account)s AND minute >= %(first)s)
WHERE account_id = %(account)s AND lease_fence = %(fence)s
"""


def hour(cursor: CursorWrapper, account_id: int, now: datetime) -> Hour:
    """The account's hour: its limits, and the lines debited in the 61 minutes that the last 3,600 seconds touch."""
    cursor.execute(LIMITS, [account_id])
    limit, taken, refused_at = cursor.fetchone()
    cursor.execute(SPENT, [account_id, first_minute(now)])
    spent = [Minute(*row) for row in cursor.fetchall()]
    return Hour(limit, spent, now, learned_limit(limit=limit, taken=taken, refused_at=refused_at, now=now))


def lock_room(cursor: CursorWrapper, account_id: int, now: datetime) -> Room:
    """What the hour still takes. Holds the account's budget until the transaction ends, so that it stays true."""
    # The lock comes in a statement of its own: the next one then sees what the last holder committed.
    cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_CLASS, account_id])
    return room(hour(cursor, account_id, now))


def spend(cursor: CursorWrapper, account_id: int, lines: int, now: datetime, *, zeros: int = 0, falls: int = 0) -> None:
    """Debit lines that `lock_room` allowed, in the same transaction; `zeros` and `falls` of them are such."""
    cursor.execute(
        "INSERT INTO sync_budgetminute AS bucket (account_id, minute, lines, zeros, falls) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (account_id, minute) DO UPDATE SET lines = bucket.lines + excluded.lines,"
        " zeros = bucket.zeros + excluded.zeros, falls = bucket.falls + excluded.falls",
        [account_id, minute_of(now), lines, zeros, falls],
    )


def credit(cursor: CursorWrapper, account_id: int, attempted_at: datetime, lines: int) -> None:
    """Give back lines of which it is certain that no byte reached the channel."""
    cursor.execute(
        "UPDATE sync_budgetminute SET lines = greatest(0, lines - %s) WHERE account_id = %s AND minute = %s",
        [lines, account_id, minute_of(attempted_at)],
    )


def debit(cursor: CursorWrapper, account_id: int, lines: int, now: datetime) -> int:
    """Debit up to `lines` lines that are neither stop-sales nor falls, in the caller's transaction; how many were
    granted."""
    granted = min(lines, lock_room(cursor, account_id, now).others)
    if granted > 0:
        spend(cursor, account_id, granted, now)
    return max(granted, 0)


def refused(cursor: CursorWrapper, account_id: int, fence: int, now: datetime) -> None:
    """Back Market counts more lines than we sent: what we had sent is what it takes of us for now."""
    cursor.execute(REFUSED, {"account": account_id, "fence": fence, "now": now, "first": first_minute(now)})
