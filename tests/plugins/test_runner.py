"""Whatever a plugin does, the process that asks gets an answer or a reason, in time."""

import os
import time
from decimal import Decimal
from pathlib import Path

import pytest

from listwright.plugins.answers import Nonsense, PluginFailed
from listwright.plugins.manager import installed, one
from listwright.plugins.runner import Runner
from listwright.plugins.testing import offer, product
from listwright.plugins.types import NewPrice, StartingQuantity


def test_a_hook_answers_each_product_in_order(using: Runner) -> None:
    answers = using.ask("wild", "inventory_calculation", {"quantity": 4}, [product("A"), product("B")])
    assert answers == [StartingQuantity(4, "Counted by hand.")] * 2


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        ("raise", "RuntimeError: the supplier is away"),
        ("die", "process ended"),
        ("none", "None in the place of a list of 2"),
        ("text", "'seven' in the place of a list of 2"),
        ("short", "1 answers to 2 questions"),
    ],
)
def test_a_batch_without_usable_answers_fails_with_the_reason(using: Runner, mode: str, reason: str) -> None:
    with pytest.raises(PluginFailed, match=reason):
        using.ask("wild", "inventory_calculation", {"mode": mode}, [product("A"), product("B")])
    assert len(using.ask("wild", "inventory_calculation", {}, [product("A")])) == 1


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        ("nan", "not NaN"),
        ("negative", "not -5"),
        ("string", "not '12'"),
        ("fraction", "not 1.5"),
        ("true", "not True"),
        ("huge", "not 1000000000000"),
        ("bare", "9 in the place of StartingQuantity"),
    ],
)
def test_one_answer_that_is_nonsense_is_named_in_its_place(using: Runner, mode: str, reason: str) -> None:
    (answer,) = using.ask("wild", "inventory_calculation", {"mode": mode}, [product("A")])
    assert isinstance(answer, Nonsense) and reason in answer.reason


@pytest.mark.parametrize("mode", ["nan", "negative", "string", "fraction", "huge"])
def test_a_price_that_is_no_amount_is_nonsense(using: Runner, mode: str) -> None:
    (answer,) = using.ask("wild", "repricing", {"mode": mode}, [offer("A")])
    assert isinstance(answer, Nonsense)


def test_a_price_keeps_its_digits(using: Runner) -> None:
    assert using.ask("wild", "repricing", {"price": "88.10"}, [offer("A")]) == [NewPrice(Decimal("88.10"), "As told.")]


@pytest.mark.parametrize("mode", ["hang", "spin"])
def test_a_hook_that_hangs_is_stopped_at_the_time_limit_and_leaves_no_process(using: Runner, mode: str) -> None:
    using.ask("wild", "inventory_calculation", {}, [product("A")])
    pid = using._hosts["wild"]._process.pid
    began = time.monotonic()
    with pytest.raises(PluginFailed, match="did not answer within"):
        using.ask("wild", "inventory_calculation", {"mode": mode}, [product("A")])
    assert time.monotonic() - began < using.answer_seconds + 5
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_plugin_that_was_stopped_rests_and_is_not_started_for_every_batch(using: Runner) -> None:
    now = [0.0]
    resting = Runner(answer_seconds=10.0, rest_seconds=60.0, monotonic=lambda: now[0])
    with pytest.raises(PluginFailed):
        resting.ask("wild", "inventory_calculation", {"mode": "die"}, [product("A")])
    with pytest.raises(PluginFailed, match="process ended"):
        resting.ask("wild", "inventory_calculation", {}, [product("A")])
    assert not resting._hosts
    now[0] = 61.0
    assert resting.ask("wild", "inventory_calculation", {}, [product("A")])
    resting.close()


def test_a_plugin_sees_neither_database_nor_secret(using: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://somewhere/db")
    using.ask("wild", "inventory_calculation", {}, [product("A")])
    pid = using._hosts["wild"]._process.pid
    environment = Path(f"/proc/{pid}/environ").read_bytes()
    assert b"DATABASE_URL" not in environment and b"SECRET" not in environment


def test_what_a_plugin_prints_disturbs_nothing(using: Runner) -> None:
    assert len(using.ask("wild", "inventory_calculation", {"mode": "print"}, [product("A")])) == 1


def test_broken_plugins_are_named_with_their_reason_and_the_others_stay(using: Runner) -> None:
    known = {plugin.name: plugin for plugin in installed(using)}
    assert "no module named supplier" in known["broken"].problem
    assert "inventory_sums" in known["odd"].problem
    assert known["follow-price-to-win"].usable and known["wild"].hooks == ("inventory_calculation", "repricing")
    assert known["wild"].about.startswith("Wild") and known["wild"].package == "wild"
    assert one("nobody", using) is None


def test_settings_are_checked_by_the_plugins_own_model(using: Runner) -> None:
    assert using.validate("wild", {"quantity": "12"}) == ({"mode": "good", "quantity": 12, "price": "90.00"}, {})
    stored, wrong = using.validate("wild", {"quantity": "many"})
    assert stored == {} and wrong["quantity"].startswith("'many' does not fit: input should be a valid integer")
