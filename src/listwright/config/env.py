"""Every environment variable Listwright reads, in one place; each secret may also come as `NAME_FILE`."""

import os
import secrets
import sys
from pathlib import Path

from listwright.common.embedded_postgres import default_data_dir


def text(name: str, default: str = "") -> str:
    """The variable's value; where `NAME_FILE` is set instead, the first line of that file."""
    if name in os.environ:
        return os.environ[name]
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            sys.exit(f"{name}_FILE={path!r} cannot be read: {getattr(error, 'strerror', None) or 'it is not text'}.")
    return default


def number(name: str, default: float) -> float:
    """The variable as a number; raises SystemExit naming the variable when it is not one."""
    value = text(name)
    if not value:
        return default
    try:
        return float(value)
    except ValueError:
        sys.exit(f"{name}={value!r} is not a number. Give it as digits, for example {default:g}, or leave it unset.")


def flag(name: str, *, default: bool = False) -> bool:
    """The variable as yes or no."""
    value = text(name).strip().lower()
    if not value:
        return default
    if value in ("1", "true", "yes", "on"):
        return True
    if value in ("0", "false", "no", "off"):
        return False
    sys.exit(f"{name}={value!r} is neither yes nor no. Use 1 or 0.")


def data_dir() -> Path:
    """Folder for the embedded database, the secret key and files."""
    given = text("LISTWRIGHT_DATA_DIR")
    return Path(given).expanduser().resolve() if given else default_data_dir()


def secret_key() -> str:
    """`LISTWRIGHT_SECRET_KEY`, else a key made once and kept in the data folder, readable by its owner only."""
    if key := text("LISTWRIGHT_SECRET_KEY"):
        return key
    path = data_dir() / "secret-key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text(encoding="utf-8").strip()
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(secrets.token_urlsafe(64))
    return path.read_text(encoding="utf-8").strip()
