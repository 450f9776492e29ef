"""The provinces that an imported register is counted in: those before a split, where nothing in it is from after."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lnlib.reference.places import Place as Province
from lnlib.register.model import Register
from lnlib.register.problems import Place, Problem
from lnlib.register.raw_rows import RawRegister


def before_split(register: Register, raw: RawRegister) -> tuple[Register, str]:
    """Count a register in the provinces before a split that it knows nothing of.

    That is so where it declares no `frame`, has partnerships in a province that was split later, names none of the
    provinces that were split off, and has no date from after the split.

    Parameters
    ----------
    register : Register
        As it was read.
    raw : RawRegister
        Its rows as the file has them, also those that were refused.

    Returns
    -------
    tuple of (Register, str)
        The register, and a line that says in which provinces it is counted and why; empty where nothing changed.
    """
    places, dated = register.places, _is_dated(register)
    daughters = [place for place in places.places if place.split_from]
    splits = [place.since for place in daughters if place.since]
    if _declares(raw) or not dated or not daughters or len(splits) < len(daughters):
        return register, ""
    split = [place for place in daughters if place.split_from in set(register.partnerships["province"])]
    last = register.observed[1]
    if (
        not split
        or last > min(since.last for since in splits)
        or _named(register, raw) & {one.code for one in daughters}
    ):
        return register, ""
    frame = places.frames()[0]
    parts = "; ".join(f"{_split(one)} was split off {places.by_code[one.split_from].name()}" for one in split)
    line = f'provinces are counted as before the split (frame: "{frame}"): {parts}, which the file does not name, and its dates end on {last}'
    return replace(register, frame=frame), line


def moved_by_district(register: Register, path: Path) -> list[Problem]:
    """Return what to review: how many partnerships are counted in another province than the file names, by their district."""
    frames = register.places.frames()
    if register.frame != frames[-1] or len(frames) == 1 or register.is_empty():
        return []
    rows = register.described[["province", "unit"]]
    of_unit = {unit.code: unit for unit in register.units}
    moved: dict[tuple[str, str], int] = {}
    for code, key in rows.itertuples(index=False):
        if code and key and code not in {place.code for place in of_unit[key].places}:
            moved[code, key] = moved.get((code, key), 0) + 1
    place, found = Place(path.name), []
    for (code, key), count in sorted(moved.items()):
        home, other = register.places.by_code[code].name(), of_unit[key].name()
        counted = "1 partnership" if count == 1 else f"{count:,} partnerships"
        verb, pronoun, district = ("is", "it", "its") if count == 1 else ("are", "them", "their")
        reason = f'{counted} of {home} {verb} counted in {other} by {district} district; frame: "{frames[0]}" counts {pronoun} in {home}'
        found.append(Problem("review", place, reason, "partnerships"))
    return found


def _declares(raw: RawRegister) -> bool:
    about = raw.about.get("register")
    return isinstance(about, dict) and bool(about.get("frame"))


def _is_dated(register: Register) -> bool:
    """Return whether a register has a date at all."""
    return register.period is not None or any(
        frame[column].notna().any()
        for frame in register.tables.values()
        for column in frame.columns
        if column.endswith("_last")
    )


def _named(register: Register, raw: RawRegister) -> set[str]:
    """Return the codes of the provinces that the rows name, also those that were refused."""
    columns = [table.frame["province"] for table in raw.tables.values() if "province" in table.frame]
    found = [register.places.find(str(text)) for column in columns for text in column.unique()]
    return {*raw.provinces, *(one[0] for one in found if one)}


def _split(daughter: Province) -> str:
    since = f" ({daughter.since.text})" if daughter.since else ""
    return f"{daughter.name()}{since}"
