"""Sessions as Django keeps them in its database; the question of every page, whose they are, is prepared."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends import db

from listwright.changes import prepared

_LIVE = "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > now()"


class SessionStore(db.SessionStore):
    """Django's own, but for how one is loaded."""

    def load(self) -> dict[str, Any]:
        """What is in the session; nothing, and it begins anew, where there is none or it has ended."""
        found = prepared.rows(_LIVE, [self.session_key])
        if found:
            loaded: dict[str, Any] = self.decode(found[0][0])
            return loaded
        self._session_key = None
        return {}
