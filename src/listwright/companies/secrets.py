"""Secrets at rest: Fernet under a key derived from the installation's secret key (HKDF, RFC 5869)."""

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from listwright.common.errors import NotReady

_PURPOSE = b"listwright: secrets at rest"


@lru_cache(maxsize=4)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    def derive(key: str) -> Fernet:
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(key.encode())
        return Fernet(base64.urlsafe_b64encode(derived))

    return MultiFernet([derive(key) for key in keys])


def _current() -> MultiFernet:
    return _box((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


def encrypt(text: str) -> bytes:
    """The text sealed under the newest key; two calls give different bytes."""
    return _current().encrypt(text.encode())


def decrypt(sealed: bytes | memoryview) -> str:
    """The text again, under the secret key or one of its fallbacks. Raises NotReady when none of them opens it."""
    try:
        return _current().decrypt(bytes(sealed)).decode()
    except InvalidToken as error:
        raise NotReady(
            "secret_unreadable",
            "The stored token cannot be read: LISTWRIGHT_SECRET_KEY is not the one it was stored under. "
            "Restore that key, or enter the token again.",
        ) from error
