"""What the first visitor of a page would otherwise wait for."""

from __future__ import annotations

import threading
from pathlib import Path

from django.template import Engine
from django.template.loader import get_template
from django.urls import get_resolver

from listwright.plugins.manager import installed


def warm_up() -> None:
    """Import every view and compile every template. Plugins are asked what they are meanwhile, each in its process: that
    may take long, and is needed on few pages."""
    len(get_resolver().url_patterns)
    for folder in map(Path, Engine.get_default().dirs):
        for path in sorted(folder.rglob("*.html")):
            get_template(path.relative_to(folder).as_posix())
    from listwright.web.components.compiled import compile_all  # needs Django's apps, which are there by now

    compile_all()
    threading.Thread(target=installed, name="plugins", daemon=True).start()
