"""What benchmarks say at their end, and how those that go from REST to the sandbox read its log."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from benchmarks import change_latency, push, report
from benchmarks.change_latency import Amounts, Change, Sent, Times
from benchmarks.limits import LIMITS
from benchmarks.push import Wish
from benchmarks.shop import Line

ROOT = Path(__file__).resolve().parents[2]
MODULES = [path.stem for path in sorted((ROOT / "benchmarks").glob("*.py")) if '"__main__"' in path.read_text()]
HELD = {"slowest_s": 0.5, "lines_per_s": 400.0}


@pytest.fixture(autouse=True)
def _own_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIMITS, "example", {"slowest_s": 1.0, "lines_per_s": 300.0})


def said(capsys: pytest.CaptureFixture[str], figures: Mapping[str, float]) -> tuple[int, dict[str, Any]]:
    with pytest.raises(SystemExit) as ended:
        report.finish("example", figures)
    return int(str(ended.value.code)), json.loads(capsys.readouterr().out.splitlines()[-1])


def test_the_last_line_is_the_result_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    status, result = said(capsys, HELD)
    assert status == 0
    assert result.pop("figures") == HELD | {"load_average": pytest.approx(0, abs=1000)}
    assert result == {"benchmark": "example", "limits": LIMITS["example"], "ok": True}


@pytest.mark.parametrize("broken", [{"slowest_s": 1.01}, {"lines_per_s": 299.9}])
def test_a_limit_that_does_not_hold_fails_the_benchmark(
    capsys: pytest.CaptureFixture[str], broken: dict[str, float]
) -> None:
    status, result = said(capsys, HELD | broken)
    assert (status, result["ok"]) == (1, False)


def test_a_limit_that_was_not_measured_fails_the_benchmark(capsys: pytest.CaptureFixture[str]) -> None:
    status, result = said(capsys, {"slowest_s": 0.5})
    assert (status, result["ok"]) == (1, False)


@pytest.mark.parametrize("name", MODULES)
def test_every_benchmark_has_limits_and_the_options_size_and_quick(name: str) -> None:
    assert LIMITS[name]
    command = [sys.executable, "-m", f"benchmarks.{name}", "--help"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout
    assert "--quick" in shown and "--size" in shown


def test_a_percentile_is_one_of_the_values() -> None:
    values = [float(number) for number in range(200, 0, -1)]
    assert [report.percentile(values, share) for share in (0.5, 0.99, 1)] == [100.0, 198.0, 200.0]
    assert report.percentile([7.0], 0.99) == 7.0
    with pytest.raises(ValueError, match="nothing"):
        report.percentile([], 0.5)


def line(number: int, at: float, sku: str, quantity: int, status: int = 200) -> Line:
    return Line(number, at, sku, quantity, status)


def test_a_change_is_timed_by_the_first_line_of_its_value_after_it() -> None:
    sent = [Sent(Change("A", 5, 2), 10.0), Sent(Change("B", 1, 4), 10.0), Sent(Change("C", 1, 0), 10.0)]
    lines = [
        line(1, 9.0, "A", 2),  # before it was asked for
        line(2, 10.25, "A", 2),
        line(3, 10.75, "A", 2),
        line(4, 10.25, "B", 4, status=429),
        line(5, 10.5, "B", 4),
        line(6, 10.25, "C", 1),
    ]
    assert change_latency.timed(sent, lines) == Times([0.25], [0.5], lost=1)


def test_percentiles_are_told_for_each_phase_and_direction() -> None:
    figures = change_latency.summary({"isolated": Times([0.1, 0.3], [0.2], 1), "pairs": Times([0.4], [], 2)})
    assert figures == {
        "isolated_falls_p50_s": 0.1,
        "isolated_falls_p99_s": 0.3,
        "isolated_falls_max_s": 0.3,
        "isolated_rises_p50_s": 0.2,
        "isolated_rises_p99_s": 0.2,
        "isolated_rises_max_s": 0.2,
        "pairs_falls_p50_s": 0.4,
        "pairs_falls_p99_s": 0.4,
        "pairs_falls_max_s": 0.4,
        "lost": 3,
    }


def test_every_made_up_change_changes_something() -> None:
    amounts = Amounts({"A": 0, "B": 5, "C": 1})
    stands = {"A": 0, "B": 5, "C": 1}
    for number in range(300):
        change = amounts.change() if number % 3 else amounts.change_of("B", but=7)
        assert change.before == stands[change.sku] and 0 <= change.after != change.before
        stands[change.sku] = change.after
    stopped = amounts.stop_sale()
    assert stopped.before == stands[stopped.sku] >= 3 and stopped.after == 0


def test_requests_refused_within_one_block_are_one_block() -> None:
    assert push.blocks([]) == 0
    assert push.blocks([100.0, 100.2, 109.9]) == 1
    assert push.blocks([100.0, 110.1, 300.0]) == 3


def test_lines_are_counted_against_the_changes_that_were_needed() -> None:
    wishes = [Wish("A", 0, 1.0), Wish("B", 3, 1.0), Wish("C", 9, 1.0)]
    lines = [
        line(1, 1.1, "A", 0),
        line(2, 1.2, "A", 0),  # stands already
        line(3, 1.3, "B", 3, status=500),
        line(4, 1.4, "B", 3),
    ]
    assert push.economy({"A": 5, "B": 1, "C": 1}, wishes, lines, refused=1) == push.Economy(2, 5, 1)


def test_a_value_that_comes_back_is_no_standing_one() -> None:
    wishes = [Wish("A", 0, 1.0), Wish("A", 5, 2.0)]
    assert push.economy({"A": 5}, wishes, [line(1, 1.1, "A", 0), line(2, 2.1, "A", 5)]) == push.Economy(2, 2, 0)
