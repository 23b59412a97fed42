"""Every hook is documented, tested and has an example; the examples install, and their own tests pass."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from listwright.plugins import types
from listwright.plugins.answers import READ
from listwright.plugins.hookspecs import BATCH, HOOKS
from listwright.plugins.manager import installed
from listwright.plugins.runner import Runner
from listwright.plugins.testing import offer, product

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "examples" / "plugins").iterdir())
HOWTO = (ROOT / "docs" / "howto" / "write-a-plugin.md").read_text()


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_is_documented_tested_and_has_an_example(hook: str) -> None:
    assert f"| `{hook}` |" in HOWTO
    sources = {folder: (folder / f"{folder.name.replace('-', '_')}.py").read_text() for folder in EXAMPLES}
    examples = [folder for folder, source in sources.items() if f"\ndef {hook}(" in source]
    assert examples, f"no example implements {hook}"
    assert any(f"`{folder.name}`" in HOWTO for folder in examples)
    assert any(f'"{hook}"' in file.read_text() for folder in examples for file in (folder / "tests").glob("*.py"))
    assert any(f'"{hook}"' in file.read_text() for file in Path(__file__).parent.glob("test_*.py"))


def test_every_hook_but_that_of_columns_is_asked_with_a_batch_and_read_place_by_place() -> None:
    assert BATCH.keys() == READ.keys() == set(HOOKS) - {"bulk_columns"}


def test_every_type_of_the_interface_is_documented_or_part_of_one_that_is() -> None:
    source = (ROOT / "src" / "listwright" / "plugins" / "types.py").read_text()
    named = set(re.findall(r"^class (\w+)\(NamedTuple\)", source, re.M))
    assert {name for name in named if name not in HOWTO} <= {"Competition"} and hasattr(types, "Competition")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all examples installed, by pip and without network."""
    target = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "install", "--no-deps"]
    options = ["--no-build-isolation", "--no-index", "--target", str(target)]
    subprocess.run([*pip, *options, *map(str, EXAMPLES)], check=True, timeout=100)
    return target


@pytest.fixture
def examples(place: Path) -> Iterator[Runner]:
    sys.path.insert(0, str(place))
    made = Runner(answer_seconds=10.0)
    yield made
    made.close()
    sys.path.remove(str(place))


def test_all_examples_are_found_and_answer_through_their_process(examples: Runner, tmp_path: Path) -> None:
    known = {plugin.name: plugin for plugin in installed(examples)}
    names = {"supplier-feed", "condition-filter", "match-lowest", "photo-check", "warranty-years"}
    assert names <= known.keys() and not [name for name in names if known[name].problem]
    feed = tmp_path / "stock.csv"
    feed.write_text("sku,quantity\nA-1,7\n")
    settings, wrong = examples.validate("supplier-feed", {"source": str(feed)})
    assert not wrong and "source" in examples.validate("supplier-feed", {})[1]
    (answer,) = examples.ask("supplier-feed", "inventory_calculation", settings, [product("A-1")])
    assert answer.quantity == 7
    (veto,) = examples.ask("condition-filter", "upload_filter", {"conditions": ["grade a"]}, [product("A-1")])
    assert "Grade A" in veto.reason
    (price,) = examples.ask("match-lowest", "repricing", {}, [offer()])
    assert str(price.price) == "95.50"
    ((problem,),) = examples.ask("photo-check", "readiness_checks", {}, [product(image_count=2)])
    assert problem.code == "photos"
    (column,) = examples.columns("warranty-years", {})
    (cells,) = examples.ask("warranty-years", "bulk_cells", {}, ["2"], header=column.header)
    assert dict(cells.cells) == {"BackmarketWarrantyLength": "24"}
    assert examples.ask("warranty-years", "bulk_values", {}, [product()], header=column.header) == ["1"]
    assert known["warranty-years"].hooks == ("bulk_columns", "bulk_cells", "bulk_values")


def test_the_examples_own_tests_pass(place: Path) -> None:
    folders = [str(folder / "tests") for folder in EXAMPLES]
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:django",
        "--rootdir",
        str(ROOT / "examples"),
    ]
    environment = {"PYTHONPATH": f"{place}:{ROOT / 'src'}", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [*command, "-c", "/dev/null", *folders], env=environment, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
