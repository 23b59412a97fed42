"""Buyers who do not exist, for the fields that real orders have."""

from random import Random
from typing import Any

from .ids import Ids
from .market import Market

_PEOPLE = {
    "fr": (["Camille", "Hugo", "Léa", "Mathis", "Inès"], ["Lefèvre", "Girard", "Fontaine", "Roussel", "Marchand"]),
    "de": (["Jonas", "Anneliese", "Lukas", "Frieda", "Jürgen"], ["Schröder", "Weiß", "Krüger", "Vogel", "Brandt"]),
    "en": (
        ["Oliver", "Isla", "Harriet", "Callum", "Niamh"],
        ["Whitaker", "O'Sullivan", "Hargreaves", "Penrose", "Doyle"],
    ),
    "es": (["Lucía", "Álvaro", "Martina", "Íñigo"], ["Ibáñez", "Cabrera", "Núñez", "Gallego"]),
    "it": (["Giulia", "Matteo", "Chiara", "Niccolò"], ["Ferraro", "De Luca", "Marchetti", "Conti"]),
    "nl": (["Sanne", "Daan", "Fleur", "Joris"], ["van den Berg", "Hoekstra", "de Wit", "Kuipers"]),
    "pt": (["Beatriz", "João", "Inês"], ["Figueiredo", "Magalhães", "Brandão"]),
    "el": (["Ελένη", "Γιώργος"], ["Παπαδόπουλος", "Νικολάου"]),
    "sk": (["Zuzana", "Marek"], ["Kováč", "Šimková"]),
    "sv": (["Astrid", "Björn"], ["Lindqvist", "Åkesson"]),
    "fi": (["Aino", "Väinö"], ["Mäkelä", "Hämäläinen"]),
    "ja": (["陽子", "健太"], ["佐々木", "小林"]),
}
_PLACES = {
    "FR": ("Rue des Tilleuls", "Nantes", "44000", "+3363998"), "BE": ("Rue du Moulin", "Namur", "5000", "+3246512"),
    "DE": ("Lindenallee", "Göttingen", "37073", "+4915112"), "AT": ("Mühlgasse", "Graz", "8010", "+4366412"),
    "GB": ("Harbour Lane", "Whitby", "YO21 3PU", "+4477009"), "IE": ("Quay Street", "Galway", "H91 XY12", "+3538512"),
    "ES": ("Calle del Olmo", "Logroño", "26001", "+3461234"), "IT": ("Via dei Platani", "Ferrara", "44121", "+3933312"),
    "NL": ("Kastanjelaan", "Zwolle", "8011 AB", "+3161234"), "PT": ("Rua das Oliveiras", "Évora", "7000-001", "+3519123"),
    "GR": ("Οδός Ελιάς", "Βόλος", "382 21", "+3069123"), "SK": ("Lipová", "Trnava", "917 01", "+4219051"),
    "SE": ("Björkvägen", "Växjö", "352 30", "+4670174"), "FI": ("Koivukatu", "Oulu", "90100", "+3584051"),
    "US": ("Maple Street", "Dayton, OH", "45402", "+1937555"), "JP": ("桜通り", "松本市", "390-0811", "+8190123"),
    "AU": ("Wattle Street", "Ballarat", "3350", "+6149157"),
}  # fmt: skip
_SNAKE = {
    "postalCode": "postal_code",
    "firstName": "first_name",
    "lastName": "last_name",
    "phoneNumber": "phone",
}


def address(market: Market, ids: Ids, random: Random) -> dict[str, Any]:
    """A made-up address in a market's country, with the keys of the published schema."""
    language = market.code[:2]
    first, last = _PEOPLE.get(language, _PEOPLE["en"])
    street, city, postal_code, phone = _PLACES[market.country]
    return {
        "id": ids.number("address"),
        "country": market.country,
        "city": city,
        "postalCode": postal_code,
        "firstName": random.choice(first),
        "lastName": random.choice(last),
        "company": "",
        "phoneNumber": f"{phone}{random.randrange(10_000):04d}",
        "street": f"{random.randrange(1, 180)} {street}",
        "street2": "",
    }


def spelled(raw: dict[str, Any], keys: str) -> dict[str, Any]:
    """The address with its keys in camel case or, as the older text of the description has them, in snake case."""
    return raw if keys == "camel" else {_SNAKE.get(name, name): value for name, value in raw.items()}
