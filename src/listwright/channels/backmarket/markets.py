"""Back Market's regions, hosts and markets. Source: its published description, "Languages and currencies"."""

from listwright.channels.protocol import Connection, Market

MARKETS: tuple[Market, ...] = (
    Market("fr-fr", "France", "EUR", "eu", "fr"),
    Market("fr-be", "Belgium", "EUR", "eu", "be"),
    Market("es-es", "Spain", "EUR", "eu", "es"),
    Market("de-de", "Germany", "EUR", "eu", "de"),
    Market("de-at", "Austria", "EUR", "eu", "at"),
    Market("it-it", "Italy", "EUR", "eu", "it"),
    Market("en-gb", "United Kingdom", "GBP", "eu", "gb"),
    Market("nl-nl", "Netherlands", "EUR", "eu", "nl"),
    Market("pt-pt", "Portugal", "EUR", "eu", "pt"),
    Market("en-ie", "Ireland", "EUR", "eu", "ie"),
    Market("el-gr", "Greece", "EUR", "eu", "gr"),
    Market("sk-sk", "Slovakia", "EUR", "eu", "sk"),
    Market("sv-se", "Sweden", "SEK", "eu", "se"),
    Market("fi-fi", "Finland", "EUR", "eu", "fi"),
    Market("en-us", "United States", "USD", "na", "us"),
    Market("ja-jp", "Japan", "JPY", "ap", "jp"),
    Market("en-au", "Australia", "AUD", "ap", "au"),
)

_BY_CODE = {market.code: market for market in MARKETS}
_BY_REGION = {region: tuple(market for market in MARKETS if market.region == region) for region in ("eu", "na", "ap")}
_HOSTS = {"eu": "backmarket.fr", "na": "backmarket.com", "ap": "backmarket.co.jp"}
_TWINS = {"production": "www", "preprod": "preprod"}


def market(code: str) -> Market:
    """The market of that code (`fr-fr`); raises KeyError for an unknown one."""
    return _BY_CODE[code]


def markets(region: str) -> tuple[Market, ...]:
    """The markets of a region's platform (eu, na, ap); raises KeyError for an unknown region."""
    return _BY_REGION[region]


def market_of_country(country: str, region: str) -> str:
    """The market code that BackBox means by a country such as FR; the country itself, lower case, when unknown.

    A platform has one market for a country; BackBox names countries only (the description's examples: FR, GB).
    """
    folded = country.strip().lower()
    if folded in _BY_CODE:
        return folded
    alias = {"uk": "gb", "el": "gr"}.get(folded, folded)
    return next((item.code for item in _BY_REGION.get(region, MARKETS) if item.country == alias), folded)


def base_url(connection: Connection) -> str:
    """Scheme and host an account is reached at, without a path.

    The sandbox has an address of its own; the other environments never use one, so that their tokens go nowhere else.
    Raises ValueError naming what is missing.
    """
    if connection.environment == "sandbox":
        if not connection.base_url.startswith(("http://", "https://")):
            raise ValueError("the sandbox needs an address that begins with http:// or https://")
        return connection.base_url.rstrip("/")
    if connection.environment not in _TWINS:
        raise ValueError(
            f"environment {connection.environment!r} is unknown: use sandbox or one of {', '.join(_TWINS)}"
        )
    if connection.region not in _HOSTS:
        raise ValueError(f"region {connection.region!r} is unknown: use one of {', '.join(_HOSTS)}")
    return f"https://{_TWINS[connection.environment]}.{_HOSTS[connection.region]}"
