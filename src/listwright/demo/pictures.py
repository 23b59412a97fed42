"""Pictures of the demo's devices: drawn by `tools/demo_pictures.py`, served with the other static files."""

from __future__ import annotations

FILL = {
    "black": "#2b2f36",
    "white": "#f4f5f7",
    "silver": "#d5d9de",
    "gray": "#8b929c",
    "space-gray": "#5c626b",
    "blue": "#4d7fc4",
    "green": "#6fa287",
    "red": "#c8434b",
    "pink": "#e9b7c3",
    "purple": "#9a88c4",
    "gold": "#d9b98a",
    "yellow": "#ecd36f",
    "beige": "#e8dfd0",
}
"""Back Market's words for colours, as file names have them, and how they are drawn."""

_EDGE = "#1f242b"
_SCREEN = "#10141a"
_SHAPES = {
    "phone": (
        '<rect x="38" y="18" width="66" height="134" rx="12" fill="{fill}" stroke="{edge}" stroke-width="2"/>'
        '<rect x="45" y="26" width="28" height="28" rx="8" fill="{edge}" fill-opacity=".25"/>'
        '<circle cx="53" cy="34" r="5" fill="{screen}"/><circle cx="65" cy="46" r="5" fill="{screen}"/>'
        '<rect x="96" y="18" width="66" height="134" rx="12" fill="{fill}" stroke="{edge}" stroke-width="2"/>'
        '<rect x="101" y="23" width="56" height="124" rx="8" fill="{screen}"/>'
        '<rect x="119" y="28" width="20" height="5" rx="2.5" fill="{fill}" fill-opacity=".5"/>'
    ),
    "tablet": (
        '<rect x="30" y="18" width="98" height="134" rx="10" fill="{fill}" stroke="{edge}" stroke-width="2"/>'
        '<circle cx="44" cy="32" r="5" fill="{screen}"/>'
        '<rect x="72" y="18" width="98" height="134" rx="10" fill="{fill}" stroke="{edge}" stroke-width="2"/>'
        '<rect x="80" y="27" width="82" height="116" rx="3" fill="{screen}"/>'
    ),
    "laptop": (
        '<rect x="42" y="36" width="116" height="80" rx="6" fill="{fill}" stroke="{edge}" stroke-width="2"/>'
        '<rect x="47" y="41" width="106" height="70" rx="2" fill="{screen}"/>'
        '<path d="M26 120h148l-8 14H34z" fill="{fill}" stroke="{edge}" stroke-width="2" stroke-linejoin="round"/>'
        '<rect x="86" y="122" width="28" height="5" rx="2" fill="{edge}" fill-opacity=".35"/>'
    ),
    "console": (
        '<rect x="34" y="56" width="132" height="34" rx="6" fill="{fill}" stroke="{edge}" stroke-width="2"/>'
        '<rect x="46" y="70" width="60" height="3" rx="1.5" fill="{edge}" fill-opacity=".5"/>'
        '<circle cx="148" cy="73" r="4" fill="{screen}"/>'
        '<path d="M68 108h64c12 0 18 30 8 32-7 1-11-12-18-12H78c-7 0-11 13-18 12-10-2-4-32 8-32z" fill="{fill}"'
        ' stroke="{edge}" stroke-width="2"/>'
        '<circle cx="82" cy="119" r="4" fill="{screen}"/><circle cx="118" cy="119" r="4" fill="{screen}"/>'
    ),
}


def drawings() -> dict[str, str]:
    """{file name: SVG} of every kind of device in every colour."""
    return {
        f"{kind}-{colour}.svg": (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 170" width="400" height="340">'
            f"{shape.format(fill=fill, edge=_EDGE, screen=_SCREEN)}</svg>\n"
        )
        for kind, shape in _SHAPES.items()
        for colour, fill in FILL.items()
    }
