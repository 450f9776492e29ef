"""The four tables of a register: their columns, what each may hold, and how they refer to each other.

This is the one truth for reading, checking, the workbook template, the Data Package and the data dictionary.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from lnlib.reference import vocabulary

Holds = Literal["key", "text", "word", "words", "stage", "date", "province", "number"]


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    name : str
        Its header.
    holds : str
        What its cells are: `key` (identifies a row or refers to one), `text`, `word` (one of a vocabulary), `words`
        (several, separated by `;`), `stage`, `date` (a partial date), `province` (a code), `number` (whole, from 1).
    meaning : str
        In a sentence, for the template and the data dictionary.
    required : bool
        Whether a cell may not be empty.
    vocabulary : str
        Name of the vocabulary of a `word` or `words` column.
    refers_to : str
        Table whose key this is.
    example : str
        A cell as it may look.
    name_km : str
        Its header in Khmer (draft).
    """

    name: str
    holds: Holds
    meaning: str
    required: bool = False
    vocabulary: str = ""
    refers_to: str = ""
    example: str = ""
    name_km: str = ""

    @property
    def allowed(self) -> tuple[str, ...]:
        """The words a coded cell may hold; empty for the other columns."""
        return vocabulary.words(self.vocabulary) if self.vocabulary else ()


@dataclass(frozen=True)
class Table:
    """One of the four tables."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: str = ""
    name_km: str = ""

    @property
    def names(self) -> list[str]:
        """The headers in order."""
        return [column.name for column in self.columns]

    def column(self, name: str) -> Column:
        """Return a column by its header."""
        return next(column for column in self.columns if column.name == name)

    @property
    def required(self) -> list[str]:
        """Headers of the columns that may not be empty."""
        return [column.name for column in self.columns if column.required]


ACTORS = Table(
    "actors",
    "State and non-state organisations.",
    (
        Column("actor", "key", "Short name that identifies the actor.", True, example="A01", name_km="លេខកូដស្ថាប័ន"),
        Column("name", "text", "Full name.", True, example="Example NGO", name_km="ឈ្មោះ"),
        Column("name_km", "text", "Full name in Khmer.", name_km="ឈ្មោះជាភាសាខ្មែរ"),
        Column("kind", "word", "What kind of actor; it decides the side.", True, "kind", "", "ngo", "ប្រភេទ"),
        Column("tier", "word", "The level at which it works.", False, "tier", "", "province", "កម្រិត"),
        Column("province", "province", "Where it is, if in one province.", example="02", name_km="ខេត្ត"),
        Column("source", "text", "Where this is known from.", name_km="ប្រភព"),
        Column("note", "text", "Anything a reader should know.", name_km="កំណត់សម្គាល់"),
    ),
    key="actor",
    name_km="តួអង្គ",
)

PARTNERSHIPS = Table(
    "partnerships",
    "One non-state actor with one state actor, in one province.",
    (
        Column("partnership", "key", "Identifies the partnership.", True, example="P001", name_km="លេខកូដភាពជាដៃគូ"),
        Column("non_state", "key", "The non-state actor.", True, "", "actors", "A01", "តួអង្គមិនមែនរដ្ឋ"),
        Column("state", "key", "The state actor.", True, "", "actors", "A02", "តួអង្គរដ្ឋ"),
        Column("province", "province", "Where; empty where it is not known.", example="02", name_km="ខេត្ត"),
        Column("district", "text", "District, as far as known.", example="Sangkae", name_km="ស្រុក"),
        Column("sectors", "words", "What fields it works in.", False, "sector", "", "water;education", "វិស័យ"),
        Column("functions", "words", "What it is for.", False, "function", "", "accountability", "មុខងារ"),
        Column("start", "date", "When it began; empty where not known.", example="2010-Q2", name_km="ចាប់ផ្តើម"),
        Column("end", "date", "When it ended; empty while it lasts.", example="2013-05-03", name_km="បញ្ចប់"),
        Column("end_reason", "word", "Why it ended.", False, "end_reason", "", "project_closed", "មូលហេតុបញ្ចប់"),
        Column("source", "text", "Where this is known from.", name_km="ប្រភព"),
        Column("note", "text", "Anything a reader should know.", name_km="កំណត់សម្គាល់"),
    ),
    key="partnership",
    name_km="ភាពជាដៃគូ",
)

ASSESSMENTS = Table(
    "assessments",
    "On a date, somebody rated a partnership's stage, on some kind of evidence.",
    (
        Column("partnership", "key", "Which partnership.", True, "", "partnerships", "P001", "លេខកូដភាពជាដៃគូ"),
        Column("date", "date", "When, as precisely as known.", True, example="2011-Q3", name_km="កាលបរិច្ឆេទ"),
        Column("step", "number", "Order, where dates alone do not tell it.", example="1", name_km="លំដាប់"),
        Column("stage", "stage", "The stage, on the register's scale.", True, example="", name_km="ដំណាក់កាល"),
        Column("rated_by", "word", "Whose rating it is.", True, "rated_by", "", "state", "វាយតម្លៃដោយ"),
        Column("evidence", "word", "What it rests on.", False, "evidence", "", "interview", "ភស្តុតាង"),
        Column("source", "text", "Document, file or person.", name_km="ប្រភព"),
        Column("passage", "text", "Section of the source.", name_km="ផ្នែក"),
        Column("quote", "text", "The source's own words.", name_km="ដកស្រង់"),
        Column("criterion", "text", "The working criterion by which it was rated.", name_km="លក្ខណវិនិច្ឆ័យ"),
        Column("note", "text", "Anything a reader should know.", name_km="កំណត់សម្គាល់"),
    ),
    name_km="ការវាយតម្លៃ",
)

MECHANISMS = Table(
    "mechanisms",
    "Dated things that the partners set up.",
    (
        Column("partnership", "key", "Which partnership.", True, "", "partnerships", "P001", "លេខកូដភាពជាដៃគូ"),
        Column("mechanism", "word", "What was set up.", True, "mechanism", "", "mou", "យន្តការ"),
        Column("start", "date", "From when; empty where not known.", example="2011-05", name_km="ចាប់ផ្តើម"),
        Column("end", "date", "Until when; empty while it lasts.", name_km="បញ្ចប់"),
        Column("step", "number", "Order, where dates alone do not tell it.", example="2", name_km="លំដាប់"),
        Column("source", "text", "Document, file or person.", name_km="ប្រភព"),
        Column("passage", "text", "Section of the source.", name_km="ផ្នែក"),
        Column("quote", "text", "The source's own words.", name_km="ដកស្រង់"),
        Column("note", "text", "Anything a reader should know.", name_km="កំណត់សម្គាល់"),
    ),
    name_km="យន្តការ",
)

TABLES: Mapping[str, Table] = {table.name: table for table in (ACTORS, PARTNERSHIPS, ASSESSMENTS, MECHANISMS)}

_DATE_PATTERN = r"\d{4}(-(\d{2}(-\d{2})?|Q[1-4]|H[12]))?(/\d{4}(-(\d{2}(-\d{2})?|Q[1-4]|H[12]))?)?"


def table_schema(table: Table, *, stages: tuple[str, ...], provinces: tuple[str, ...]) -> dict[str, Any]:
    """Return the Frictionless Table Schema of a table for a scale's stages and a country's provinces.

    Returns
    -------
    dict
        `fields`, `missingValues`, and where the table has them `primaryKey` and `foreignKeys`.

    Examples
    --------
    >>> table_schema(ACTORS, stages=("low", "high"), provinces=("01",))["primaryKey"]
    ['actor']
    """
    schema: dict[str, Any] = {
        "fields": [_field(column, stages=stages, provinces=provinces) for column in table.columns],
        "missingValues": [""],
    }
    if table.key:
        schema["primaryKey"] = [table.key]
    keys = [
        {"fields": [column.name], "reference": {"resource": column.refers_to, "fields": [TABLES[column.refers_to].key]}}
        for column in table.columns
        if column.refers_to
    ]
    if keys:
        schema["foreignKeys"] = keys
    return schema


def _field(column: Column, *, stages: tuple[str, ...], provinces: tuple[str, ...]) -> dict[str, Any]:
    constraints: dict[str, Any] = {"required": True} if column.required else {}
    if column.holds == "word":
        constraints["enum"] = list(column.allowed)
    elif column.holds == "words":
        one = "|".join(column.allowed)
        constraints["pattern"] = f"({one})(;({one}))*"
    elif column.holds == "stage":
        constraints["enum"] = list(stages)
    elif column.holds == "province":
        constraints["enum"] = list(provinces)
    elif column.holds == "date":
        constraints["pattern"] = _DATE_PATTERN
    field: dict[str, Any] = {
        "name": column.name,
        "type": "integer" if column.holds == "number" else "string",
        "description": column.meaning,
    }
    if column.holds == "number":
        constraints["minimum"] = 1
    if constraints:
        field["constraints"] = constraints
    return field
