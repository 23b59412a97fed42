"""Columns of plugins in files: each is a translation to and from Listwright's own columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from listwright.bulk.columns.kinds import Cell, shown
from listwright.bulk.columns.registry import is_header, key
from listwright.bulk.outcome import Mistake
from listwright.bulk.readers import SourceRow
from listwright.companies.models import Company, CompanyPlugin
from listwright.listings.models import Listing
from listwright.listings.queries.facts import account_facts, load
from listwright.listings.queries.offers import product_facts
from listwright.plugins.answers import Nonsense, PluginFailed
from listwright.plugins.runner import runner
from listwright.plugins.types import BulkColumn, Cells


class PluginColumn(NamedTuple):
    """A column, and the plugin that reads and writes it; people choose it as they do one of Listwright's own."""

    plugin: str
    settings: dict[str, Any]
    column: BulkColumn

    @property
    def subject(self) -> Literal["plugin"]:
        return "plugin"

    @property
    def header(self) -> str:
        return self.column.header

    @property
    def meaning(self) -> str:
        return self.column.help


class Translated(NamedTuple):
    """A row's cells in Listwright's own columns, and what plugins refused of it."""

    row: SourceRow
    cells: Sequence[Cell]
    mistakes: list[Mistake]


def plugin_columns(company: Company) -> dict[str, PluginColumn]:
    """The columns the company's plugins add, by the form in which headers are compared. A header that is Listwright's own
    stays its own; a plugin that fails adds none."""
    found: dict[str, PluginColumn] = {}
    for row in CompanyPlugin.objects.filter(company=company, enabled=True).order_by("plugin"):
        if "bulk_columns" not in row.hooks:
            continue
        try:
            columns = runner().columns(row.plugin, row.settings)
        except PluginFailed:
            continue
        for column in columns:
            if not is_header(column.header):
                found.setdefault(key(column.header), PluginColumn(row.plugin, row.settings, column))
    return found


@dataclass(frozen=True, slots=True)
class Translation:
    """What becomes of one file's columns. `headers` are those of the file with each plugin's column in the place of the
    first it writes; the others it writes stand behind all."""

    given: tuple[str, ...]
    headers: tuple[str, ...]
    places: tuple[tuple[int, PluginColumn], ...]

    @classmethod
    def of(cls, company: Company, headers: Sequence[str]) -> "Translation":
        """For the headers of a file."""
        wanted = {
            place: key(header) for place, header in enumerate(headers) if header.strip() and not is_header(header)
        }
        known = plugin_columns(company) if wanted else {}
        places = tuple((place, known[name]) for place, name in wanted.items() if name in known)
        made = list(headers)
        behind: list[str] = []
        for place, extra in places:
            made[place] = extra.column.writes[0]
            behind += extra.column.writes[1:]
        return cls(tuple(headers), (*made, *behind), places)

    def rows(self, rows: Sequence[SourceRow]) -> list[Translated]:
        """The rows in Listwright's own columns; each plugin is asked once."""
        if not self.places:
            return [Translated(row, row.cells, []) for row in rows]
        width = len(self.headers)
        made = [Translated(row, [*row.cells[: len(self.given)], *[None] * width][:width], []) for row in rows]
        for place, extra in self.places:
            texts = [shown(item.cells[place]) for item in made]
            for item, answer in zip(made, self._ask(extra, texts), strict=True):
                self._take(item, place, extra, answer)
        return made

    def _ask(self, extra: PluginColumn, texts: Sequence[str]) -> Sequence[Cells | Nonsense | None]:
        try:
            return runner().ask(extra.plugin, "bulk_cells", extra.settings, texts, header=extra.column.header)
        except PluginFailed as failed:
            return [Nonsense(str(failed)) if text.strip() else None for text in texts]

    def _take(self, item: Translated, place: int, extra: PluginColumn, answer: Cells | Nonsense | None) -> None:
        text, header = shown(item.cells[place]), extra.column.header
        cells: list[Cell] = item.cells  # type: ignore[assignment]
        cells[place] = None
        if isinstance(answer, Nonsense):
            told = f"The plugin {extra.plugin} failed. {answer.reason}"
            item.mistakes.append(Mistake(item.row.number, header, text, told))
        elif isinstance(answer, Cells) and answer.problem:
            item.mistakes.append(Mistake(item.row.number, header, text, answer.problem))
        elif isinstance(answer, Cells):
            own = {key(name): at for at, name in enumerate(self.headers)}
            allowed = {key(name) for name in extra.column.writes}
            for name, value in answer.cells.items():
                if key(name) in allowed:
                    cells[own[key(name)]] = value
                else:
                    told = f"The plugin {extra.plugin} wrote into {name}, which it does not name among what it writes."
                    item.mistakes.append(Mistake(item.row.number, header, text, told))


def values(company: Company, extras: Sequence[PluginColumn], product_ids: Sequence[int]) -> dict[int, list[str]]:
    """{product id: the cells of these columns} for an export. Raises NotReady without a connection, PluginFailed."""
    account = account_facts(company.account.pk)
    listings = Listing.objects.filter(account_id=account.account_id, product__in=product_ids).values_list(
        "id", flat=True
    )
    facts = load(account, list(listings))
    products = product_facts(facts)
    columns = [
        runner().ask(extra.plugin, "bulk_values", extra.settings, products, header=extra.column.header)
        for extra in extras
    ]
    return {
        item.product_id: ["" if cell is None or isinstance(cell, Nonsense) else cell for cell in row]
        for item, row in zip(facts, zip(*columns, strict=True), strict=True)
    }
