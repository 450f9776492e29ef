"""Exports of KoboToolbox and ODK: repeat groups as sheets or files of their own, each row naming its parent."""

from __future__ import annotations

from collections.abc import Sequence

from lnlib.register.gathering import Gathered
from lnlib.register.layouts import Headed
from lnlib.register.problems import shortened

_PARENT_SHEETS = "_parent_table_name"
LONGEST_SHEET = 31  # characters of a sheet's name; a longer name of a group is cut in an export


def note_parent(gathered: Gathered, found: Headed, cells: Sequence[str], keys: Sequence[str]) -> None:
    """Note which partnerships a row made, so that rows of its repeat groups find them."""
    if found.index >= 0 and found.index < len(cells) and (index := cells[found.index].strip()):
        gathered.parents.setdefault((found.grid.title, index), []).extend(keys)


def parents_of(gathered: Gathered, found: Headed, number: int, cells: Sequence[str]) -> list[str]:
    """Give the partnerships that a row of a repeat group belongs to; none, and a problem, where its parent is missing."""
    index = cells[found.child].strip() if found.child < len(cells) else ""
    titles = list(dict.fromkeys(title for title, _ in gathered.parents))
    at = found.system((_PARENT_SHEETS,))
    named = cells[at].strip() if 0 <= at < len(cells) else ""
    # `form-visits.csv` is the repeat group visits of form.csv
    chosen = [title for title in titles if named and title == named[:LONGEST_SHEET]]
    chosen = chosen or [title for title in titles if found.grid.title.startswith(f"{title}-")] or titles
    for title in chosen:
        if keys := gathered.parents.get((title, index)):
            return keys
    header = found.headers[found.child].strip()
    where = f"sheet {named or ' or '.join(titles)}" if found.grid.sheet else " or ".join(f"{t}.csv" for t in titles)
    reason = f"its parent, {header} '{shortened(index)}', is not in {where or 'the export'}, or was refused there"
    gathered.problems.append(found.problem("error", number, header, shortened(index), reason))
    return []
