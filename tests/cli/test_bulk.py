"""`import` and `export` as people and scripts use them."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Command

PASSWORD = {"LISTWRIGHT_PASSWORD": "a long enough one"}


@pytest.fixture
def acme(listwright: Command) -> Command:
    assert listwright.forked("user", "create", "ana", **PASSWORD).returncode == 0
    assert listwright.forked("company", "create", "acme", "--user", "ana").returncode == 0
    return listwright


@pytest.mark.timeout(300)  # ten commands, each a process
def test_a_file_goes_in_and_comes_out(acme: Command, tmp_path: Path) -> None:
    file, result = tmp_path / "produits.csv", tmp_path / "result.csv"
    file.write_bytes("SKU;Name;SitePrice;Qty\r\nA;Écran;1 099,90;3\r\nB;Coque;1.099;1\r\n".encode("cp1252"))
    seen = acme("import", str(file), "--company", "acme", "--create-missing", "--preview")
    assert seen.stdout == "2 rows: 1 would be changed (1 would be created), 0 unchanged, 1 failed, 0 skipped\n"
    assert seen.returncode == 1
    nothing = acme.forked("export", "--company", "acme", "--all")
    assert (nothing.returncode, nothing.stdout) == (1, "")
    assert len(nothing.stderr.splitlines()) == 1

    asked = acme.forked("import", str(file), "--company", "acme", "--create-missing")
    assert (asked.returncode, asked.stdout) == (2, seen.stdout)
    assert "say --yes to apply" in asked.stderr

    done = acme.forked("import", str(file), "--company", "acme", "--create-missing", "--yes", "--result", str(result))
    assert done.returncode == 1
    assert done.stderr.startswith("Row 3, B: SitePrice: “1.099” can be read in two ways.")
    assert "Traceback" not in done.stderr
    result.write_text(result.read_text(encoding="utf-8-sig").replace("1.099;", "1099,00;"), encoding="utf-8")
    again = acme.forked("import", str(result), "--company", "acme", "--create-missing", "--yes")
    assert (again.returncode, again.stderr) == (0, "")
    assert again.stdout == "2 rows: 1 changed (1 created), 1 unchanged, 0 failed, 0 skipped\n"

    out = acme("export", "--company", "acme", "--sku", "a", "--sku", "b", "--columns", "ProductName,SitePrice,Qty:main")
    assert out.returncode == 0
    assert out.stdout.removeprefix("\ufeff").splitlines() == [
        "SKU,ProductName,SitePrice,Qty:main", "A,Écran,1099.90,3", "B,Coque,1099.00,1",
    ]  # fmt: skip
    for name in ("csv", "tab", "xlsx"):
        output = tmp_path / f"out.{name}"
        assert (
            acme.forked("export", "--company", "acme", "--all", "--format", name, "--output", str(output)).returncode
            == 0
        )
        back = acme.forked("import", str(output), "--company", "acme", "--yes")
        assert back.stdout == "2 rows: 0 changed (0 created), 2 unchanged, 0 failed, 0 skipped\n", back.stderr
    piped = subprocess.run(
        [
            sys.executable,
            "-m",
            "listwright.config.entrypoint",
            "export",
            "--company",
            "acme",
            "--all",
            "--format",
            "xlsx",
        ],
        env=acme.environment,
        capture_output=True,
        timeout=60,
        check=True,
    )
    (tmp_path / "piped.xlsx").write_bytes(piped.stdout)
    back = acme.forked("import", str(tmp_path / "piped.xlsx"), "--company", "acme", "--yes")
    assert back.stdout == "2 rows: 0 changed (0 created), 2 unchanged, 0 failed, 0 skipped\n", back.stderr
    filtered = acme.forked("export", "--company", "acme", "--filter", '{"search": "ecran"}', "--columns", "EAN")
    assert filtered.returncode == 1  # an accent is a letter of its own
    assert acme.forked("export", "--company", "acme", "--filter", '{"stock_min": 2}').stdout.count("\n") == 2


def test_what_is_wrong_is_one_clear_line(acme: Command, tmp_path: Path) -> None:
    file = tmp_path / "file.csv"
    file.write_text("SKU,Nmae\nA,x\n")
    for arguments, told, status in (
        (("import", str(file), "--company", "acme"), "There is no column “Nmae”. Did you mean Name?", 1),
        (("import", str(file), "--company", "nobody"), "nobody", 1),
        (("export", "--company", "acme"), "Say which products", 1),
        (("export", "--company", "acme", "--all", "--columns", "Prise"), "There is no column “Prise”.", 1),
        (("export", "--company", "acme", "--filter", "ready"), "JSON", 2),
        (("import", str(file)), "--company", 2),
        (("import", str(tmp_path / "none.csv"), "--company", "acme"), "does not exist", 2),
        (("import", str(file), "--company", "acme", "--then", "sell"), "--then", 2),
        (("import", str(file), "--company", "acme", "--result", str(file)), "another file", 2),
    ):
        wrong = acme.forked(*arguments)
        assert told in wrong.stderr
        assert wrong.returncode == status
        assert "Traceback" not in wrong.stderr
        assert status == 2 or len(wrong.stderr.splitlines()) == 1
    file.write_bytes(b"\x00\x01\x02")
    assert "not a text file" in acme.forked("import", str(file), "--company", "acme").stderr
    file.write_text("SKU,BackmarketTitle\nA,x\n")
    assert "not connected" in acme.forked("import", str(file), "--company", "acme").stderr
