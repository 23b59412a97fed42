from decimal import Decimal

import listwright_match_lowest as plugin

from listwright.plugins.testing import call, competition, offer


def test_the_winners_price_is_matched() -> None:
    (answer,) = call(plugin, "repricing", [offer()])
    assert answer.price == Decimal("95.50")


def test_it_can_stay_above() -> None:
    (answer,) = call(plugin, "repricing", [offer()], above="1.50")
    assert answer.price == Decimal("97.00")


def test_where_it_wins_or_is_alone_the_price_stays() -> None:
    offers = [offer(competition=competition(is_winning=True)), offer(competition=competition(None, None))]
    assert call(plugin, "repricing", offers) == [None, None]
