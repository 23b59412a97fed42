"""What the demo company sells: real models with their sizes, colours and usual prices.

Storage in GB with what a used one in very good state costs in euros; `new` is the price of the smallest when new, and
each further size costs `step` more. Weights in grams, screens in inches.
"""

from __future__ import annotations

from typing import NamedTuple

# Leaves of the sandbox's category tree, by marketplace_category_id.
SMARTPHONE, PC_LAPTOP, MACBOOK, IPAD, ANDROID_TABLET, CONSOLE, HANDHELD = 1, 3, 4, 8, 9, 11, 12


class Colour(NamedTuple):
    """A maker's name for a colour, in English, French and German, Back Market's word for it, and its part of a SKU."""

    name: str
    french: str
    german: str
    plain: str
    code: str


class Device(NamedTuple):
    """A model. `picture` is the kind of its picture; `attributes` are those that all its variants share."""

    picture: str
    category: int
    brand: str
    name: str
    code: str
    grams: int
    new: int
    step: int
    sizes: dict[int, int]
    colours: tuple[Colour, ...]
    attributes: dict[str, str]


_COLOURS = {
    colour.name: colour
    for colour in (
        Colour("Black", "Noir", "Schwarz", "Black", "BLK"),
        Colour("White", "Blanc", "Weiß", "White", "WHT"),
        Colour("Midnight", "Minuit", "Mitternacht", "Black", "MID"),
        Colour("Starlight", "Lumière stellaire", "Polarstern", "Beige", "STA"),
        Colour("Graphite", "Graphite", "Graphit", "Gray", "GRA"),
        Colour("Space Gray", "Gris sidéral", "Space Grau", "Space Gray", "SPG"),
        Colour("Silver", "Argent", "Silber", "Silver", "SLV"),
        Colour("Gold", "Or", "Gold", "Gold", "GLD"),
        Colour("Blue", "Bleu", "Blau", "Blue", "BLU"),
        Colour("Sierra Blue", "Bleu alpin", "Sierrablau", "Blue", "SIE"),
        Colour("Green", "Vert", "Grün", "Green", "GRN"),
        Colour("Purple", "Mauve", "Violett", "Purple", "PUR"),
        Colour("Red", "Rouge", "Rot", "Red", "RED"),
        Colour("Pink", "Rose", "Rosé", "Pink", "PNK"),
        Colour("Yellow", "Jaune", "Gelb", "Yellow", "YEL"),
        Colour("Gray", "Gris", "Grau", "Gray", "GRY"),
        Colour("Phantom Black", "Noir fantôme", "Phantom Black", "Black", "PHB"),
        Colour("Lavender", "Lavande", "Lavendel", "Purple", "LAV"),
        Colour("Cream", "Crème", "Creme", "Beige", "CRM"),
        Colour("Obsidian", "Obsidienne", "Obsidian", "Black", "OBS"),
        Colour("Snow", "Neige", "Schnee", "White", "SNW"),
        Colour("Sage", "Sauge", "Salbei", "Green", "SAG"),
    )
}


def _colours(names: str) -> tuple[Colour, ...]:
    return tuple(_COLOURS[name.strip()] for name in names.split(","))


def _phone(
    brand: str,
    name: str,
    code: str,
    grams: int,
    screen: str,
    year: int,
    new: int,
    step: int,
    sizes: dict[int, int],
    colours: str,
) -> Device:
    attributes = {"model": name, "carrier": "Unlocked", "screen_size": screen, "release_year": str(year)}
    return Device("phone", SMARTPHONE, brand, name, code, grams, new, step, sizes, _colours(colours), attributes)


def _laptop(
    brand: str,
    name: str,
    code: str,
    grams: int,
    screen: str,
    processor: str,
    ram: int,
    new: int,
    step: int,
    sizes: dict[int, int],
    colours: str,
) -> Device:
    attributes = {
        "model": name,
        "processor": processor,
        "ram": str(ram),
        "screen_size": screen,
        "keyboard": "AZERTY - French",
    }
    if brand != "Apple":
        attributes |= {"storage_type": "SSD", "operating_system": "Windows 11"}
    category = MACBOOK if brand == "Apple" else PC_LAPTOP
    return Device("laptop", category, brand, name, code, grams, new, step, sizes, _colours(colours), attributes)


def _tablet(
    brand: str,
    name: str,
    code: str,
    grams: int,
    screen: str,
    connectivity: str,
    new: int,
    step: int,
    sizes: dict[int, int],
    colours: str,
) -> Device:
    attributes = {"model": name, "screen_size": screen, "connectivity": connectivity}
    category = IPAD if brand == "Apple" else ANDROID_TABLET
    return Device("tablet", category, brand, name, code, grams, new, step, sizes, _colours(colours), attributes)


def _console(
    brand: str,
    name: str,
    code: str,
    grams: int,
    new: int,
    step: int,
    sizes: dict[int, int],
    colours: str,
    *,
    handheld: bool = False,
) -> Device:
    category = HANDHELD if handheld else CONSOLE
    attributes = {"model": name}
    return Device("console", category, brand, name, code, grams, new, step, sizes, _colours(colours), attributes)


DEVICES: tuple[Device, ...] = (
    _phone("Apple", "iPhone SE (2020)", "IPSE2", 148, "4.7", 2020, 489, 50, {64: 129, 128: 149}, "Black,White,Red"),
    _phone("Apple", "iPhone SE (2022)", "IPSE3", 144, "4.7", 2022, 529, 50,
        {64: 189, 128: 219, 256: 259}, "Midnight,Starlight,Red"),
    _phone("Apple", "iPhone XR", "IPXR", 194, "6.1", 2018, 859, 60, {64: 159, 128: 179}, "Black,White,Blue,Red"),
    _phone("Apple", "iPhone 11", "IP11", 194, "6.1", 2019, 809, 50,
        {64: 209, 128: 239}, "Black,White,Green,Purple,Red,Yellow"),
    _phone("Apple", "iPhone 11 Pro", "IP11P", 188, "5.8", 2019, 1159, 170,
        {64: 249, 256: 289}, "Space Gray,Silver,Gold"),
    _phone("Apple", "iPhone 12", "IP12", 162, "6.1", 2020, 909, 50,
        {64: 249, 128: 279}, "Black,White,Blue,Green,Purple,Red"),
    _phone("Apple", "iPhone 12 mini", "IP12M", 133, "5.4", 2020, 809, 50,
        {64: 209, 128: 239}, "Black,White,Blue,Green"),
    _phone("Apple", "iPhone 12 Pro", "IP12P", 187, "6.1", 2020, 1159, 120,
        {128: 339, 256: 369}, "Graphite,Silver,Gold"),
    _phone("Apple", "iPhone 13", "IP13", 173, "6.1", 2021, 909, 120,
        {128: 349, 256: 399}, "Midnight,Starlight,Blue,Pink,Green,Red"),
    _phone("Apple", "iPhone 13 mini", "IP13M", 140, "5.4", 2021, 809, 120,
        {128: 319, 256: 359}, "Midnight,Starlight,Blue,Pink"),
    _phone("Apple", "iPhone 13 Pro", "IP13P", 203, "6.1", 2021, 1159, 120,
        {128: 459, 256: 509}, "Graphite,Silver,Gold,Sierra Blue"),
    _phone("Apple", "iPhone 14", "IP14", 172, "6.1", 2022, 1019, 130,
        {128: 449, 256: 509}, "Midnight,Starlight,Blue,Purple,Red"),
    _phone("Apple", "iPhone 14 Plus", "IP14L", 203, "6.7", 2022, 1169, 130,
        {128: 489, 256: 539}, "Midnight,Starlight,Blue"),
    _phone("Apple", "iPhone 15", "IP15", 171, "6.1", 2023, 969, 130,
        {128: 589, 256: 659}, "Black,Blue,Green,Pink,Yellow"),
    _phone("Samsung", "Galaxy S20 FE", "GS20FE", 190, "6.5", 2020, 659, 70, {128: 159}, "Blue,Lavender,White"),
    _phone("Samsung", "Galaxy S21", "GS21", 169, "6.2", 2021, 859, 50, {128: 199, 256: 229}, "Gray,White,Pink"),
    _phone("Samsung", "Galaxy S21 Ultra", "GS21U", 227, "6.8", 2021, 1259, 50,
        {128: 319, 256: 349}, "Phantom Black,Silver"),
    _phone("Samsung", "Galaxy S22", "GS22", 167, "6.1", 2022, 859, 50,
        {128: 259, 256: 289}, "Phantom Black,White,Green"),
    _phone("Samsung", "Galaxy S22 Ultra", "GS22U", 228, "6.8", 2022, 1259, 100,
        {128: 429, 256: 469}, "Phantom Black,White,Green"),
    _phone("Samsung", "Galaxy S23", "GS23", 168, "6.1", 2023, 959, 60,
        {128: 379, 256: 419}, "Phantom Black,Cream,Green,Lavender"),
    _phone("Samsung", "Galaxy A52s 5G", "GA52S", 189, "6.5", 2021, 449, 60, {128: 149}, "Black,White,Green"),
    _phone("Samsung", "Galaxy A54 5G", "GA54", 202, "6.4", 2023, 499, 50, {128: 209, 256: 239}, "Black,White,Purple"),
    _phone("Samsung", "Galaxy Z Flip4", "GZF4", 187, "6.7", 2022, 1109, 60,
        {128: 299, 256: 329}, "Graphite,Blue,Purple"),
    _phone("Google", "Pixel 6a", "PX6A", 178, "6.1", 2022, 459, 60, {128: 169}, "Black,White,Sage"),
    _phone("Google", "Pixel 7", "PX7", 197, "6.3", 2022, 649, 110, {128: 249, 256: 289}, "Obsidian,Snow"),
    _phone("Google", "Pixel 7 Pro", "PX7P", 212, "6.7", 2022, 899, 110, {128: 329, 256: 369}, "Obsidian,Snow"),
    _phone("Google", "Pixel 8", "PX8", 187, "6.2", 2023, 799, 60, {128: 389, 256: 429}, "Obsidian,Pink"),
    _phone("Xiaomi", "Redmi Note 12 Pro", "RN12P", 187, "6.7", 2023, 399, 50,
        {128: 159, 256: 179}, "Black,White,Blue"),
    _phone("Xiaomi", "Xiaomi 12T", "XM12T", 202, "6.7", 2022, 599, 50, {128: 209, 256: 239}, "Black,Silver,Blue"),
    _phone("OnePlus", "OnePlus 9", "OP9", 192, "6.6", 2021, 719, 100, {128: 199, 256: 239}, "Black,Purple"),
    _phone("OnePlus", "OnePlus Nord 2", "OPN2", 189, "6.4", 2021, 399, 100, {128: 149, 256: 179}, "Gray,Blue"),
    _phone("Fairphone", "Fairphone 4", "FP4", 225, "6.3", 2021, 579, 70, {128: 249, 256: 289}, "Gray,Green"),
    _laptop("Apple", "MacBook Air 13 (2020, M1)", "MBA13M1", 1290, "13.3", "Apple M1 8-core", 8, 1129, 250,
        {256: 589, 512: 679}, "Space Gray,Silver,Gold"),
    _laptop("Apple", "MacBook Air 13 (2022, M2)", "MBA13M2", 1240, "13.6", "Apple M2 8-core", 8, 1499, 370,
        {256: 799, 512: 929}, "Midnight,Starlight,Space Gray,Silver"),
    _laptop("Apple", "MacBook Pro 13 (2020, M1)", "MBP13M1", 1400, "13.3", "Apple M1 8-core", 8, 1449, 230,
        {256: 689, 512: 779}, "Space Gray,Silver"),
    _laptop("Apple", "MacBook Pro 14 (2021, M1 Pro)", "MBP14M1P", 1600, "14.2", "Apple M1 Pro 8-core", 16, 2249, 500,
        {512: 1149, 1000: 1319}, "Space Gray,Silver"),
    _laptop("Apple", "MacBook Pro 16 (2021, M1 Pro)", "MBP16M1P", 2100, "16.2", "Apple M1 Pro 10-core", 16, 2749, 230,
        {512: 1399, 1000: 1549}, "Space Gray,Silver"),
    _laptop("Lenovo", "ThinkPad T480", "TPT480", 1580, "14", "Intel Core i5-8350U", 16, 1199, 120,
        {256: 259, 512: 289}, "Black"),
    _laptop("Lenovo", "ThinkPad T490", "TPT490", 1550, "14", "Intel Core i5-8365U", 16, 1349, 120,
        {256: 309, 512: 339}, "Black"),
    _laptop("Lenovo", "ThinkPad T14 Gen 1", "TPT14G1", 1460, "14", "Intel Core i5-10310U", 16, 1399, 120,
        {256: 389, 512: 429}, "Black"),
    _laptop("Lenovo", "ThinkPad X1 Carbon Gen 7", "TPX1C7", 1090, "14", "Intel Core i7-8665U", 16, 1949, 150,
        {256: 449, 512: 499, 1000: 559}, "Black"),
    _laptop("Dell", "Latitude 7400", "LAT7400", 1360, "14", "Intel Core i5-8365U", 16, 1449, 120,
        {256: 299, 512: 339}, "Black,Silver"),
    _laptop("Dell", "Latitude 5420", "LAT5420", 1400, "14", "Intel Core i5-1145G7", 16, 1299, 120,
        {256: 399, 512: 439}, "Gray"),
    _laptop("Dell", "XPS 13 9310", "XPS9310", 1200, "13.4", "Intel Core i7-1185G7", 16, 1699, 200,
        {512: 729, 1000: 819}, "Silver,White"),
    _laptop("HP", "EliteBook 840 G6", "EB840G6", 1480, "14", "Intel Core i5-8365U", 16, 1399, 120,
        {256: 299, 512: 339}, "Silver"),
    _laptop("HP", "EliteBook 840 G8", "EB840G8", 1320, "14", "Intel Core i5-1135G7", 16, 1499, 120,
        {256: 449, 512: 489}, "Silver"),
    _laptop("HP", "ProBook 450 G8", "PB450G8", 1740, "15.6", "Intel Core i5-1135G7", 8, 999, 100,
        {256: 369, 512: 409}, "Silver"),
    _laptop("Microsoft", "Surface Laptop 3", "SL3", 1290, "13.5", "Intel Core i5-1035G7", 8, 1149, 350,
        {128: 349, 256: 399}, "Black,Silver,Blue"),
    _tablet("Apple", "iPad (2020, 8th generation)", "IPAD8", 490, "10.2", "WiFi", 389, 100,
        {32: 179, 128: 219}, "Space Gray,Silver,Gold"),
    _tablet("Apple", "iPad (2021, 9th generation)", "IPAD9", 487, "10.2", "WiFi", 389, 170,
        {64: 229, 256: 299}, "Space Gray,Silver"),
    _tablet("Apple", "iPad (2022, 10th generation)", "IPAD10", 477, "10.9", "WiFi", 589, 200,
        {64: 319, 256: 399}, "Silver,Blue,Pink,Yellow"),
    _tablet("Apple", "iPad Air (2020, 4th generation)", "IPADA4", 458, "10.9", "WiFi", 669, 170,
        {64: 329, 256: 389}, "Space Gray,Silver,Green,Blue"),
    _tablet("Apple", "iPad Air (2022, 5th generation)", "IPADA5", 461, "10.9", "WiFi + 5G", 969, 170,
        {64: 449, 256: 529}, "Space Gray,Starlight,Blue,Purple"),
    _tablet("Apple", "iPad mini (2021, 6th generation)", "IPADM6", 293, "8.3", "WiFi", 659, 170,
        {64: 359, 256: 429}, "Space Gray,Starlight,Pink,Purple"),
    _tablet("Apple", "iPad Pro 11 (2021)", "IPADP11", 466, "11", "WiFi", 899, 110,
        {128: 549, 256: 609}, "Space Gray,Silver"),
    _tablet("Apple", "iPad Pro 12.9 (2021)", "IPADP12", 682, "12.9", "WiFi + 5G", 1389, 110,
        {128: 699, 256: 759}, "Space Gray,Silver"),
    _tablet("Samsung", "Galaxy Tab S7", "GTS7", 498, "11", "WiFi", 699, 80, {128: 269, 256: 309}, "Black,Silver"),
    _tablet("Samsung", "Galaxy Tab S8", "GTS8", 503, "11", "WiFi", 749, 80,
        {128: 379, 256: 419}, "Graphite,Silver,Pink"),
    _tablet("Samsung", "Galaxy Tab A8", "GTA8", 508, "10.5", "WiFi + 4G", 279, 40,
        {32: 129, 64: 149}, "Gray,Silver,Pink"),
    _tablet("Samsung", "Galaxy Tab S6 Lite", "GTS6L", 465, "10.4", "WiFi", 399, 60,
        {64: 189, 128: 219}, "Gray,Blue,Pink"),
    _tablet("Lenovo", "Tab P11 Pro", "LTP11P", 485, "11.5", "WiFi", 499, 70, {128: 199}, "Gray"),
    _console("Sony", "PlayStation 4 Slim", "PS4S", 2100, 299, 50, {500: 159, 1000: 189}, "Black,White"),
    _console("Sony", "PlayStation 4 Pro", "PS4P", 3300, 399, 50, {1000: 219}, "Black,White"),
    _console("Sony", "PlayStation 5 Digital", "PS5D", 3900, 399, 50, {825: 319}, "White"),
    _console("Sony", "PlayStation 5", "PS5", 4500, 549, 50, {825: 379}, "White"),
    _console("Sony", "PlayStation 5 Slim", "PS5S", 3200, 549, 50, {1000: 409}, "White,Black"),
    _console("Microsoft", "Xbox One S", "XBOS", 2900, 249, 50, {500: 119, 1000: 139}, "White"),
    _console("Microsoft", "Xbox One X", "XBOX1X", 3800, 499, 50, {1000: 189}, "Black"),
    _console("Microsoft", "Xbox Series S", "XBSS", 1930, 299, 50, {512: 189, 1000: 229}, "White,Black"),
    _console("Microsoft", "Xbox Series X", "XBSX", 4450, 549, 50, {1000: 369}, "Black"),
    _console("Nintendo", "Switch", "NSW", 398, 299, 30, {32: 179}, "Gray,Blue,Red", handheld=True),
    _console("Nintendo", "Switch Lite", "NSWL", 275, 219, 30, {32: 129}, "Gray,Yellow,Blue,Pink", handheld=True),
    _console("Nintendo", "Switch OLED", "NSWO", 420, 349, 30, {64: 239}, "White,Blue,Red", handheld=True),
    _console("Valve", "Steam Deck", "SDK", 669, 419, 130, {64: 269, 256: 329, 512: 379}, "Black", handheld=True),
)  # fmt: skip
