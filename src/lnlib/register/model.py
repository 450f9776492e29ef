"""The register: four checked tables with their title, kind, scale, places, licence and sources."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import pandas as pd

from lnlib.errors import LnlibError, ValueNotAllowed, listed, nearest, not_allowed
from lnlib.reference import vocabulary
from lnlib.reference.dates import PartialDate
from lnlib.reference.places import Places, Unit
from lnlib.reference.scales import Scale, folded
from lnlib.register import narrowing
from lnlib.register.problems import Problem

Asked = str | Sequence[str] | None
KINDS = (*vocabulary.words("register_kind"), "unstated")


@dataclass(frozen=True)
class Register:
    """Actors, partnerships, assessments and mechanisms, checked.

    Parameters
    ----------
    title : str
        What the register is called.
    kind : str
        `field`, `coded` (from a document), `simulated`, or `unstated`; every figure says it.
    scale : Scale
        The stages it is rated on.
    places : Places
        The country's provinces.
    tables : mapping of str to DataFrame
        The four tables with the columns of `lnlib.register.schema`; beside each date column its `_first` and
        `_last` day (datetime64).
    frame : str
        Number of units provinces are counted in (before or after a split).
    period : PartialDate or None
        The time observed; by default from the first to the last date in the tables.
    description, licence : str
        As the source gives them.
    sources : tuple of mapping
        `title` and where known `path`.
    path : Path or None
        Where it was opened from.
    problems : tuple of Problem
        What was found in checking; refused rows are not in the tables but are listed here.
    filters : tuple of (str, str)
        What it was narrowed to: a parameter of `where`, and its value; several words are separated by `;`.
    """

    title: str
    kind: str
    scale: Scale
    places: Places
    tables: Mapping[str, pd.DataFrame] = field(repr=False)
    frame: str = ""
    period: PartialDate | None = None
    description: str = ""
    licence: str = ""
    sources: tuple[Mapping[str, str], ...] = ()
    path: Path | None = None
    problems: tuple[Problem, ...] = field(default=(), repr=False)
    filters: tuple[tuple[str, str], ...] = ()
    whole: Register | None = field(default=None, repr=False)

    @property
    def actors(self) -> pd.DataFrame:
        """The actors, one row each, with `side` (state or non_state)."""
        frame = self.tables["actors"]
        return frame.assign(side=frame["kind"].map(vocabulary.side_of).astype("str"))

    @property
    def partnerships(self) -> pd.DataFrame:
        """The partnerships, one row each."""
        return self.tables["partnerships"]

    def is_empty(self) -> bool:
        """Return whether there is no partnership; a batch does not count this as reading all of them."""
        return self.partnerships.empty

    @property
    def assessments(self) -> pd.DataFrame:
        """The assessments, one row each; `stage` is an ordered categorical."""
        return self.tables["assessments"]

    @property
    def mechanisms(self) -> pd.DataFrame:
        """The mechanisms, one row each."""
        return self.tables["mechanisms"]

    @cached_property
    def observed(self) -> tuple[dt.date, dt.date]:
        """First and last day of the observed period.

        Of a narrowed register it is still the period of the whole, so that an empty province has the time axis of
        the others.
        """
        if self.period:
            return self.period.first, self.period.last
        tables = (self.whole or self).tables
        days = [
            frame[column].dropna()
            for frame in tables.values()
            for column in frame.columns
            if column.endswith(("_first", "_last"))
        ]
        every = pd.concat(days) if days else pd.Series(dtype="datetime64[us]")
        if every.empty:
            today = dt.date(1970, 1, 1)
            return today, today
        return every.min().date(), every.max().date()

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """The units of the frame, settled by the whole register so that a narrowed one has the same."""
        if self.whole is not None:
            return self.whole.units
        frame = self.partnerships
        records = zip(frame["province"], frame["district"], self._before_split, strict=True)
        return self.places.units(records, frame=self.frame)

    @property
    def _before_split(self) -> list[bool]:
        splits = [place.since.last for place in self.places.places if place.split_from and place.since]
        first = self.partnerships["start_first"]
        if not splits:
            return [False] * len(first)
        # a start that is not known may be from before the split
        before: list[bool] = (first.isna() | (first < pd.Timestamp(max(splits)) + pd.Timedelta(days=1))).tolist()
        return before

    @cached_property
    def digest(self) -> str:
        """The first 16 hex digits of the SHA-256 of its rows."""
        whole = hashlib.sha256()
        for name, table in sorted(self.tables.items()):
            whole.update(name.encode())
            whole.update(table.to_csv(index=False).encode())
        return whole.hexdigest()[:16]

    @cached_property
    def described(self) -> pd.DataFrame:
        """The partnerships with what their actors are.

        Returns
        -------
        DataFrame
            The columns of `partnerships` and `unit` (of the frame; empty where the place is not known),
            `non_state_name`, `state_name`, `non_state_kind`, `state_kind`, `tier` (of the state actor), `label`,
            `hybrid` (service delivery and accountability both), `multi_sector`.
        """
        frame = self.partnerships
        actors = self.actors.set_index("actor")
        places = list(zip(frame["province"], frame["district"], self._before_split, strict=True))
        unit_of = {
            (code, district, before): self.places.unit_of(code, district, before=before, units=self.units)
            for code, district, before in set(places)
        }
        described = frame.assign(
            unit=pd.Series([unit_of[place] for place in places], index=frame.index, dtype="str"),
            non_state_name=frame["non_state"].map(actors["name"]).astype("str"),
            state_name=frame["state"].map(actors["name"]).astype("str"),
            non_state_kind=frame["non_state"].map(actors["kind"]).astype("str"),
            state_kind=frame["state"].map(actors["kind"]).astype("str"),
            tier=frame["state"].map(actors["tier"]).astype("str"),
            hybrid=frame["functions"].map(lambda cell: set(cell.split(";")) >= vocabulary.HYBRID).astype(bool),
            multi_sector=frame["sectors"].str.contains(";", regex=False).astype(bool),
        )
        return described.assign(label=described["non_state_name"] + " – " + described["state_name"])

    @property
    def counts_only(self) -> bool:
        """Whether only counts may be published: cases coded from documents are no sample, so no rate or interval."""
        return self.kind == "coded"

    @cached_property
    def derived(self) -> dict[tuple[Any, ...], Any]:
        """What `lnlib.register.derived_frames` keeps of it; a narrowed register begins with none."""
        return {}

    def unit(self, value: object) -> Unit:
        """Return a unit by a province's code or name (`2`, `"02"`, `"Battambang"`)."""
        by_code = {unit.code: unit for unit in self.units}
        if str(value) in by_code:
            return by_code[str(value)]
        code, _ = self.places.read(value)
        for unit in self.units:
            if code in {place.code for place in unit.places}:
                return unit
        # in the frame before a split, the daughter is counted in its mother
        return by_code[self.places.by_code[code].split_from]

    def actor(self, value: object) -> str:
        """Return an actor's key by its key or its name."""
        actors = (self.whole or self).actors
        keys = list(actors["actor"])
        if str(value) in keys:
            return str(value)
        named = actors.loc[actors["name"].map(folded) == folded(str(value)), "actor"]
        if len(named) == 1:
            return str(named.iat[0])
        if len(named) > 1:
            raise ValueNotAllowed(f"actor '{value}' is the name of {listed(named)}; give the key")
        names = [*actors["name"], *keys]
        match = nearest(value, names)
        if match is None:
            raise ValueNotAllowed(not_allowed("actor", value, names))
        raise ValueNotAllowed(f"actor '{value}' is not in the register; did you mean '{match}'?")

    def where(  # noqa: PLR0913 - one parameter for each thing to narrow by
        self,
        *,
        province: object = None,
        actor: object = None,
        kind: Asked = None,
        tier: Asked = None,
        function: Asked = None,
        sector: Asked = None,
        mechanism: Asked = None,
        in_force: Asked = None,
    ) -> Register:
        """Narrow the register to the partnerships that fit all that is asked; an empty result has no rows.

        Where several words are given, one of them is enough; a partnership has both a state and a non-state actor,
        so kinds of both sides ask for one of each.

        Parameters
        ----------
        province : str, int or sequence of these, optional
            Codes or names; several in one text are separated by `;`.
        actor : str, optional
            Key or name, on either side.
        kind : str or sequence of str, optional
            Kinds of actor, such as `ngo` or `commune_council`; several in one text are separated by `;`, here and
            below.
        tier : str or sequence of str, optional
            Tiers of the state actor.
        function, sector : str or sequence of str, optional
            What the partnership is for.
        mechanism : str or sequence of str, optional
            Set up at some time up to the last day observed; of one whose start is not known that is taken for granted.
        in_force : str or sequence of str, optional
            Mechanisms set up, and neither they nor the partnership known to have ended before the last day observed.
        """
        narrowed = self
        if codes := self._province_codes(province):
            keep = self.described["unit"].isin(codes)
            narrowed = narrowed._keeping(self.partnerships.loc[keep, "partnership"], ("province", ";".join(codes)))
        if actor not in (None, ""):
            key = self.actor(actor)
            frame = narrowed.partnerships
            keep = (frame["non_state"] == key) | (frame["state"] == key)
            narrowed = narrowed._keeping(frame.loc[keep, "partnership"], ("actor", key))
        asked = {"kind": kind, "tier": tier, "function": function, "sector": sector}
        for what, given in (asked | {"mechanism": mechanism, "in_force": in_force}).items():
            if words := vocabulary.several(narrowing.VOCABULARIES[what], given, name=what):
                narrowed = narrowed._keeping(narrowing.fitting(narrowed, what, words), (what, ";".join(words)))
        return narrowed

    def _province_codes(self, province: object) -> list[str]:
        """Return the codes of the reporting units asked for, each once, in their order."""
        given = province.split(";") if isinstance(province, str) else province
        values = given if isinstance(given, list | tuple) else [given]
        asked = {self.unit(str(value).strip()).code for value in values if value is not None and str(value).strip()}
        return [unit.code for unit in self.units if unit.code in asked]

    def over(self, period_from: str = "", period_to: str = "") -> Register:
        """Observe another period; what is left empty stays as it is.

        Parameters
        ----------
        period_from, period_to : str, optional
            First and last date observed, such as `2009-06` and `2014-09`.

        Raises
        ------
        LnlibError
            A date cannot be read, or the period ends before it starts.
        """
        first = PartialDate.read(period_from).first if period_from else self.observed[0]
        last = PartialDate.read(period_to).last if period_to else self.observed[1]
        if first > last:
            raise LnlibError(f"the period observed ends before it starts: from {first} to {last}")
        over = replace(self, period=PartialDate(first, last, f"{first}/{last}"))
        over.__dict__.update({name: self.__dict__[name] for name in ("units", "described") if name in self.__dict__})
        return over

    def _keeping(self, partnerships: Iterable[str], filtered: tuple[str, str]) -> Register:
        kept = set(partnerships)
        tables = {
            name: frame[frame["partnership"].isin(kept)].reset_index(drop=True) if "partnership" in frame else frame
            for name, frame in self.tables.items()
        }
        narrowed = replace(self, tables=tables, filters=(*self.filters, filtered), whole=self.whole or self)
        if "described" in self.__dict__:
            own = self.described["partnership"].isin(kept)
            narrowed.__dict__["described"] = self.described[own].reset_index(drop=True)
        return narrowed

    def save(self, path: str | Path, *, workbook: bool = True) -> None:
        """Write the register as a Data Package, or to a path that ends in .xlsx as a workbook; whole or not at all.

        Parameters
        ----------
        path : str or Path
            A folder, or an .xlsx file.
        workbook : bool, optional
            Put `register.xlsx` beside the tables of a folder, for readers who open them in a spreadsheet: there every
            cell is text, so that no code loses its zero. The tables stay what is read. A register of more than 50,000
            rows is written without it.

        Raises
        ------
        RegisterError
            The folder holds something that is not a register, or a `register.xlsx` that was changed in a spreadsheet,
            or cannot be written.
        """
        from lnlib.register.package import write_package
        from lnlib.register.writing import write_beside, write_workbook

        if Path(path).suffix.casefold() == ".xlsx":
            write_workbook(self, Path(path))
            return
        more = partial(write_beside, self) if workbook else None
        write_package(self, Path(path), more=more)
