"""Agreement of the codings of `data/dfgg-documents`, by weighted kappa.

    python benchmarks/registers/coding.py

Raters A and B are compared first; then rater C, who coded by the clarified codebook, with the resolved coding, with B and
with A. What C's coding led to correct (`corrections.csv`) is undone before C is compared with the resolved coding.

Stages are compared on the register's scale, item by item and again by partnership (an item that tells of several
partnerships alike then counts as often as it names them). Dates are compared by the year of their midpoint, two dates by
that of the span from the first to the last; mechanisms by whether each kind is coded for an item. `n` counts pairs; the
limits are those of `kappa` with its default interval, which counts several pairs of one item as what they are worth.
Kappa is not defined (`NaN`) where both codings use one and the same value throughout.
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
    """Return the year of the midpoint of a partial date, or of the span of several with `;` between them."""
    dates = [PartialDate.read(part) for part in text.split(";")]
    first, last = min(date.first for date in dates), max(date.last for date in dates)
    return (first + (last - first) / 2).year


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


def uncorrected(resolved: pd.DataFrame) -> pd.DataFrame:
    """Return the resolved coding as it was before the corrections that rater C's coding led to."""
    before = resolved.copy()
    corrections = pd.read_csv(FOLDER / "corrections.csv", dtype=str, keep_default_na=False)
    for item, column, old, new in corrections[["item", "column", "before", "after"]].itertuples(index=False):
        if before.loc[item, column] != new:
            sys.exit(
                f"corrections.csv: {column} of {item} is {before.loc[item, column]!r} in resolved.csv, not {new!r}"
            )
        before.loc[item, column] = old
    return before


def show(title: str, first: pd.DataFrame, second: pd.DataFrame, items: pd.DataFrame) -> None:
    """Print the agreement of two codings on the items that both hold, and the items in which they differ."""
    both = first.index.intersection(second.index, sort=False)
    first, second = first.loc[both], second.loc[both]
    print(title)
    print(report(first, second, items).round(2).to_string(index=False))
    apart = (first[["counts", "stage"]] != second[["counts", "stage"]]).any(axis="columns")
    print(f"items that differ in whether they count or in stage: {', '.join(first.index[apart]) or 'none'}")


def main() -> None:
    """Print the agreement of the codings, two at a time."""
    items = read("items.csv")
    a, b, c = (read(f"rater-{rater}.csv") for rater in "abc")
    if list(a.index) != list(b.index) or list(c.index) != list(items.index):
        sys.exit("the codings hold different items")
    show("A and B", a, b, items)
    show("C and resolved, before the corrections", c, uncorrected(read("resolved.csv")), items)
    show("C and B", c, b, items)
    show("C and A", c, a, items)


if __name__ == "__main__":
    main()
