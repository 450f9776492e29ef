"""Agreement of the two codings of `data/dfgg-documents`, by weighted kappa.

    python benchmarks/registers/coding.py

Stages are compared on the register's scale, item by item and again by partnership (an item that tells of several
partnerships alike then counts as often as it names them). Dates are compared by the year of their midpoint, mechanisms by
whether each kind is coded for an item. `n` counts pairs; the limits are those of `kappa` with its default interval, which
counts several pairs of one item as what they are worth.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pandas as pd

from lnlib.measures.counts.agreement import kappa
from lnlib.reference import vocabulary
from lnlib.reference.dates import PartialDate
from lnlib.reference.scales import Scale

FOLDER = Path(__file__).parents[2] / "data" / "dfgg-documents" / "coding"
STAGES = list(Scale.load("dfgg").keys)
YEARS = list(range(2008, 2018))


def read(name: str) -> pd.DataFrame:
    """Return a table of the coding, by item."""
    return pd.read_csv(FOLDER / name, dtype=str, keep_default_na=False).set_index("item")


def year(text: str) -> int:
    """Return the year in which the midpoint of a partial date lies."""
    date = PartialDate.read(text)
    return (date.first + (date.last - date.first) / 2).year


def kinds(cell: str) -> set[str]:
    """Return the kinds of mechanism named in a cell such as `mou@2012;training`."""
    return {part.partition("@")[0] for part in cell.split(";") if part}


def pairs(items: list[Any], first: list[Any], second: list[Any], levels: list[Any]) -> pd.DataFrame:
    """Return the two codings as columns that `kappa` reads, with the item as the unit whose pairs are alike."""
    ordered: dict[str, Any] = {
        name: pd.Categorical(values, levels, ordered=True)
        for name, values in zip(("first", "second"), (first, second), strict=True)
    }
    return pd.DataFrame({"partnership": items} | ordered)


def compared(first: pd.DataFrame, second: pd.DataFrame, items: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the pairs of each comparison, by what is compared."""
    both = first.add_suffix("_a").join(second.add_suffix("_b"), validate="one_to_one")
    found = {
        "counts as a partnership": pairs(
            list(both.index), list(both["counts_a"]), list(both["counts_b"]), ["no", "yes"]
        )
    }
    yes = both[(both["counts_a"] == "yes") & (both["counts_b"] == "yes")]
    some = {side: ["stage" if value != "none" else "none" for value in yes[f"stage_{side}"]] for side in "ab"}
    found["whether a stage is supported"] = pairs(list(yes.index), some["a"], some["b"], ["none", "stage"])
    staged = yes[(yes["stage_a"] != "none") & (yes["stage_b"] != "none")]
    found["stage, by item"] = pairs(list(staged.index), list(staged["stage_a"]), list(staged["stage_b"]), STAGES)
    each = staged.loc[staged.index.repeat(items.loc[staged.index, "partnerships"].str.count(";") + 1)]
    found["stage, by partnership"] = pairs(list(each.index), list(each["stage_a"]), list(each["stage_b"]), STAGES)
    found["date, by year of its midpoint"] = pairs(
        list(staged.index), [year(text) for text in staged["date_a"]], [year(text) for text in staged["date_b"]], YEARS
    )
    words = vocabulary.words("mechanism")
    coded = {side: [str(word in kinds(cell)) for cell in yes[f"mechanisms_{side}"] for word in words] for side in "ab"}
    found["mechanism coded, by item and kind"] = pairs(
        list(yes.index.repeat(len(words))), coded["a"], coded["b"], ["False", "True"]
    )
    return found


def report(first: pd.DataFrame, second: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """Return one row a comparison: pairs, the share that is equal, weighted kappa and its limits."""
    rows = []
    for name, table in compared(first, second, items).items():
        row = kappa(table).iloc[0]
        equal = (table["first"].astype(str) == table["second"].astype(str)).mean()
        rows.append({"compared": name, "n": int(row["n"]), "equal": equal, **row[["kappa", "low", "high"]]})
    return pd.DataFrame(rows)


def main() -> None:
    """Print the agreement of both codings, and the items in which they differ."""
    first, second, items = read("rater-a.csv"), read("rater-b.csv"), read("items.csv")
    if list(first.index) != list(second.index):
        sys.exit("the codings hold different items")
    print(report(first, second, items).round(2).to_string(index=False))
    apart = (first[["counts", "stage"]] != second[["counts", "stage"]]).any(axis="columns")
    differ = list(first.index[apart])
    print(f"items that differ in whether they count or in stage: {', '.join(differ) or 'none'}")


if __name__ == "__main__":
    main()
