"""Files to download."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from django.http import FileResponse
from django.utils.text import get_valid_filename

from listwright.bulk.writers import ENDINGS, MEDIA_TYPES, FileFormat, spooled


def download(write: Callable[[BinaryIO], object], name: str, form: FileFormat) -> FileResponse:
    """What `write` writes, as a file of that name. Raises as `write` does."""
    file_name = f"{get_valid_filename(name)}.{ENDINGS[form]}"
    return FileResponse(spooled(write), as_attachment=True, filename=file_name, content_type=MEDIA_TYPES[form])
