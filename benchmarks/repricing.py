"""How much of the BackBox the repricer that ships wins, and what margin it keeps, against rivals who reprice too.

    python -m benchmarks.repricing [--size N] [--quick]

Three shops sell the same products on sandboxes of their own: one leaves its prices fixed, one always undercuts the winner
by 0.01, one follows the price to win. Rivals answer to every price after two minutes, down to a floor that is above what
half of our products may cost at least. A round is five minutes of the sandbox's clock: BackBox is read through the real
adapter, the plugin is asked in its process, its price goes through the same bounds as in production, and the update is
sent. Who wins is looked at once a minute.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

import click

from benchmarks import report
from listwright.channels.protocol import Adapter, Competitor, Connection, Update
from listwright.channels.registry import channel
from listwright.plugins.answers import Nonsense
from listwright.plugins.runner import Runner
from listwright.plugins.types import Competition, NewPrice, OfferFacts
from listwright.sync.decisions.competition import allowed_price
from listwright_sandbox import backbox
from listwright_sandbox.market import MARKETS
from listwright_sandbox.sandbox import Sandbox
from listwright_sandbox.testing import SandboxHandle, running

NAME = "repricing"
SIZE, ROUNDS = 60, 60
ROUND, LOOKS = 300.0, 5
RIVALS_ANSWER = 120
FRANCE = MARKETS["fr-fr"]
FLOOR = Decimal(80)
BEGAN = datetime(2026, 3, 2, 0, tzinfo=UTC)
CENT = Decimal("0.01")


@dataclass(slots=True)
class Goods:
    """One listing of ours. Nothing is sold below `lowest`, which is 5 % above `cost`."""

    sku: str
    id: str
    cost: Decimal
    price: Decimal
    base: Decimal
    history: list[Competition] = field(default_factory=list)
    today: dict[str, int] = field(default_factory=dict)

    @property
    def lowest(self) -> Decimal:
        return (self.cost * Decimal("1.05")).quantize(CENT)


@dataclass(slots=True)
class Score:
    """What was seen: `looks`, `won` of them, the margin there was in those, and prices outside their bounds."""

    looks: int = 0
    won: int = 0
    margin: Decimal = Decimal(0)
    changes: int = 0
    outside: int = 0


Strategy = Callable[[list[OfferFacts]], list[NewPrice | Nonsense | None]]


@click.command()
@click.option("--size", default=SIZE, show_default=True, type=click.IntRange(4), help="Products of each shop.")
@click.option("--quick", is_flag=True, help="A quarter of the products and of the rounds.")
def main(size: int, quick: bool) -> None:
    """Measures the three shops and says whether the limits hold."""
    size, rounds = (max(4, size // 4), ROUNDS // 4) if quick else (size, ROUNDS)
    runner = Runner(answer_seconds=30.0)
    try:
        shops: dict[str, Strategy] = {
            "fixed": lambda offers: [None] * len(offers),
            "undercut": lambda offers: [undercut(offer) for offer in offers],
            "follow": lambda offers: runner.ask("follow-price-to-win", "repricing", {}, offers),
        }
        scores = {name: live(strategy, size, rounds) for name, strategy in shops.items()}
    finally:
        runner.close()
    figures: dict[str, float] = {}
    for name, score in scores.items():
        figures[f"{name}_won_share"] = score.won / score.looks
        figures[f"{name}_margin_per_win"] = float(score.margin / max(1, score.won))
        figures[f"{name}_margin_per_look"] = float(score.margin / score.looks)
        figures[f"{name}_changes"] = score.changes
    figures["out_of_bounds"] = sum(score.outside for score in scores.values())
    figures["fixed_wins_more_share"] = max(0.0, figures["fixed_won_share"] - figures["follow_won_share"])
    figures["undercut_keeps_more"] = max(0.0, figures["undercut_margin_per_look"] - figures["follow_margin_per_look"])
    report.finish(NAME, figures, about=f"{size} products, {rounds} rounds of five minutes, rivals that reprice")


def undercut(offer: OfferFacts) -> NewPrice | None:
    """What many scripts do: always a cent below whoever wins."""
    winner = offer.competition.winner_price
    if offer.competition.is_winning or winner is None:
        return None
    return NewPrice(winner - CENT, "A cent below the winner.")


def live(strategy: Strategy, size: int, rounds: int) -> Score:
    """One shop from beginning to end."""
    score, clock = Score(), BEGAN
    with running(
        limits="off", rivals="reprice", rivals_react_after=RIVALS_ANSWER, rivals_floor=float(FLOOR)
    ) as sandbox:
        goods = stock(sandbox, size)
        sandbox.freeze(clock.isoformat().replace("+00:00", "Z"))
        adapter = connect(sandbox)
        for _ in range(rounds):
            seen = [(one, entry) for one in goods for entry in adapter.competitors(one.id) if entry.market == "fr-fr"]
            move(strategy, seen, adapter, clock, score)
            for _ in range(LOOKS):
                sandbox.advance(ROUND / LOOKS)
                look(sandbox, goods, score)
            clock += timedelta(seconds=ROUND)
        adapter.close()
    return score


def move(
    strategy: Strategy, seen: list[tuple[Goods, Competitor]], adapter: Adapter, now: datetime, score: Score
) -> None:
    """Ask for prices, and set what the bounds allow."""
    day = now.date().isoformat()
    offers = []
    for one, entry in seen:
        reading = Competition(now, entry.price_to_win, entry.winner_price, entry.is_winning)
        offers.append(
            OfferFacts(
                one.sku, "fr-fr", "EUR", one.price, one.base, one.lowest, one.base, reading, tuple(one.history[:10]),
                one.today.get(day, 0), now,
            )
        )  # fmt: skip
        one.history.insert(0, reading)
    for (one, _), answer in zip(seen, strategy(offers), strict=True):
        if not isinstance(answer, NewPrice):
            continue
        allowed = allowed_price(
            answer.price,
            standing=one.price,
            accepted=one.price,
            lowest=one.lowest,
            highest=one.base,
            lines_left=1,
            most_fall=40,
        )
        if allowed.price is not None:
            adapter.update(Update(one.id, "fr-fr", price=allowed.price, currency="EUR"))
            one.price = allowed.price
            one.today[day] = one.today.get(day, 0) + 1
            score.changes += 1


def look(sandbox: SandboxHandle, goods: list[Goods], score: Score) -> None:
    """Who wins now, at what margin: read past the API, which has its own time."""

    def standing(box: Sandbox) -> list[tuple[Decimal, bool]]:
        found = [box.listings.by_reference(one.id) for one in goods]
        return [
            (one.offer(FRANCE).price, backbox.wins(one, FRANCE, box.settings))  # type: ignore[misc]
            for one in found
            if one is not None
        ]

    for one, (price, wins) in zip(goods, sandbox.run(standing), strict=True):
        score.looks += 1
        score.outside += not one.lowest <= price <= one.base
        if wins:
            score.won += 1
            score.margin += price - one.cost


def stock(sandbox: SandboxHandle, size: int) -> list[Goods]:
    """The same products for every shop: base price 110, rivals from 95 to 109, costs on both sides of their floor."""
    chance = Random(7)
    goods, listings = [], []
    for number in range(size):
        cost = Decimal(chance.randrange(62, 92))
        one = Goods(f"GOODS-{number}", str(UUID(int=number + 1)), cost, Decimal(110), Decimal(110))
        rivals = [f"{chance.randrange(9500, 10900) / 100:.2f}" for _ in range(2)]
        listings.append(
            {
                "sku": one.sku,
                "id": one.id,
                "title": one.sku,
                "quantity": 5,
                "rivals": {"fr-fr": rivals},
                "markets": {"fr-fr": {"price": "110.00", "max_price": "500.00", "comment": "Bien"}},
            }
        )
        goods.append(one)
    sandbox.load(listings=listings)
    return goods


def connect(sandbox: SandboxHandle) -> Adapter:
    """The adapter of production."""
    to = Connection("sandbox", "eu", sandbox.token, "Bench", "bench@example.com", "fr-fr", sandbox.url)
    return channel("backmarket").connect(to, lambda exchange: None)


if __name__ == "__main__":
    main()
