"""The data dictionary: the tables, words, scales and dates of a register, written from what the code itself reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path

from lnlib.reference import vocabulary
from lnlib.reference.places import Places
from lnlib.reference.scales import Scale
from lnlib.register.schema import TABLES, Column, Table
from lnlib.words import Words

VOCABULARIES = tuple(dict.fromkeys(column.vocabulary for table in TABLES.values() for column in table.columns))
HOLDS = {
    "key": "a key",
    "text": "any text",
    "word": "one of these words",
    "words": "one or more of these words, with `;` between",
    "stage": "a stage of the register's scale",
    "date": "a date, as precise as it is known",
    "province": "a province, by code or name",
    "number": "a whole number, from 1",
}


def data_dictionary() -> str:
    """Return the whole dictionary in Markdown."""
    return "\n\n".join([*map(_table, TABLES.values()), *_vocabularies(), *_scales(), _places()]) + "\n"


def _table(table: Table) -> str:
    rows = [
        (f"`{column.name}`", column.meaning, _holds(column), "yes" * column.required, _code(column.example))
        for column in table.columns
    ]
    key = f" Each row is known by its `{table.key}`, which stands only once." if table.key else ""
    return f"## Table `{table.name}`\n\n{table.meaning}{key}\n\n" + grid(
        ("Column", "Meaning", "What a cell holds", "Must be filled", "Example"), rows
    )


def _holds(column: Column) -> str:
    if column.refers_to:
        return f"a key of [{column.refers_to}](#table-{column.refers_to})"
    if column.vocabulary:
        return HOLDS[column.holds].replace("these words", f"[these words](#words-of-{_anchor(column.vocabulary)})")
    if column.holds == "stage":
        return HOLDS["stage"].replace("scale", "[scale](#scales)")
    return HOLDS[column.holds]


def _vocabularies() -> Iterator[str]:
    words = Words.load()
    for name in filter(None, VOCABULARIES):
        printed, rows = words.group(name), []
        for word in vocabulary.words(name):
            read = ", ".join(vocabulary.aliases(name, word))
            side = (vocabulary.side_of(word).replace("_", "-"),) if name == "kind" else ()
            rows.append((f"`{word}`", printed[word], *side, read))
        side = ("Side",) if name == "kind" else ()
        yield f"## Words of `{name}`\n\n" + grid(("Word", "Printed as", *side, "Also read"), rows)


def _scales() -> Iterator[str]:
    yield (
        "## Scales\n\nA scale is an ordered list of stages. A register names its scale. "
        "[Your own scale](extend/scale.md) can be used in the place of these."
    )
    for path in sorted(_names("scales", ".yml")):
        scale = Scale.load(path)
        rows = [
            (str(number), f"`{stage.key}`", stage.name(), ", ".join(stage.aliases))
            for number, stage in enumerate(scale.stages, 1)
        ]
        title = scale.title.get("en", scale.key)
        yield f"### Scale `{scale.key}`: {title}\n\n{scale.source}"
        yield grid(("Step", "Stage", "Printed as", "Also read"), rows)
        cues = dict.fromkeys(cue for stage in scale.stages for cue in stage.criteria)
        if cues:
            by_cue = [(cue.capitalize(), *(str(stage.criteria.get(cue, "")) for stage in scale.stages)) for cue in cues]
            yield grid(("By what it is known", *(stage.name() for stage in scale.stages)), by_cue)


def _places() -> str:
    parts = [
        "## Places\n\nProvinces have a code of two digits, which is text: `02`, not 2. A name or one of its other spellings "
        "is read too. [Another country](extend/country.md) is a file of its own."
    ]
    for name in sorted(_names("places", ".csv")):
        rows = [
            (f"`{place.code}`", place.name(), place.name("km"), ", ".join(place.spellings), _life(place.since))
            for place in Places.load(name).places
        ]
        parts.append(
            f"### Places `{name}`\n\n" + grid(("Code", "English", "Khmer", "Also read", "A province since"), rows)
        )
    return "\n\n".join(parts)


def _life(since: object) -> str:
    return "" if since is None else f"{getattr(since, 'text', since)}"


def _names(folder: str, ending: str) -> Iterator[str]:
    for entry in (resources.files("lnlib") / "data" / folder).iterdir():
        if entry.name.endswith(ending):
            yield Path(entry.name).stem


def grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    r"""Return a Markdown table without its empty columns.

    >>> print(grid(("A", "B"), [("1", ""), ("a|b", "")]))
    | A |
    |---|
    | 1 |
    | a\|b |
    """
    kept = [place for place in range(len(head)) if any(row[place] for row in rows)]
    lines = [[head[place] for place in kept], *([row[place] for place in kept] for row in rows)]
    written = ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]
    return "\n".join([written[0], "|" + "---|" * len(kept), *written[1:]])


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _anchor(name: str) -> str:
    return name.replace(" ", "-")
