"""How long it takes to read everything back with the settings as they come."""

import pytest

from listwright.sync.decisions.reading import cheaper_by_pages, pages, seconds_for_all, tokens

# Requests a second as set, less those for 2,000 lines an hour, each of which is read by itself.
LEFT = 2.0 - 2000 / 3600
MARKETS = ("fr-fr", "de-de", "en-gb")


@pytest.mark.parametrize(("listings", "minutes"), [(5_000, 15), (100_000, 240)])
def test_a_shop_in_three_markets_is_read_in_time_while_the_whole_hour_is_sent(listings, minutes):
    assert seconds_for_all(listings, MARKETS, rate=LEFT) <= minutes * 60


def test_requests_not_used_are_not_saved_up():
    assert tokens(0.0, 3.0, rate=2.0, most=10.0) == 6.0
    assert tokens(5.0, 3600.0, rate=2.0, most=10.0) == 10.0
    assert tokens(5.0, -60.0, rate=2.0, most=10.0) == 5.0, "a clock that went back takes none away"


@pytest.mark.parametrize("listings", [0, 1, 49, 50, 51, 100_000])
def test_a_list_is_read_when_more_wait_than_it_has_pages(listings):
    assert not cheaper_by_pages(pages(listings), listings)
    assert cheaper_by_pages(pages(listings) + 1, listings)
