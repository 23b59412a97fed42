"""The plugins that ship, by name. They implement the same hooks as everybody's."""

from collections.abc import Mapping

# Always in force, behind the company's plugins, and asked in our own process: see `loading.own_rules`.
OWN_RULES = "own-rules"
# Switched on per company, set up and run like everybody's.
OFFERED: Mapping[str, str] = {"follow-price-to-win": "listwright.plugins.defaults.follow_price_to_win"}
SHIPPED: Mapping[str, str] = {OWN_RULES: "listwright.plugins.defaults.own_rules", **OFFERED}
