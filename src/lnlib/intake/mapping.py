"""A mapping file: what the columns and values of somebody's file mean, told in a small YAML.

Its keys are `register` (title, kind, scale, places, period), `sheets` (their sheet → a table, `sheet` or `skip`),
`columns` (their column → ours, or nothing where it is not to be read), `values` (our column → their value → ours) and
`assume` (our column → what holds where their file says nothing). An unknown key is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from lnlib.errors import RegisterError, ValueNotAllowed, listed, nearest, not_allowed
from lnlib.intake.headers import LAYOUTS, SHEET, columns_of, read_period
from lnlib.reference import vocabulary
from lnlib.reference.scales import folded
from lnlib.register.schema import TABLES, Column

KEYS = ("register", "sheets", "columns", "values", "assume")
ABOUT = ("title", "description", "kind", "scale", "places", "frame", "period", "licence")
SKIP = "skip"
LARGEST = 1024**2  # bytes
_COLUMNS = tuple(dict.fromkeys(name for layout in LAYOUTS for name in columns_of(layout)))
_READ_AS = {"non_state_kind": "kind", "state_kind": "kind"}


@dataclass(frozen=True)
class MappingFile:
    """What somebody told about their file.

    Parameters
    ----------
    about : mapping of str to str
        Title, kind, scale, places, frame, period, licence of the register.
    sheets : mapping of str to str
        Their sheet to a table, `sheet` (one row per partnership) or `skip`.
    columns : mapping of str to str
        Their column to ours, to `stage <period>` in a wide sheet, or to nothing.
    values : mapping of str to mapping
        Our column to their value to ours.
    assume : mapping of str to str
        Our column to what holds where the file says nothing.
    place : str
        The file it stands in.
    """

    about: dict[str, str] = field(default_factory=dict)
    sheets: dict[str, str] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    assume: dict[str, str] = field(default_factory=dict)
    place: str = ""

    @classmethod
    def load(cls, path: str | Path) -> MappingFile:
        """Load a mapping from its YAML.

        Raises
        ------
        RegisterError
            It does not exist, is not YAML, or has an unknown or repeated key; the message names it.
        """
        file = Path(path)
        try:
            if file.stat().st_size > LARGEST:
                raise RegisterError(f"mapping {file} is larger than 1 MB")
            text = file.read_text("utf-8-sig")
        except OSError as error:
            raise RegisterError(f"mapping {file} cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise RegisterError(f"mapping {file} is not UTF-8 text") from None
        return cls.read(text, place=str(file))

    @classmethod
    def read(cls, text: str, *, place: str = "mapping") -> MappingFile:
        """Read a mapping from YAML text; everything in it is text, so `02` and `no` stay what they are.

        Raises
        ------
        RegisterError
            It is not YAML, or has an unknown or repeated key.

        Examples
        --------
        >>> MappingFile.read("columns: {NGO name: non_state, Remarks: }").columns
        {'NGO name': 'non_state', 'Remarks': ''}
        """
        try:
            words = yaml.load(text, Loader=_Texts)
        except (yaml.YAMLError, RecursionError) as error:
            reason = " ".join(str(getattr(error, "problem", None) or error).split())
            mark = getattr(error, "problem_mark", None)
            where = f", line {mark.line + 1}" if mark else ""
            raise RegisterError(f"{place}{where}: {reason}") from None
        words = {} if words in (None, "") else words
        if not isinstance(words, dict):
            raise RegisterError(f"{place} should be a mapping with keys {listed(KEYS)}")
        for key, part in words.items():
            _known("key", key, KEYS, place)
            if part not in (None, "") and not isinstance(part, dict):
                raise RegisterError(f"{place}: {key} should be a mapping")
        parts = {key: words.get(key) or {} for key in KEYS}
        for key in ("register", "sheets", "columns", "assume"):
            for name, value in parts[key].items():
                if not isinstance(value, str):
                    raise RegisterError(f"{place}: {key}: {name} should be one word or text")
        for name in parts["register"]:
            _known("key", name, ABOUT, f"{place}: register")
        for name, layout in parts["sheets"].items():
            _known("table", layout, (*LAYOUTS, SKIP), f"{place}: sheets: {name}")
        for name, column in parts["columns"].items():
            if column and not _period_of(column):
                _known("column", column, _COLUMNS, f"{place}: columns: {name}")
        for column, value in parts["assume"].items():
            _known("column", column, _COLUMNS, f"{place}: assume")
            _check_value(column, value, f"{place}: assume")
        for column, values in parts["values"].items():
            _known("column", column, _COLUMNS, f"{place}: values")
            if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
                raise RegisterError(f"{place}: values: {column} should be a mapping of their value to ours")
            for value in values.values():
                _check_value(column, value, f"{place}: values")
        register, sheets, columns, values, assume = (parts[key] for key in KEYS)
        return cls(register, sheets, columns, values, assume, place)

    @cached_property
    def _columns(self) -> dict[str, str]:
        return {folded(name): column for name, column in self.columns.items()}

    @cached_property
    def _values(self) -> dict[str, dict[str, str]]:
        return {column: {folded(a): b for a, b in values.items()} for column, values in self.values.items()}

    def column(self, header: str) -> tuple[str, str] | None:
        """Give our column for a header and, in a wide sheet, its period; None where nothing was told of it."""
        found = self._columns.get(folded(header))
        if found is None:
            return None
        period = _period_of(found)
        return ("stage", period) if period else (found, "")

    def value(self, column: str, text: str) -> str:
        """Give our value for theirs; theirs where nothing was told of it."""
        values = self._values.get(column)
        return values.get(folded(text), text) if values else text

    def layout(self, title: str) -> str:
        """Give what a sheet was told to be; empty where nothing was told of it."""
        return next((layout for name, layout in self.sheets.items() if folded(name) == folded(title)), "")

    def check_used(self, headers: Iterable[str], titles: Iterable[str], file: str) -> None:
        """Refuse a mapping that tells of a column or sheet which the file does not have.

        Raises
        ------
        RegisterError
            The message names it and the nearest that is there.
        """
        for what, told, there in (("column", self.columns, headers), ("sheet", self.sheets, titles)):
            known = {folded(name): name for name in there if name.strip()}
            for name in told:
                if folded(name) not in known:
                    match = nearest(name, known.values())
                    hint = f"; did you mean '{match}'?" if match else ""
                    raise RegisterError(f"{self.place}: {what}s: {what} '{name}' is not in {file}{hint}")


class _Texts(yaml.BaseLoader):
    """YAML in which every scalar is text and no key stands twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a key should be one text", key.start_mark)
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"key '{key.value}' stands twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def _known(what: str, word: str, allowed: Sequence[str], place: str) -> None:
    if word not in allowed:
        raise RegisterError(f"{place}: {not_allowed(what, word, allowed)}")


def _period_of(column: str) -> str:
    return read_period(column) if column.startswith("stage ") else ""


def column_of(name: str) -> Column | None:
    """Give what a column holds, wherever it stands; the kinds of the two sides are kinds."""
    name = _READ_AS.get(name, name)
    return next((table.column(name) for table in TABLES.values() if name in table.names), None)


def _check_value(column: str, value: str, place: str) -> None:
    declared = column_of(column)
    if value and declared and declared.vocabulary:
        for part in value.split(";") if declared.holds == "words" else [value]:
            try:
                vocabulary.read_word(declared.vocabulary, part.strip(), name=column)
            except ValueNotAllowed as error:
                raise RegisterError(f"{place}: {error}") from None


def draft(
    headers: Sequence[tuple[str, str, list[str]]],
    wrong: dict[str, dict[str, str]],
    missing: Sequence[str],
    sheets: Sequence[tuple[str, str]] = (),
) -> str:
    """Draft a mapping file.

    Parameters
    ----------
    headers : sequence of (str, str, list of str)
        Their header, our column (empty where it is not known), and a few of its values.
    wrong : mapping of str to mapping of str to str
        Our column to their values that cannot be read, each with the nearest that can.
    missing : sequence of str
        Our columns that the file does not have and needs.
    sheets : sequence of (str, str)
        Sheets not recognised, with the number of their rows in words.

    Returns
    -------
    str
        YAML that can be read as it is; what is not certain stands in a comment.

    Examples
    --------
    >>> print(draft([("NGO name", "non_state", ["DND"])], {}, ["rated_by"]), end="")
    # Their column: ours. Leave ours empty for a column that is not to be read.
    columns:
      "NGO name": non_state  # DND
    # What holds where the file says nothing. Take the sign # away and choose.
    # assume:
    #   rated_by: state | non_state | independent | unstated
    """
    lines: list[str] = []
    if sheets:
        lines += [f"# Not recognised. Their sheet: {', '.join((*LAYOUTS, SKIP))} ({SHEET}: one row per partnership)."]
        lines += ["# sheets:", *(f"#   {_quoted(name)}: {SKIP}  # {words}" for name, words in sheets)]
    if headers:
        lines += ["# Their column: ours. Leave ours empty for a column that is not to be read.", "columns:"]
        for header, ours, examples in headers:
            shown = " | ".join(" ".join(text.split())[:30] for text in examples)
            lines.append(f"  {_quoted(header)}: {ours}".rstrip() + (f"  # {plain(shown)}" if shown else ""))
    if wrong:
        lines += ["# Their value: ours, for values that cannot be read. Take the sign # away and choose.", "# values:"]
        for column, values in wrong.items():
            lines.append(f"#   {column}:")
            lines += [f"#     {_quoted(value)}: {_quoted(near)}" for value, near in values.items()]
    if missing:
        lines += ["# What holds where the file says nothing. Take the sign # away and choose.", "# assume:"]
        for name in missing:
            declared, side = column_of(name), name.removesuffix("_kind")
            words = (
                [word for word in declared.allowed if side == name or vocabulary.side_of(word) == side]
                if declared
                else []
            )
            words = words or (["2011 | 2011-H1 | 2011-Q3 | 2011-05 | 2011-05-03"] if name == "date" else words)
            lines.append(f"#   {name}: {' | '.join(words)}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    clean: Callable[[str], str] = lambda part: part.replace("\\", "\\\\").replace('"', '\\"')  # noqa: E731
    kept = "".join(f"\\u{ord(sign):04x}" if ord(sign) < 32 or 126 < ord(sign) < 160 else sign for sign in clean(text))
    return f'"{kept}"' if kept else '""'


def plain(text: str) -> str:
    """Give a text as it can stand in a comment of one line."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
