"""Every commit and every request of `sync` lies between two places at which a process can be killed (`killpoints`).

That no row is written outside a named commit, `tests/chaos` asks the database itself.
"""

import ast
import inspect
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest

from listwright.channels.protocol import Adapter
from listwright.common import killpoints
from listwright.sync.engine.fenced import FencedAdapter
from listwright.sync.engine.lease import NotHeld

SYNC = Path(__file__).resolve().parents[2] / "src" / "listwright" / "sync"
REQUESTS = {name for name, _ in inspect.getmembers(Adapter, inspect.isfunction) if not name.startswith("_")} - {"close"}
# What speaks to a channel in sync, in the words of its code: all of it FencedAdapter.
FENCED = {"context.adapter", "self._desk.fenced", "self._desk.pushing", "self._adapter", "FencedAdapter"}
ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "update": (None,),
    "upload": ("fr-fr", []),
    "task": ("1",),
    "listing": ("1", "fr-fr"),
    "listing_by_sku": ("A", "fr-fr"),
    "listings": ("fr-fr",),
    "orders": (datetime.now(UTC),),
    "competitors": ("1",),
}


def trees() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(SYNC.rglob("*.py")):
        yield str(path.relative_to(SYNC)), ast.parse(path.read_text())


def commit_names() -> list[str]:
    """The names given to commits, wherever they are."""
    calls = [node for _, tree in trees() for node in ast.walk(tree) if isinstance(node, ast.Call)]
    named = [call.args[0] for call in calls if isinstance(call.func, ast.Name) and call.func.id == "commit"]
    return [name.value for name in named if isinstance(name, ast.Constant) and isinstance(name.value, str)]


def request_names() -> list[str]:
    """The names given to requests by the only adapter that makes them."""
    tree = next(tree for file, tree in trees() if file == "engine/fenced.py")
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    named = [call.args[0] for call in calls if call.func.attr in ("_ask", "_paged")]  # type: ignore[attr-defined]
    return [name.value for name in named if isinstance(name, ast.Constant) and isinstance(name.value, str)]


def test_every_transaction_has_a_name() -> None:
    for file, tree in trees():
        if file == "commits.py":
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                bare = node.attr in ("atomic", "set_autocommit")
                assert not bare, f"{file}:{node.lineno}: use sync.commits.commit(name)"
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "commit":
                assert isinstance(node.args[0], ast.Constant), f"{file}:{node.lineno}: the name is no literal"


def test_no_two_commits_have_the_same_name() -> None:
    counted = Counter(commit_names())
    assert len(counted) >= 40
    assert [name for name, count in counted.items() if count > 1] == []


def test_every_request_goes_through_the_fenced_adapter() -> None:
    found = 0
    for file, tree in trees():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Attribute) and node.attr in REQUESTS):
                continue
            owner = ast.unparse(node.value)
            if "adapter" not in owner.lower() and owner not in FENCED:
                continue
            found += 1
            assert owner.partition("(")[0] in FENCED, f"{file}:{node.lineno}: {owner}.{node.attr} has no kill points"
            if owner == "self._adapter":
                assert file == "engine/fenced.py", f"{file}:{node.lineno}: an adapter without kill points"
    assert found > len(REQUESTS)
    assert len(set(request_names())) == len(REQUESTS)


@pytest.mark.parametrize("request_name", sorted(REQUESTS))
def test_every_request_lies_between_two_places(request_name: str) -> None:
    passed: list[str] = []
    adapter = MagicMock(spec=Adapter)
    adapter.listings.return_value = adapter.orders.return_value = iter([["a page"]])
    fenced = FencedAdapter(adapter, lambda: passed.append("the lease is asked"))
    with killpoints.watching(passed.append):
        answer = getattr(fenced, request_name)(*ARGUMENTS.get(request_name, ()))
        if request_name in ("listings", "orders"):
            assert list(answer) == [["a page"]]
    before, asked, after = passed[:3]
    assert (before[:15], asked, after[:14]) == ("before request ", "the lease is asked", "after request ")
    assert before[15:] == after[14:]


def test_a_request_that_fails_passes_the_place_behind_it_too() -> None:
    passed: list[str] = []
    adapter = MagicMock(spec=Adapter)
    adapter.task.side_effect = ConnectionResetError
    with killpoints.watching(passed.append), pytest.raises(ConnectionResetError):
        FencedAdapter(adapter, lambda: None).task("1")
    assert passed == ["before request task", "after request task"]


def test_without_a_lease_nothing_is_sent() -> None:
    adapter = MagicMock(spec=Adapter)

    def refuse() -> None:
        raise NotHeld("not ours")

    with pytest.raises(NotHeld):
        FencedAdapter(adapter, refuse).task("1")
    adapter.task.assert_not_called()
