"""A mapping file: what the columns and values of somebody's file mean, declared in a small YAML.

Its keys are

- `register`: title, kind, scale, places, period of the register;
- `sheets`: their sheet → a table, `sheet` (one row per partnership) or `skip`;
- `columns`: their column (or `Sheet!column`) → ours, `mechanism MoU` or `start MoU` where it is about one mechanism, or
  nothing where it is not to be read;
- `values`: our column → their value → ours;
- `kinds`: an actor's name → its kind;
- `assume`: our column → what holds where their file says nothing;
- `dates`: their column → `day first` or `month first`, and the century of years of two digits (`years 20xx`), or the same
  for all;
- `empty`: their words for an empty cell;
- `submissions`: `all`, to read also what the office rejected in KoboToolbox or ODK.

An unknown key, or one without effect, is an error; all mistakes are reported together, each with its line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from lnlib.errors import LnlibError, RegisterError, ValueNotAllowed, listed, not_allowed, shortened
from lnlib.intake.headers import LAYOUTS, column_of, columns_of, read_period
from lnlib.limited_yaml import compose_yaml
from lnlib.reference import vocabulary
from lnlib.reference.scales import folded
from lnlib.reference.yaml_files import mistake
from lnlib.register.separated_text import decoded

KEYS = ("register", "sheets", "columns", "values", "kinds", "assume", "dates", "empty", "submissions")
ABOUT = ("title", "description", "kind", "scale", "places", "frame", "period", "licence")
SKIP = "skip"
ORDERS = ("day first", "month first")
CENTURIES = ("years 19xx", "years 20xx")  # of years of two digits
LARGEST = 1024**2  # bytes
_COLUMNS = tuple(dict.fromkeys(name for layout in LAYOUTS for name in columns_of(layout)))
ENDED = "ended"  # what a value of a stage may stand for instead of one: the partnership ended on the date of that stage
TITLE = "title"  # an assumed date: that of the title above each table
_OPTIONS = ("mechanism", "start")  # before the word of a mechanism: a column of yes and no, or of its dates
_QUOTES = str.maketrans("", "", '“”„‟«»"')


@dataclass(frozen=True)
class MappingFile:
    """What somebody declared about their file.

    Parameters
    ----------
    about : mapping of str to str
        Title, kind, scale, places, frame, period, licence of the register.
    sheets : mapping of str to str
        Their sheet to a table, `sheet` (one row per partnership) or `skip`.
    columns : mapping of str to str
        Their column to ours, to `stage <period>` in a wide sheet, to `mechanism <word>` or `start <word>` where it says
        of one mechanism whether or since when there is one, or to nothing.
    values : mapping of str to mapping
        Our column to their value to ours.
    kinds : mapping of str to str
        The name of an actor to its kind.
    assume : mapping of str to str
        Our column to what holds where the file says nothing.
    dates : mapping of str to str
        Their column to `day first` or `month first`, `years 19xx` or `years 20xx`, or one of each with a comma between; the
        empty text stands for all columns.
    empty : tuple of str
        Words that stand for an empty cell, beside those that always do.
    submissions : str
        `all` where rejected submissions are read too.
    place : str
        The file.
    lines : mapping of (str, str) to int
        Key and name to the line, for messages.
    mistakes : tuple of (int, str)
        Line and reason of each mistake, where they were not refused at once; what is mistaken is not in the mapping.
    """

    about: dict[str, str] = field(default_factory=dict)
    sheets: dict[str, str] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    assume: dict[str, str] = field(default_factory=dict)
    dates: dict[str, str] = field(default_factory=dict)
    empty: tuple[str, ...] = ()
    submissions: str = ""
    place: str = ""
    lines: dict[tuple[str, str], int] = field(default_factory=dict, compare=False, repr=False)
    mistakes: tuple[tuple[int, str], ...] = field(default=(), compare=False, repr=False)

    @classmethod
    def load(cls, path: str | Path, *, check: bool = True) -> MappingFile:
        """Read a mapping file: UTF-8, UTF-16 with a byte order mark, or Windows-1252.

        Parameters
        ----------
        path : str or Path
            The file.
        check : bool, optional
            Whether to refuse mistakes; otherwise they are kept, to be reported with those that only the file shows.

        Raises
        ------
        RegisterError
            It does not exist, is not YAML, or holds mistakes; the message lists all of them.
        """
        file = Path(path)
        try:
            if file.stat().st_size > LARGEST:
                raise RegisterError(f"mapping {file} is larger than 1 MB")
        except OSError as error:
            raise RegisterError(f"mapping {file} cannot be read: {error.strerror}") from None
        return cls.read(decoded(file)[0], place=str(file), check=check)

    @classmethod
    def read(cls, text: str, *, place: str = "mapping", check: bool = True) -> MappingFile:
        """Read a mapping from YAML text; everything in it is text, so `02` and `no` stay what they are.

        Raises
        ------
        RegisterError
            It is not YAML, or holds mistakes; the message lists all of them.

        Examples
        --------
        >>> MappingFile.read("columns: {NGO name: non_state, Remarks: }").columns
        {'NGO name': 'non_state', 'Remarks': ''}
        """
        try:
            node = compose_yaml(text)
        except yaml.YAMLError as error:
            raise RegisterError(f"{place}: {mistake(error, text)}") from None
        reader = _Reader()
        parts = reader.parts(node)
        mapping = cls(
            reader.words(parts, "register", _about),
            reader.words(parts, "sheets", _sheet),
            reader.words(parts, "columns", _column),
            reader.values(parts),
            reader.words(parts, "kinds", _kind),
            reader.words(parts, "assume", _assumed),
            reader.dates(parts),
            reader.empty(parts),
            reader.submissions(parts),
            place,
            reader.lines,
            tuple(reader.mistakes),
        )
        if check:
            refuse_mistakes(mapping.mistakes, place)
        return mapping

    @cached_property
    def _columns(self) -> dict[str, str]:
        return {same_header(name): column for name, column in self.columns.items()}

    @cached_property
    def _values(self) -> dict[str, dict[str, str]]:
        return {column: {folded(a): b for a, b in values.items()} for column, values in self.values.items()}

    @cached_property
    def blanks(self) -> frozenset[str]:
        """Words for an empty cell, folded."""
        return frozenset(folded(word) for word in self.empty)

    def column(self, header: str, sheet: str = "") -> tuple[str, str] | None:
        """Return our column for a header, and its period or mechanism; None where the mapping does not name it."""
        if not self.columns:
            return None
        ours = self._columns.get(same_header(f"{sheet}!{header}")) if sheet else None
        ours = self._columns.get(same_header(header)) if ours is None else ours
        if ours is None:
            return None
        period, option = _period_of(ours), _option_of(ours)
        return ("stage", period) if period else option if all(option) else (ours, "")

    @cached_property
    def _kinds(self) -> dict[str, str]:
        return {folded(name): kind for name, kind in self.kinds.items()}

    def kind(self, name: str) -> str:
        """Return the declared kind of an actor; empty where none is."""
        return self._kinds.get(folded(name), "")

    def value(self, column: str, text: str) -> str:
        """Return our value for theirs; theirs where the mapping does not name it."""
        values = self._values.get(column)
        return values.get(folded(text), text) if values else text

    def names_value(self, column: str, text: str) -> bool:
        """Return whether the mapping has a value of its own for theirs."""
        return folded(text) in self._values.get(column, {})

    @cached_property
    def declares_empty(self) -> bool:
        """Whether some word stands for an empty cell."""
        return bool(self.empty) or any("" in words.values() for words in self.values.values())

    def empties(self, column: str, text: str) -> bool:
        """Return whether the mapping has nothing for their value."""
        return self.names_value(column, text) and not self.value(column, text)

    @property
    def names_ends(self) -> bool:
        """Whether some value of the stage stands for the end of a partnership."""
        return ENDED in self.values.get("stage", {}).values()

    def layout(self, title: str) -> str:
        """Return what a sheet was declared to be; empty where the mapping does not name it."""
        return next((layout for name, layout in self.sheets.items() if folded(name) == folded(title)), "")

    def order(self, header: str) -> str:
        """Return the declared order of the dates of a column; empty where none is."""
        return self._of_dates(header, ORDERS)

    def century(self, header: str) -> str:
        """Return the first two digits of the declared years of a column, such as 20; empty where none are.

        >>> MappingFile.read("dates: {Signed on: 'day first, years 20xx'}").century("signed on")
        '20'
        """
        return self._of_dates(header, CENTURIES).removeprefix("years ").removesuffix("xx")

    def _of_dates(self, header: str, among: Sequence[str]) -> str:
        declared = [rule for name, rule in self.dates.items() if name and same_header(name) == same_header(header)]
        rules = [word for rule in (*declared, self.dates.get("", "")) for word in rule.split(", ")]
        return next((word for word in rules if word in among), "")

    def line(self, key: str, name: str) -> int:
        """Return the line of a name under a key, for messages; 0 where the mapping was not read from a text."""
        return self.lines.get((key, name), 0)

    @staticmethod
    def declared_period(ours: str) -> str:
        """Return the period of `stage <period>`; empty for a column."""
        return _period_of(ours)

    @staticmethod
    def declared_mechanism(ours: str) -> str:
        """Return the mechanism of `mechanism <word>` or `start <word>`; empty for a column."""
        return _option_of(ours)[1]


def same_header(name: str) -> str:
    """Return a header as headers are compared: folded, without quotes of print."""
    return folded(name.translate(_QUOTES))


def refuse_mistakes(mistakes: Sequence[tuple[int, str]], place: str) -> None:
    """Raise one error that lists all mistakes by line; nothing where there are none."""
    if not mistakes:
        return
    lines = [f"line {line}: {reason}" if line else reason for line, reason in sorted(mistakes)]
    if len(lines) == 1:
        raise RegisterError(f"{place}, {lines[0]}" if lines[0].startswith("line ") else f"{place}: {lines[0]}")
    raise RegisterError("\n".join([f"{place} has {len(lines)} mistakes:", *(f"  {line}" for line in lines)]))


class _Reader:
    """Nodes of a YAML text to the parts of a mapping; mistakes are collected."""

    def __init__(self) -> None:
        self.mistakes: list[tuple[int, str]] = []
        self.lines: dict[tuple[str, str], int] = {}

    def wrong(self, node: yaml.Node | None, reason: str) -> None:
        self.mistakes.append((node.start_mark.line + 1 if node else 0, reason))

    def items(self, node: yaml.Node | None, key: str) -> Iterator[tuple[str, yaml.Node]]:
        """Yield the entries of a mapping node."""
        if node is None or (isinstance(node, yaml.ScalarNode) and not node.value):
            return
        if not isinstance(node, yaml.MappingNode):
            self.wrong(node, f"{key} should be a mapping, with lines such as `{_EXAMPLES.get(key, 'word: word')}`")
            return
        seen: set[str] = set()
        for name, value in node.value:
            if not isinstance(name, yaml.ScalarNode):
                self.wrong(name, f"{key}: a name should be one text")
                continue
            if name.value in seen:
                self.wrong(name, f"{key}: '{name.value}' appears twice")
            seen.add(name.value)
            self.lines[key, name.value] = name.start_mark.line + 1
            yield name.value, value

    def parts(self, node: yaml.Node | None) -> dict[str, yaml.Node]:
        if isinstance(node, yaml.SequenceNode):
            self.wrong(node, f"a mapping file has the keys {listed(KEYS)}, not a list")
            return {}
        parts: dict[str, yaml.Node] = {}
        for name, value in self.items(node, "mapping"):
            if name in KEYS:
                parts[name] = value
                continue
            hint = "; if it belongs to the key above it, indent it by two spaces" if len(name.split()) > 1 else ""
            self.wrong(value, f"{not_allowed('key', name, KEYS)}{hint}")
        return parts

    def words(
        self, parts: Mapping[str, yaml.Node], key: str, check: Callable[[str, str], tuple[str, str]]
    ) -> dict[str, str]:
        """Return a mapping of text to text, each value as `check` reads it."""
        found: dict[str, str] = {}
        for name, node in self.items(parts.get(key), key):
            if not isinstance(node, yaml.ScalarNode):
                self.wrong(node, f"{key}: '{name}' should be followed by one word or text")
                continue
            read, reason = check(name, node.value.strip())
            if reason:
                self.wrong(node, f"{key}: {reason}")
            else:
                found[name] = read
        return found

    def values(self, parts: Mapping[str, yaml.Node]) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for column, node in self.items(parts.get("values"), "values"):
            ours, reason = _column(column, column)
            if reason or not ours:
                self.wrong(node, f"values: {reason or 'a column should be named'}")
                continue
            if not isinstance(node, yaml.MappingNode):
                self.wrong(node, f"values: {column} should be a mapping of their value to ours")
                continue
            found[ours] = {}
            for theirs, value in node.value:
                if not isinstance(theirs, yaml.ScalarNode) or not isinstance(value, yaml.ScalarNode):
                    self.wrong(theirs, f"values: {column}: each value should be followed by one word or text")
                    continue
                if theirs.value in found[ours]:
                    self.wrong(theirs, f"values: {column}: '{theirs.value}' appears twice")
                self.lines[f"values {ours}", theirs.value] = theirs.start_mark.line + 1
                if reason := _value_reason(ours, value.value.strip()):
                    self.wrong(value, f"values: {reason}")
                else:
                    found[ours][theirs.value] = value.value.strip()
        return found

    def dates(self, parts: Mapping[str, yaml.Node]) -> dict[str, str]:
        node = parts.get("dates")
        if isinstance(node, yaml.ScalarNode) and node.value:
            order, reason = _order("", node.value)
            if reason:
                self.wrong(node, f"dates: {reason}")
            return {"": order}
        return self.words(parts, "dates", _order)

    def empty(self, parts: Mapping[str, yaml.Node]) -> tuple[str, ...]:
        node = parts.get("empty")
        if node is None or (isinstance(node, yaml.ScalarNode) and not node.value):
            return ()
        if isinstance(node, yaml.ScalarNode):
            return (node.value,)
        if isinstance(node, yaml.SequenceNode) and all(isinstance(one, yaml.ScalarNode) for one in node.value):
            return tuple(one.value for one in node.value)
        self.wrong(node, "empty should be a list of words, such as [not filled, unclear]")
        return ()

    def submissions(self, parts: Mapping[str, yaml.Node]) -> str:
        node = parts.get("submissions")
        value: Any = node.value if isinstance(node, yaml.ScalarNode) else "" if node is None else "a list"
        if value not in ("", "all"):
            self.wrong(node, not_allowed("submissions", value, ["all"]))
        return str(value)


_EXAMPLES = {
    "register": "title: Grants 2011",
    "sheets": '"Old list": skip',
    "columns": '"NGO name": non_state',
    "values": "stage: {first: coalition}",
    "kinds": '"Office of Trade": district_office',
    "assume": "rated_by: independent",
    "dates": '"Date": month first',
}


def _word(what: str, text: str, allowed: Sequence[str]) -> tuple[str, str]:
    """Return the allowed word that a text folds to, and what is wrong where there is none."""
    match = {folded(word): word for word in allowed}.get(folded(text))
    return (match, "") if match else (text, not_allowed(what, text, allowed, most=len(allowed)))


def _about(name: str, value: str) -> tuple[str, str]:
    return value, "" if name in ABOUT else not_allowed("key", name, ABOUT)


def _sheet(name: str, layout: str) -> tuple[str, str]:
    word, reason = _word("table", layout, (*LAYOUTS, SKIP))
    return word, f"{name}: {reason}" if reason else ""


def _column(name: str, column: str) -> tuple[str, str]:
    if not column or _period_of(column):
        return column, ""
    if all(option := _option_of(column)):
        return " ".join(option), ""
    kind, _, named = column.partition(" ")
    if kind in _OPTIONS and named:
        return column, f"{name}: {not_allowed('mechanism', named, vocabulary.words('mechanism'))}"
    word, reason = _word("column", column, _COLUMNS)
    if reason and (found := vocabulary.find_word("mechanism", column)):
        kinds = " or ".join(f"'{kind} {found[0]}'" for kind in _OPTIONS)
        reason = (
            f"column '{shortened(column)}' is a mechanism; write {kinds} for a column of yes and no, or of its dates"
        )
    elif reason:
        reason += "; of one period or mechanism: stage 2011-Q3, mechanism mou"
    if reason and not _word("column", name, _COLUMNS)[1]:
        reason += f'; their column comes first: "{column}": {name}'
    return word, f"{name}: {reason}" if reason and name != column else reason


def _kind(name: str, kind: str) -> tuple[str, str]:
    reason = _value_reason("kind", kind)
    return kind, f"{name}: {reason}" if reason else ""


def _assumed(name: str, value: str) -> tuple[str, str]:
    reason = _word("column", name, _COLUMNS)[1]
    return value, reason or _value_reason(name, value)


def _order(name: str, order: str) -> tuple[str, str]:
    words = []
    for part in order.split(","):
        word, reason = _word("order", part.strip(), (*ORDERS, *CENTURIES))
        if reason:
            return order, f"{name}: {reason}" if name else reason
        words.append(word)
    if any(sum(word in among for word in words) > 1 for among in (ORDERS, CENTURIES)):
        reason = f"'{order}' declares two orders or two centuries"
        return order, f"{name}: {reason}" if name else reason
    return ", ".join(words), ""


def _option_of(column: str) -> tuple[str, str]:
    """Return our column and the mechanism of `mechanism MoU` or `start MoU`; empty texts for anything else.

    >>> _option_of("mechanism MoU"), _option_of("start joint committee"), _option_of("stage 2011")
    (('mechanism', 'mou'), ('start', 'joint_committee'), ('', ''))
    """
    kind, _, word = column.partition(" ")
    found = vocabulary.find_word("mechanism", word) if kind in _OPTIONS and word else None
    return (kind, found[0]) if found else ("", "")


def _period_of(column: str) -> str:
    return read_period(column) if column.startswith("stage ") else ""


def _value_reason(column: str, value: str) -> str:
    declared = column_of(column)
    if not value or declared is None or not declared.vocabulary:
        return ""
    try:
        for part in value.split(";") if declared.holds == "words" else [value]:
            vocabulary.read_word(declared.vocabulary, part.strip(), name=column)
    except (ValueNotAllowed, LnlibError) as error:
        return str(error)
    return ""
