"""What the demo company writes about its products."""

from __future__ import annotations

from listwright.demo.devices import Colour, Device

COMPANY_NAME = "Atelier Reprise"
CONTACT_MAIL = "contact@atelier-reprise.example"
COMMENTS = {
    "fr-fr": "Testé sur 40 points et nettoyé dans notre atelier de Lyon, livré avec câble, garanti 12 mois.",
    "de-de": "In unserer Werkstatt auf 40 Punkte geprüft und gereinigt, mit Kabel, 12 Monate Garantie.",
    "en-gb": "Tested on 40 points and cleaned in our workshop, cable included, 12 months warranty.",
}

_KINDS = {
    "phone": "smartphone reconditionné",
    "laptop": "ordinateur portable reconditionné",
    "tablet": "tablette reconditionnée",
    "console": "console de jeux reconditionnée",
}
_CHECKS = {
    "phone": "écran, batterie, appareils photo, réseau, haut-parleurs et boutons",
    "laptop": "écran, clavier, batterie, disque, ports et ventilation",
    "tablet": "écran tactile, batterie, caméras, Wi-Fi et boutons",
    "console": "lecture, ventilation, ports, Wi-Fi et manette",
}
_INCLUDED = {
    "phone": "un câble de charge",
    "laptop": "son chargeur",
    "tablet": "un câble de charge",
    "console": "ses câbles et une manette",
}
_LOOKS = {
    "PREMIUM": "État comme neuf : aucune trace d’utilisation, pièces d’origine.",
    "EXCELLENT": "Aucune rayure n’est visible à vingt centimètres.",
    "VERY_GOOD": "Quelques traces légères, invisibles à cinquante centimètres.",
    "GOOD": "Des traces d’utilisation visibles, sans effet sur le fonctionnement.",
    "FAIR": "Des rayures et de petits chocs visibles, sans effet sur le fonctionnement.",
}


def size(gigabytes: int, language: str = "en") -> str:
    """As people write it: 256 GB, 1 TB; Go and To in French."""
    units = ("Go", "To") if language == "fr" else ("GB", "TB")
    return f"{gigabytes // 1000} {units[1]}" if gigabytes >= 1000 else f"{gigabytes} {units[0]}"


def model(device: Device) -> str:
    """Brand and model; some models have the brand in their name."""
    return device.name if device.name.startswith(device.brand) else f"{device.brand} {device.name}"


def name(device: Device, gigabytes: int, colour: Colour) -> str:
    """What the company calls a product, in English."""
    return f"{model(device)} {size(gigabytes)} {colour.name}"


def title(device: Device, gigabytes: int, colour: Colour, language: str) -> str:
    """A title as Back Market's own are: model, size, colour, and what a buyer in that country asks first."""
    shade = {"fr": colour.french, "de": colour.german}.get(language, colour.name)
    last = {
        "phone": {"fr": "Débloqué", "de": "Ohne Vertrag", "en": "Unlocked"},
        "laptop": {"fr": "AZERTY - Français", "de": "AZERTY - Französisch", "en": "AZERTY - French"},
        "tablet": {"fr": device.attributes.get("connectivity", "WiFi")},
        "console": {"fr": "Avec manette", "de": "Mit Controller", "en": "With controller"},
    }[device.picture]
    ending = last.get(language, last["fr"])
    return f"{device.name} {size(gigabytes, language)} - {shade} - {ending}"


def description(device: Device, gigabytes: int, colour: Colour, grade: str) -> str:
    """The description proposed to Back Market, in French."""
    facts = [f"{size(gigabytes, 'fr')} de stockage"]
    if "screen_size" in device.attributes:
        facts.insert(0, f"écran de {device.attributes['screen_size'].replace('.', ',')} pouces")
    if "processor" in device.attributes:
        facts.append(f"processeur {device.attributes['processor']}, {device.attributes['ram']} Go de mémoire")
    if "connectivity" in device.attributes:
        facts.append(device.attributes["connectivity"])
    return (
        f"{model(device)}, {_KINDS[device.picture]} en France, couleur {colour.french}.\n"
        f"{facts[0][0].upper()}{', '.join(facts)[1:]}.\n"
        f"{_LOOKS[grade]} Contrôlés dans notre atelier : {_CHECKS[device.picture]}.\n"
        f"Livré avec {_INCLUDED[device.picture]}, dans un emballage recyclé."
    )


def remark(device: Device, gigabytes: int, colour: Colour) -> str:
    """The catalog's own description, in English, as on the company's site."""
    return (
        f"Refurbished {name(device, gigabytes, colour)}. Every unit is tested on 40 points, cleaned and reset in our "
        "workshop in Lyon. Batteries hold at least 85 % of their capacity when new. 30 days to send it back."
    )
