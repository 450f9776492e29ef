"""Places: provinces declared in a CSV, found by code or name, counted in a frame of units.

A *frame* is the list of units a register is shown in. Where one province was split off another, the frame
before the split and the frame after it differ (for Cambodia, 24 and 25 units).
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources.abc import Traversable
from pathlib import Path

from lnlib.errors import LnlibError, ValueNotAllowed, listed, nearest
from lnlib.filesystem import is_file, read_small
from lnlib.reference import resources
from lnlib.reference.dates import PartialDate
from lnlib.reference.scales import folded

COLUMNS = (
    *("code", "iso", "name_en", "name_km", "spellings", "row", "col"),
    *("from", "until", "split_from", "split_districts"),
)
_COENG_TA, _COENG_DA = "\u17d2\u178f", "\u17d2\u178a"
_TITLES = re.compile(r"\b(province|municipality|khaet|krong)\b|^(ខេត្ត|រាជធានី|ក្រុង)", re.IGNORECASE)


_P_CODE = re.compile(r"^[A-Z]{2}(?=\d)")  # the country before the code, as humanitarian data sets write it


def folded_place(text: str) -> str:
    """Fold a place name: Unicode form, case, spacing, hyphens, accents, words for province, coeng ត and ដ.

    >>> folded_place("Kampong-Cham  province") == folded_place("kampong cham")
    True
    """
    plain = _TITLES.sub("", unicodedata.normalize("NFC", text)).replace(_COENG_TA, _COENG_DA)
    decomposed = unicodedata.normalize("NFD", plain)
    latin = "".join(c for c in decomposed if not "\u0300" <= c <= "\u036f")
    return folded(latin)


@dataclass(frozen=True)
class Place:
    """One province.

    Parameters
    ----------
    code : str
        Official code, with its leading zero.
    iso : str
        ISO 3166-2 code.
    names : tuple of (str, str)
        English and Khmer (or other local) name; the second may be empty.
    spellings : tuple of str
        Other spellings read as this place.
    row, col : int
        Its tile on the grid map, from the top and from the left.
    since : PartialDate or None
        When it came to be, if within the time of registers.
    until : PartialDate or None
        When it ceased to be.
    split_from : str
        Code of the province it was split off; empty where it was not.
    split_districts : tuple of str
        The districts that went with it.
    """

    code: str
    iso: str
    names: tuple[str, str]
    spellings: tuple[str, ...]
    row: int
    col: int
    since: PartialDate | None = None
    until: PartialDate | None = None
    split_from: str = ""
    split_districts: tuple[str, ...] = ()

    def name(self, language: str = "en") -> str:
        """Return the official name in a language."""
        return (self.names[1] if language == "km" else "") or self.names[0]


@dataclass(frozen=True)
class Unit:
    """One unit of a frame: a province, or provinces shown together because a record cannot be told apart.

    Parameters
    ----------
    code : str
        The province's code, or the codes joined by `+`.
    places : tuple of Place
        What it is made of.
    """

    code: str
    places: tuple[Place, ...]

    def name(self, language: str = "en") -> str:
        """Return the official name, or the names joined by a plus sign."""
        return " + ".join(place.name(language) for place in self.places)

    @property
    def tiles(self) -> tuple[tuple[int, int], ...]:
        """The (row, column) of each of its tiles."""
        return tuple((place.row, place.col) for place in self.places)


@dataclass(frozen=True)
class Places:
    """The provinces of a country.

    Parameters
    ----------
    key : str
        Name of the set, such as `cambodia`.
    places : tuple of Place
        In order of code.
    """

    key: str
    places: tuple[Place, ...]

    @classmethod
    def load(cls, name: str | Path = "cambodia") -> Places:
        """Load the places that ship with lnlib, or another country's from a CSV of the same columns.

        Raises
        ------
        LnlibError
            The CSV lacks a column, repeats a code or a tile, or a name would be read as two places.

        Examples
        --------
        >>> len(Places.load().places)
        25
        """
        if str(name).endswith(".csv"):
            path = Path(name)
            if not is_file(path):
                raise LnlibError(f"places file {path} does not exist")
            try:
                text = read_small(path).decode("utf-8-sig")
            except OSError as error:
                raise LnlibError(f"places file {path} cannot be read: {error.strerror}") from None
            except UnicodeDecodeError as error:
                raise LnlibError(f"places file {path} is not UTF-8 text (byte {error.start})") from None
            return cls._read(path.stem, text, place=str(path))
        files = _shipped_files()
        if f"{name}.csv" not in files:
            raise ValueNotAllowed.of("places", name, [Path(file).stem for file in files])
        return cls._read(str(name), files[f"{name}.csv"].read_text("utf-8"), place=f"{name}.csv")

    @classmethod
    def of_text(cls, text: str, *, key: str, place: str) -> Places:
        """Read places from the text of such a CSV.

        Raises
        ------
        LnlibError
            As `load` does; `place` says where the text stands.
        """
        return cls._read(key, text, place=place)

    @classmethod
    @lru_cache(maxsize=8)  # opening a register asks for its places three times
    def _read(cls, key: str, text: str, *, place: str) -> Places:
        reader = csv.DictReader(io.StringIO(text))
        try:
            rows = list(reader)
        except csv.Error as error:
            raise LnlibError(f"{place} is not CSV: {error}") from None
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            raise LnlibError(f"{place} lacks column {listed(missing)}; a places file has {listed(COLUMNS)}")
        found: list[Place] = []
        tiles: dict[tuple[int, int], str] = {}
        for number, row in enumerate(rows, 2):
            at = f"{place}, row {number}"
            try:
                tile = (int(row["row"]), int(row["col"]))
            except (TypeError, ValueError):
                raise LnlibError(
                    f"{at}: row and col are whole numbers, not '{row['row']}' and '{row['col']}'"
                ) from None
            if not row["code"] or not row["name_en"]:
                raise LnlibError(f"{at}: code and name_en may not be empty")
            if tile in tiles:
                raise LnlibError(f"{at}: tile {tile} is that of {tiles[tile]} already")
            tiles[tile] = row["name_en"]
            try:
                since, until = (PartialDate.read(row[when]) if row[when] else None for when in ("from", "until"))
            except LnlibError as error:
                raise LnlibError(f"{at}: {error}") from None
            found.append(
                Place(
                    row["code"],
                    row["iso"] or "",
                    (row["name_en"], row["name_km"] or ""),
                    _several(row["spellings"]),
                    *tile,
                    since=since,
                    until=until,
                    split_from=row["split_from"] or "",
                    split_districts=_several(row["split_districts"]),
                )
            )
        if not found:
            raise LnlibError(f"{place} names no place")
        places = cls(key, tuple(found))
        if len(places.by_code) != len(found):
            raise LnlibError(f"{place} uses a code twice")
        for one in found:
            if one.split_from and one.split_from not in places.by_code:
                raise LnlibError(f"{place}: '{one.code}' is split from '{one.split_from}', which is not a code there")
        places._lookup  # noqa: B018  a name of two places is an error now, not at the first reading
        return places

    @property
    def shipped(self) -> bool:
        """Whether these are places that ship with lnlib, unchanged."""
        return f"{self.key}.csv" in _shipped_files() and self == Places.load(self.key)

    def as_csv(self) -> str:
        """Return the CSV that `load` reads."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        for place in self.places:
            since, until = (when.text if when else "" for when in (place.since, place.until))
            spellings, districts = ";".join(place.spellings), ";".join(place.split_districts)
            cells = (place.code, place.iso, *place.names, spellings, place.row, place.col)
            writer.writerow((*cells, since, until, place.split_from, districts))
        return text.getvalue()

    @cached_property
    def by_code(self) -> dict[str, Place]:
        """The places by code."""
        return {place.code: place for place in self.places}

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """All codes, in order."""
        return tuple(self.by_code)

    @cached_property
    def _lookup(self) -> dict[str, tuple[str, str]]:
        found: dict[str, tuple[str, str]] = {}
        for how in ("name", "alias"):
            for place in self.places:
                for word in place.names if how == "name" else (place.iso, *place.spellings):
                    if not word:
                        continue
                    other = found.setdefault(folded_place(word), (place.code, how))
                    if other[0] != place.code:
                        raise LnlibError(f"'{word}' would be read as province {other[0]} and as {place.code}")
        return found

    def read(self, value: object) -> tuple[str, str]:
        """Return a province by its code, name or other spelling.

        Returns
        -------
        tuple of (str, str)
            The code, and how it was found: `code`, `number` (its leading zero was lost), `name` or `alias`.

        Examples
        --------
        >>> Places.load().read("Krong Pailin")
        ('24', 'name')
        >>> Places.load().read(2), Places.load().read("KH02")
        (('02', 'number'), ('02', 'alias'))
        """
        text = str(value).strip()
        if found := self.find(text):
            return found
        raise self._unknown(text)

    def find(self, text: str) -> tuple[str, str] | None:
        """Return a province as `read` does; None where the text names none."""
        text = text.strip()
        if text in self.by_code:
            return text, "code"
        if re.fullmatch(r"\d+(\.0)?", text):
            for code in self.codes:
                if code.isdigit() and int(code) == int(text.split(".")[0]):
                    return code, "number"
        elif found := self._lookup.get(folded_place(text)):
            return found
        elif (code := _P_CODE.sub("", text)) in self.by_code and code != text:
            return code, "alias"
        return None

    def _unknown(self, text: str) -> ValueNotAllowed:
        names = [name for place in self.places for name in (*place.names, *place.spellings) if name]
        match = nearest(text, names)
        code = self.read(match)[0] if match else ""
        official = f"{self.by_code[code].name()} ({code})" if code else ""
        hint = f"; did you mean '{match}'?" if match else "."
        if match and not official.startswith(f"{match} ("):
            hint = f"; did you mean '{match}', {official}?"
        first, last = self.places[0], self.places[-1]
        return ValueNotAllowed(
            f"province '{text}' is not known{hint} Allowed: a code from {first.code} ({first.name()}) to "
            f"{last.code} ({last.name()}), or a name"
        )

    def frames(self) -> tuple[str, ...]:
        """Return the names of the frames: one where no place was split off, else the one before and the one after."""
        after = len(self.places)
        before = after - sum(bool(place.split_from) for place in self.places)
        return (str(after),) if before == after else (str(before), str(after))

    def check_frame(self, frame: str | int | None) -> str:
        """Return the name of a frame; of none named, the one after the splits."""
        if frame in (None, ""):
            return self.frames()[-1]
        if str(frame) not in self.frames():
            split_off = listed([place.name() for place in self.places if place.split_from])
            counts = " or ".join([f"{self.frames()[0]} (without {split_off})"] * bool(split_off) + [self.frames()[-1]])
            raise ValueNotAllowed(
                f"frame '{frame}' is not known: the frame is the number of provinces of the whole country, for '{self.key}' "
                f"{counts}; places names those of another country"
            )
        return str(frame)

    def moved(self, code: str, district: str) -> str | None:
        """Return the code a district of province `code` belongs to after the splits; None where that is not known."""
        daughters = [place for place in self.places if place.split_from == code]
        if not daughters:
            return code
        if not district:
            return None
        for place in daughters:
            if folded_place(district) in {folded_place(name) for name in place.split_districts}:
                return place.code
        return code

    def units(self, records: Iterable[tuple[str, str, bool]], *, frame: str | int | None = None) -> tuple[Unit, ...]:
        """Return the units of a frame for a register's records, so that no record is counted in the wrong one.

        Parameters
        ----------
        records : iterable of (str, str, bool)
            Province code, district (may be empty), and whether the record is from before the split.
        frame : str, optional
            Number of units; by default the frame after the splits.

        Returns
        -------
        tuple of Unit
            In order of code. In the frame after a split, mother and daughter are one unit if any record of the
            mother is from before it and does not name a district.
        """
        if self.check_frame(frame) != self.frames()[-1]:
            return tuple(Unit(place.code, (place,)) for place in self.places if not place.split_from)
        early = {(code, district) for code, district, before in records if code and before}
        vague = {code for code, district in early if self.moved(code, district) is None}
        units = []
        for place in self.places:
            if place.split_from in vague:
                continue
            together = [place]
            if place.code in vague:
                together += [other for other in self.places if other.split_from == place.code]
            units.append(Unit("+".join(one.code for one in together), tuple(together)))
        return tuple(units)

    def unit_of(self, code: str, district: str, *, before: bool, units: tuple[Unit, ...]) -> str:
        """Return the unit that one record is counted in; empty where its province is not known."""
        if not code:
            return ""
        home = {place.code: unit.code for unit in units for place in unit.places}
        moved = self.moved(code, district) if before else code
        if moved in home:
            return home[moved]
        return home.get(code) or home[self.by_code[code].split_from]


def _shipped_files() -> dict[str, Traversable]:
    files = resources.folder("data", "places").iterdir()
    return {entry.name: entry for entry in sorted(files, key=str) if entry.name.endswith(".csv")}


def _several(cell: str | None) -> tuple[str, ...]:
    return tuple(word.strip() for word in (cell or "").split(";") if word.strip())
