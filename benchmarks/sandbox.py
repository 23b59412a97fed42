"""How fast the sandbox is: loading listings, paging through them, single updates. Over real HTTP, server in its own process.

    python -m benchmarks.sandbox [--size N] [--quick]

The figure for loading is scaled to 100,000 listings in three markets.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from typing import Any
from urllib.request import Request, urlopen

import click

from benchmarks.limits import LIMITS

NAME = "sandbox"
CONNECTIONS = 4
HEADERS = (
    "Host: 127.0.0.1\r\nAuthorization: Basic sandbox-token\r\n"
    "User-Agent: BM-Bench-Listwright;bench@example.com\r\nAccept-Language: fr-fr\r\n"
)


@click.command()
@click.option("--size", default=100_000, show_default=True, type=click.IntRange(1000), help="Listings to load.")
@click.option("--quick", is_flag=True, help="A tenth of the listings and of the requests.")
def main(size: int, quick: bool) -> None:
    """Measures the sandbox and says whether its limits hold."""
    size = size // 10 if quick else size
    figures = measure(size, pages=400 if quick else 4000, updates=1000 if quick else 10_000)
    limits = LIMITS[NAME]
    ok = all(holds(name, figures[name], limit) for name, limit in limits.items())
    print(f"{size} listings in three markets, {CONNECTIONS} connections")
    for name, figure in figures.items():
        least = f"{'≥' if name.endswith('_per_s') else '≤'} {limits[name]:g}" if name in limits else ""
        print(f"  {name:24} {figure:12.2f}  {least}")
    print(json.dumps({"benchmark": NAME, "figures": figures, "limits": limits, "ok": ok}))
    sys.exit(0 if ok else 1)


def holds(name: str, figure: float, limit: float) -> bool:
    """Rates are least values, everything else is a most."""
    return figure >= limit if name.endswith("_per_s") else figure <= limit


def measure(size: int, pages: int, updates: int) -> dict[str, float]:
    """Starts a sandbox, loads it, and hammers it. Seconds, and requests a second."""
    process = start()
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline().rsplit(":", 1)[1])
        body = json.dumps(catalog(size)).encode()
        began = time.perf_counter()
        request = Request(f"http://127.0.0.1:{port}/_sandbox/listings", data=body, method="POST")
        with urlopen(request, timeout=120) as answer:
            assert json.load(answer)["listings"] == size
        loading = time.perf_counter() - began
        last_page = max(1, size // 50)
        figures = {
            "load_s": loading,
            "load_100k_s": loading * 100_000 / size,
            "pages_per_s": rate(port, pages, lambda n: page(n % last_page + 1, ""), has_fifty),
            "filtered_pages_per_s": rate(
                port, pages, lambda n: page(n % (last_page // 2) + 1, "&publication_state=2"), has_fifty
            ),
            "updates_per_s": rate(port, updates, lambda n: update(4001 + n * 7 % size, n), has_quantity),
        }
    finally:
        process.terminate()
        process.wait(10)
    return {name: round(figure, 3) for name, figure in figures.items()}


def start() -> "subprocess.Popen[str]":
    root = Path(__file__).parent.parent
    environment = {**os.environ, "PYTHONPATH": str(root / "src")}
    command = [sys.executable, "-m", "listwright_sandbox", "--port", "0", "--limits", "off", "--die-with-parent"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def catalog(size: int) -> dict[str, Any]:
    """Listings of as many products, four fifths of them online in all three markets."""
    random = Random(1)
    return {
        "listings": [
            {
                "sku": f"BENCH-{number:07d}",
                "titles": {"fr-fr": f"Téléphone {number}", "de-de": f"Telefon {number}", "en-gb": f"Phone {number}"},
                "grade": "GOOD",
                "quantity": random.randrange(5),
                "markets": {
                    market: {
                        "price": f"{random.randrange(8000, 60000) / 100:.2f}",
                        "max_price": "900.00",
                        "comment": "Tested, cleaned, ready.",
                        "warranty_delay": 12,
                    }
                    for market in ("fr-fr", "de-de", "en-gb")
                },
            }
            for number in range(1, size + 1)
        ]
    }


def page(number: int, more: str) -> bytes:
    return f"GET /ws/listings?page-size=50&page={number}{more} HTTP/1.1\r\n{HEADERS}\r\n".encode()


def update(listing_id: int, number: int) -> bytes:
    body = json.dumps({"quantity": number % 9}).encode()
    head = f"POST /ws/listings/{listing_id} HTTP/1.1\r\n{HEADERS}Content-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def has_fifty(answer: dict[str, Any]) -> bool:
    return len(answer["results"]) == 50


def has_quantity(answer: dict[str, Any]) -> bool:
    return isinstance(answer["quantity"], int)


def rate(port: int, count: int, make: Any, right: Any) -> float:
    """Requests a second over a few connections, each waiting for its answer; every 50th answer is looked into."""

    async def hammer(first: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in range(first, count, CONNECTIONS):
            writer.write(make(number))
            head = await reader.readuntil(b"\r\n\r\n")
            assert b" 200 " in head[:16], head
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            body = await reader.readexactly(length)
            if number % 50 == 0:
                assert right(json.loads(body)), body[:200]
        writer.close()

    async def hammer_all() -> None:
        await asyncio.gather(*(hammer(first) for first in range(CONNECTIONS)))

    began = time.perf_counter()
    asyncio.run(hammer_all())
    return count / (time.perf_counter() - began)


if __name__ == "__main__":
    main()
