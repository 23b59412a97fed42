"""Passwords cannot be tried without end."""

from __future__ import annotations

import logging
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from listwright.common.text import fold
from listwright.companies import queries
from listwright.companies.access import User

log = logging.getLogger(__name__)

WINDOW_SECONDS = 15 * 60
FAILURES_PER_NAME = 10
FAILURES_PER_ADDRESS = 100


class PatientBackend(ModelBackend):
    """Django's own, but after ten wrong passwords for a name, or a hundred from an address, within fifteen minutes it
    refuses even the right one until they are over. Counted per web process."""

    def authenticate(  # type: ignore[override]
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> AbstractBaseUser | None:
        """The person, or None. Raises PermissionDenied, which ends the attempt, while there were too many."""
        address = request.META.get("REMOTE_ADDR", "") if request is not None else ""
        counters = {
            f"sign-in:name:{fold(username or '')[:150]!r}": FAILURES_PER_NAME,
            f"sign-in:address:{address}": FAILURES_PER_ADDRESS,
        }
        counters = {key.replace(" ", "_"): most for key, most in counters.items()}
        if any(cache.get(key, 0) >= most for key, most in counters.items()):
            log.warning("too many wrong passwords from %s: sign-in refused for a while", address or "here")
            raise PermissionDenied
        person = super().authenticate(request, username=username, password=password, **kwargs)
        if person is None:
            for key in counters:
                cache.add(key, 0, WINDOW_SECONDS)
                cache.incr(key)
        else:
            cache.delete(next(iter(counters)))
        return person

    def get_user(self, user_id: int) -> User | None:
        """Who a session belongs to; None once the person is disabled."""
        found = queries.person(user_id)
        return found if self.user_can_authenticate(found) else None
