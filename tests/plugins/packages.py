"""Plugin packages made on the spot: a module and the metadata pip would write, in a folder on the path."""

from pathlib import Path

WILD = '''
"""Wild: does what its settings say, for better or worse."""
import os, time
from decimal import Decimal
from pydantic import BaseModel
from listwright.plugins import hookimpl
from listwright.plugins.types import NewPrice, Problem, StartingQuantity, Veto

class Settings(BaseModel):
    mode: str = "good"
    quantity: int = 9
    price: str = "90.00"

def strange(mode, good):
    if mode == "raise": raise RuntimeError("the supplier is away")
    if mode == "hang":
        while True: time.sleep(60)
    if mode == "spin":
        while True: pass
    if mode == "die": os._exit(3)
    if mode == "print": print("x" * 100_000)
    return {"none": None, "text": "seven"}.get(mode, good)

@hookimpl
def settings_model(): return Settings

@hookimpl
def inventory_calculation(products, settings):
    mode = settings.mode
    quantity = {"nan": float("nan"), "negative": -5, "string": "12", "fraction": 1.5, "true": True,
                "huge": 10**12}.get(mode, settings.quantity)
    answers = [StartingQuantity(quantity, "Counted by hand.") for _ in products]
    if mode == "short": answers = answers[:-1]
    if mode == "shy": answers[0] = None
    if mode == "bare": answers = [quantity for _ in products]
    return strange(mode, answers)

@hookimpl
def repricing(offers, settings):
    mode = settings.mode
    price = {"nan": Decimal("NaN"), "negative": Decimal(-5), "string": "12", "fraction": 88.5,
             "huge": Decimal("1e30")}.get(mode, Decimal(settings.price))
    answers = [NewPrice(price, "As told.") for _ in offers]
    return strange(mode, answers[:-1] if mode == "short" else answers)
'''

PICKY = '''
"""Picky: keeps away what is in its list."""
from pydantic import BaseModel
from listwright.plugins import hookimpl
from listwright.plugins.types import Problem, Veto

class Settings(BaseModel):
    excluded: list[str] = []
    fails: bool = False

@hookimpl
def settings_model(): return Settings

@hookimpl
def upload_filter(products, settings):
    if settings.fails: raise RuntimeError("no list")
    return [Veto("It is in the list.") if product.sku in settings.excluded else None for product in products]

@hookimpl
def readiness_checks(products, settings):
    return [[Problem("no_photo", "images", "Add a third photo.")] if product.image_count == 2 else [] for product in products]
'''

BROKEN = 'raise ImportError("no module named supplier")'
ODD = "from listwright.plugins import hookimpl\n@hookimpl\ndef inventory_sums(products): return []\n"


def make_package(folder: Path, name: str, source: str) -> None:
    """A package `name` with one module and one plugin of that name, as if installed in `folder`."""
    module = name.replace("-", "_") + "_plugin"
    (folder / f"{module}.py").write_text(source)
    info = folder / f"{module}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[listwright.plugins]\n{name} = {module}\n")
