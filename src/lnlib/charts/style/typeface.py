"""The typeface of figures: Noto Sans SemiCondensed, Latin and Khmer, which comes with the installation.

It is installed as variable fonts, Latin also in italics, which notes use. matplotlib cannot choose a weight of a variable font,
so static instances are made with fontTools, regular and bold, of the characters that registers and catalogues use. This is done once for each
release of the fonts and of fontTools; the files stay in the user's cache, and are the same bytes on every machine.
Other characters fall back on DejaVu Sans, which comes with matplotlib. No font of the system is needed.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import io
import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import platformdirs
from matplotlib import font_manager
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font

FALLBACK = "DejaVu Sans"
_NO_FONTS: set[str] = set()  # files among the system's fonts that cannot be read
_GENERIC = ("serif", "sans-serif", "sans serif", "sans", "monospace", "cursive", "fantasy")
_RECIPE = 1  # raise it when `_instance` changes what it makes
_WIDTH = 87.5  # of 100: the width that the family calls SemiCondensed
_WEIGHTS = {"Regular": 400, "Bold": 700}
WEIGHTS = tuple(_WEIGHTS.values())  # of the files of a typeface
_LATIN = (
    *((0x20, 0x7E), (0xA0, 0x17F), (0x18F, 0x192), (0x1A0, 0x1B0), (0x218, 0x21B), (0x2B9, 0x2DD), (0x300, 0x32F)),
    *((0x1E80, 0x1E9E), (0x1EA0, 0x1EF9), (0x2000, 0x206F), (0x20A0, 0x20C0), (0x2113, 0x2126), (0x2190, 0x2193)),
    *((0x2202, 0x2265), (0xFB01, 0xFB02), (0xFFFD, 0xFFFD)),
)
_KHMER = ((0x20, 0x20), (0xA0, 0xA0), (0x1780, 0x17FF), (0x19E0, 0x19FF), (0x200B, 0x200D), (0x25CC, 0x25CC))


@dataclass(frozen=True)
class Typeface:
    """A variable font of the installation, and the static family made of it.

    Parameters
    ----------
    family : str
        Name of the static family.
    distribution, file : str
        The installed package, and its font.
    ranges : sequence of (int, int)
        First and last code point of each range of characters kept.
    """

    family: str
    distribution: str
    file: str
    ranges: Sequence[tuple[int, int]]

    @property
    def source(self) -> Path:
        """The variable font as installed."""
        result = importlib.util.find_spec(self.distribution.replace("-", "_"))
        assert result is not None
        assert result.origin is not None
        return Path(result.origin).parent / "files" / self.file

    @property
    def release(self) -> str:
        """First 16 hex digits of the SHA-256 of everything that the instances depend on."""
        parts = (self, _RECIPE, _WIDTH, _WEIGHTS, *map(importlib.metadata.version, (self.distribution, "fonttools")))
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

    @property
    def italic(self) -> bool:
        """Whether its letters are italics."""
        return "Italic" in self.file

    def files(self) -> list[Path]:
        """Return the static fonts; make those that are not in the cache yet."""
        italic = "Italic" * self.italic
        names = [f"{self.family.replace(' ', '')}-{style}{italic}.{self.release}.ttf" for style in _WEIGHTS]
        folder = cache_folder()
        missing = [name for name in names if not (folder / name).is_file()]
        if missing:
            for name, content in zip(names, self.instances(), strict=True):
                _write(folder / name, content)
        return [folder / name for name in names]

    def instances(self) -> list[bytes]:
        """Make the static fonts, one for each weight."""
        # of fewer glyphs, the instances are made in a tenth of the time
        subset = subset_of(self.source, [code for first, last in self.ranges for code in range(first, last + 1)])
        return [self._instance(subset, style) for style in _WEIGHTS]

    def _instance(self, variable: bytes, style: str) -> bytes:
        """Make the static font of a weight from the variable one; nothing in it tells when it was made."""
        from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
        from fontTools.varLib import instancer  # type: ignore[import-untyped]

        font = TTFont(io.BytesIO(variable), recalcTimestamp=False)
        instancer.instantiateVariableFont(font, {"wght": _WEIGHTS[style], "wdth": _WIDTH}, inplace=True)
        names = font["name"]
        bold, style = style == "Bold", f"{style} Italic".removeprefix("Regular ") if self.italic else style
        postscript = f"{self.family}-{style}".replace(" ", "")
        for number in (16, 17, 21, 22, 25):
            names.removeNames(nameID=number)
        for number, text in ((1, self.family), (2, style), (4, f"{self.family} {style}"), (6, postscript)):
            names.removeNames(nameID=number)
            names.setName(text, number, 3, 1, 0x409)
        font["OS/2"].fsSelection = 0x20 * bold | 0x01 * self.italic or 0x40
        font["head"].macStyle = bold | 2 * self.italic
        for table in ("STAT", "gasp"):
            if table in font:
                del font[table]
        return _bytes(font)


LATIN = Typeface("Noto Sans SemiCondensed", "fontpkg-noto-sans", "NotoSans[wdth,wght].ttf", _LATIN)
KHMER = Typeface("Noto Sans Khmer SemiCondensed", "fontpkg-noto-sans-khmer", "NotoSansKhmer[wdth,wght].ttf", _KHMER)
ITALIC = Typeface(LATIN.family, LATIN.distribution, "NotoSans-Italic[wdth,wght].ttf", _LATIN)  # of documents alone
SHIPPED = (LATIN, KHMER)


def families(preferred: Iterable[str]) -> tuple[str, ...]:
    """Return the families to set text in: those preferred that are installed, then the shipped ones.

    A font installed since matplotlib listed the system's fonts is found too: the system is asked again for a family
    that is not on the list.
    """
    return tuple(dict.fromkeys([*filter(is_installed, preferred), *(face.family for face in SHIPPED), FALLBACK]))


def is_installed(family: str) -> bool:
    """Whether a family, or a generic one such as `serif`, can be used."""
    register()
    if family.lower() in _GENERIC or _is_listed(family):
        return True
    _rescan()
    return _is_listed(family)


def writes(family: str, sample: str) -> bool:
    """Whether a family is installed and has every character of a sample."""
    return is_installed(family) and _has(family, sample)


@cache
def _has(family: str, sample: str) -> bool:
    font = get_font(findfont(FontProperties(family=family)))
    return all(font.get_char_index(ord(character)) for character in sample)


@cache
def register() -> None:
    """Make the shipped typeface known to matplotlib, in place of any font of the system that has its name."""
    files = [str(file) for face in SHIPPED for file in face.files()]
    for file in files:
        fontManager.addfont(file)
    _leave_to_shipped(files)


def _leave_to_shipped(files: Sequence[str]) -> None:
    """Remove fonts that have the name of a shipped family from matplotlib's list: it might find their width nearer."""
    names = {face.family for face in SHIPPED}
    fontManager.ttflist[:] = [font for font in fontManager.ttflist if font.name not in names or font.fname in files]
    fontManager._findfont_cached.cache_clear()  # type: ignore[attr-defined]  # what `addfont` does


@cache
def cache_folder() -> Path:
    """Return the folder of static fonts: in the user's cache, or a temporary one where that cannot be written."""
    folder = platformdirs.user_cache_path("lnlib") / "fonts"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    return Path(tempfile.mkdtemp(prefix="lnlib-fonts-"))


def font_folder(families: Sequence[str]) -> tuple[Path, dict[str, Path]]:
    """Return a folder that holds the fonts of families and no others, for a program that is given a folder.

    Returns
    -------
    (Path, dict of str to Path)
        The folder, in the cache, and the regular font of each family in it.
    """
    register()
    regular = {family: Path(findfont(FontProperties(family=family))) for family in families}
    bold = {Path(findfont(FontProperties(family=family, weight="bold"))) for family in families}
    files = sorted({*regular.values(), *bold})
    stats = [(str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    folder = cache_folder() / hashlib.sha256(repr(stats).encode()).hexdigest()[:16]
    folder.mkdir(exist_ok=True)
    for file in files:
        if not (folder / file.name).is_file():
            _write(folder / file.name, file.read_bytes())
    return folder, {family: folder / file.name for family, file in regular.items()}


def _rescan() -> None:
    """Add the fonts that were installed since matplotlib listed those of the system."""
    listed = {os.path.realpath(font.fname) for font in fontManager.ttflist} | _NO_FONTS
    for file in sorted(font_manager.findSystemFonts()):
        if (real := os.path.realpath(file)) not in listed:
            try:
                fontManager.addfont(file)
            except (OSError, RuntimeError):  # not a font after all
                _NO_FONTS.add(real)
    _leave_to_shipped([str(file) for face in SHIPPED for file in face.files()])


def _is_listed(family: str) -> bool:
    return any(font.name.lower() == family.lower() for font in fontManager.ttflist)


def subset_of(file: Path, codes: Iterable[int]) -> bytes:
    """Return a font with the glyphs of some characters, and what they need to be shaped."""
    # fontTools takes a third of a second to import, and few need it
    from fontTools.subset import Options, Subsetter  # type: ignore[import-untyped]
    from fontTools.ttLib import TTFont

    subsetter = Subsetter(Options(glyph_names=False, hinting=False, notdef_outline=True))
    subsetter.populate(unicodes=list(codes))
    with TTFont(file, lazy=True, recalcTimestamp=False) as font:
        subsetter.subset(font)
        return _bytes(font)


def _bytes(font: object) -> bytes:
    written = io.BytesIO()
    font.save(written)  # type: ignore[attr-defined]
    return written.getvalue()


def _write(file: Path, content: bytes) -> None:
    """Write a font so that another process never reads half of it."""
    handle, name = tempfile.mkstemp(prefix=f".{file.name}", dir=file.parent)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
    Path(name).replace(file)
