"""Draw the demo's product pictures anew: python tools/demo_pictures.py"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from listwright.demo.pictures import drawings  # noqa: E402

FOLDER = ROOT / "src" / "listwright" / "web" / "static" / "demo"


def main() -> None:
    """Write every picture."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, drawing in drawings().items():
        (FOLDER / name).write_text(drawing, encoding="utf-8")


if __name__ == "__main__":
    main()
