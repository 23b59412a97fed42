"""Markets, their currencies and platforms (source: the published API description and captured data)."""

from collections.abc import Mapping
from dataclasses import dataclass

_CURRENCIES = {"en-gb": "GBP", "sv-se": "SEK", "en-us": "USD", "ja-jp": "JPY", "en-au": "AUD"}
_REGIONS = {
    "eu": (
        "fr-fr", "fr-be", "es-es", "de-de", "de-at", "it-it", "en-gb",
        "nl-nl", "pt-pt", "en-ie", "el-gr", "sk-sk", "sv-se", "fi-fi",
    ),
    "na": ("en-us",),
    "ap": ("ja-jp", "en-au"),
}  # fmt: skip


@dataclass(frozen=True)
class Market:
    """A country of a platform: `code` as in Accept-Language, `country` as in BackBox answers, `currency` as ISO 4217."""

    code: str
    region: str

    @property
    def country(self) -> str:
        """Two capital letters: GB for en-gb."""
        return self.code[3:].upper()

    @property
    def currency(self) -> str:
        """The only currency in which prices of this market may be sent."""
        return _CURRENCIES.get(self.code, "EUR")

    @property
    def currency_needed(self) -> bool:
        """Whether a price must come with its currency: everywhere but in euros and US dollars."""
        return self.currency not in ("EUR", "USD")


MARKETS: Mapping[str, Market] = {code: Market(code, region) for region, codes in _REGIONS.items() for code in codes}
REGIONS = tuple(_REGIONS)


def markets_of(region: str) -> list[Market]:
    """The markets of a platform, its default market first."""
    return [MARKETS[code] for code in _REGIONS[region]]


def chosen(accept_language: str | None, region: str) -> Market:
    """The market a request speaks of: the first one its header names, else the platform's default."""
    code = (accept_language or "").split(",")[0].split(";")[0].strip().lower()
    market = MARKETS.get(code)
    return market if market is not None and market.region == region else markets_of(region)[0]


def local(texts: Mapping[str, str], market: Market) -> str | None:
    """The text of a market, else one in its language, else any; None when there is none."""
    if market.code in texts:
        return texts[market.code]
    same = (text for code, text in texts.items() if code[:2] == market.code[:2])
    return next(same, None) or next(iter(texts.values()), None)
