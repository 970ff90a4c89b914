"""What a page is asked for: unit, period and dimension values, read from and written to the URL's query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import parse_qsl, urlencode

from dashboard import periods, wording
from etl.contract import dimensions, measures

Labels = Mapping[str, Sequence[str]]
"""The values of each vocabulary in the snapshot, in the order of their codes."""

UNITS = ("contacts", "contact_children", "consultations", "referrals")
LONGEST_QUERY = 8_000
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2100, 12, 31)
TABLES_KEY, ROWS_KEY, MORE_KEY, LIST_KEY = "table", "rows", "more", "list"
ROWS = (25, 100, 500)
LISTS = ("open", "overdue", "due-today")
"""What the work list holds; the first is the default."""


@dataclass(frozen=True)
class Filters:
    """A view of the data. `values` are sorted pairs (dimension, its values); `tables` the panels shown as tables."""

    unit: str = UNITS[0]
    period: str = periods.DEFAULT
    first: date | None = None
    last: date | None = None
    values: tuple[tuple[str, tuple[str, ...]], ...] = ()
    tables: tuple[str, ...] = ()
    more: bool = False
    rows: int = ROWS[0]
    listed: str = LISTS[0]

    @property
    def grain(self) -> str:
        """The case table whose rows the unit counts."""
        return measures.BY_NAME[self.unit].grain

    def days(self, as_at: date) -> periods.Days:
        """First and last day asked for; a missing first day means from the first data."""
        if self.first is None and self.last is None:
            return periods.BY_NAME[self.period].days(as_at)
        return self.first, self.last or as_at

    def of(self, dimension: str) -> tuple[str, ...]:
        """The values asked for in a dimension; empty for all."""
        return dict(self.values).get(dimension, ())

    def with_values(self, dimension: str, chosen: Sequence[str]) -> Filters:
        """The same view with other values in one dimension."""
        others = {name: values for name, values in self.values if name != dimension}
        pairs = others | ({dimension: tuple(sorted(set(chosen)))} if chosen else {})
        return replace(self, values=tuple(sorted(pairs.items())))

    def without_period(self) -> Filters:
        """The same view for the default period."""
        return replace(self, period=periods.DEFAULT, first=None, last=None)

    def cleared(self) -> Filters:
        """The same unit, and nothing else asked for."""
        return Filters(unit=self.unit)

    def applied(self, table: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The values of the dimensions that the table carries."""
        return tuple(pair for pair in self.values if dimensions.BY_NAME[pair[0]].is_in(table))

    def left_out(self, table: str) -> tuple[str, ...]:
        """Titles of the dimensions asked for that the table does not carry."""
        asked = (dimensions.BY_NAME[name] for name, _ in self.values)
        return tuple(dimension.title for dimension in asked if not dimension.is_in(table))

    def to_query(self) -> str:
        """The query that reads back as these filters: "" or "?unit=…"; defaults are left out."""
        pairs: list[tuple[str, str]] = []
        if self.unit != UNITS[0]:
            pairs.append(("unit", self.unit))
        if self.period != periods.DEFAULT:
            pairs.append(("period", self.period))
        pairs += [(key, on.isoformat()) for key, on in (("from", self.first), ("to", self.last)) if on]
        pairs += [(name, value) for name, values in self.values for value in values]
        pairs += [(TABLES_KEY, name) for name in self.tables]
        pairs += [(MORE_KEY, "yes")] if self.more else []
        pairs += [(LIST_KEY, self.listed)] if self.listed != LISTS[0] else []
        pairs += [(ROWS_KEY, str(self.rows))] if self.rows != ROWS[0] else []
        return f"?{urlencode(pairs)}" if pairs else ""

    def sentence(self, as_at: date, first_data: date | None = None) -> str:
        """The filters in words, as they head a page and an export."""
        first, last = self.days(as_at)
        first = first or first_data
        when = wording.span(first, last) if first else f"until {wording.day(last)}"
        return " · ".join([f"{measures.BY_NAME[self.unit].title} received {when}", *map(in_words, self.values)])


def in_words(pair: tuple[str, tuple[str, ...]]) -> str:
    """A dimension and its values: "Urgency: Urgent"."""
    name, values = pair
    return f"{dimensions.BY_NAME[name].title}: {wording.joined(values)}"


def from_query(query: str, labels: Labels) -> tuple[Filters, tuple[str, ...]]:
    """Filters of a URL's query, and a notice for each thing in it that is not known and was left out."""
    if len(query) > LONGEST_QUERY:
        return Filters(), ("The link is too long to read; nothing is filtered.",)
    found: dict[str, list[str]] = {}
    for key, value in parse_qsl(query.removeprefix("?"), max_num_fields=None):
        found.setdefault(key, []).append(value)
    notices: list[str] = []
    filters = Filters(
        unit=_one(found, "unit", UNITS, notices) or UNITS[0],
        period=_one(found, "period", tuple(periods.BY_NAME), notices) or periods.DEFAULT,
        values=_values(found, labels, notices),
        tables=_panels(found, notices),
        more=_one(found, MORE_KEY, ("yes",), notices) == "yes",
        listed=_one(found, LIST_KEY, LISTS, notices) or LISTS[0],
        rows=int(_one(found, ROWS_KEY, tuple(map(str, ROWS)), notices) or ROWS[0]),
        **_dates(found, notices),
    )
    if found:
        notices.append(f"{wording.counted(len(found), 'part')} of the link {_are(len(found))} not known and left out.")
    return filters, tuple(notices)


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _one(found: dict[str, list[str]], key: str, allowed: Sequence[str], notices: list[str]) -> str | None:
    given = found.pop(key, None)
    if not given:
        return None
    if given[-1] in allowed:
        return given[-1]
    notices.append(f"The link's {key} is not known and was left out.")
    return None


def _values(found: dict[str, list[str]], labels: Labels, notices: list[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    kept: list[tuple[str, tuple[str, ...]]] = []
    for dimension in dimensions.DIMENSIONS:
        given = found.pop(dimension.name, None)
        if given is None:
            continue
        known = sorted(set(given) & set(labels.get(dimension.vocabulary, ())))
        if len(known) < len(set(given)):
            notices.append(f"{dimension.title}: a value in the link is not in this data and was left out.")
        if known:
            kept.append((dimension.name, tuple(known)))
    return tuple(sorted(kept))


def _panels(found: dict[str, list[str]], notices: list[str]) -> tuple[str, ...]:
    given = set(found.pop(TABLES_KEY, ()))
    known = given & {"month", *dimensions.BY_NAME}
    if known != given:
        notices.append("A table in the link is not known and was left out.")
    return tuple(sorted(known))


def _dates(found: dict[str, list[str]], notices: list[str]) -> dict[str, date | None]:
    read = {field: _date(found, key, notices) for field, key in (("first", "from"), ("last", "to"))}
    if read["first"] and read["last"] and read["first"] > read["last"]:
        notices.append("The first day is after the last; the dates were left out.")
        return {}
    return read


def _date(found: dict[str, list[str]], key: str, notices: list[str]) -> date | None:
    given = found.pop(key, [""])[-1]
    if not given:
        return None
    try:
        on = date.fromisoformat(given)
    except ValueError:
        on = None
    if on is None or not FIRST_DAY <= on <= LAST_DAY:
        notices.append(f"The link's date {key!r} is not a day between 1990 and 2100 and was left out.")
        return None
    return on
