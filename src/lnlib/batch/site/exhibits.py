"""Exhibits on a page: a figure's drawing at two widths, its words, and the files it is saved as."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from markupsafe import Markup

# SVG that a page does without: prologue, metadata, and a style that would hold for the page and not for the drawing alone
_PROLOGUE = re.compile(r"^.*?(?=<svg\b)", re.DOTALL)
_METADATA = re.compile(r"<metadata>.*?</metadata>|<style\b[^>]*>.*?</style>|<!--.*?-->", re.DOTALL)
_SIZE = re.compile(r'(<svg\b[^>]*?) width="[\d.]+pt" height="[\d.]+pt"')
_ID = re.compile(r'((?:\bid|aria-labelledby|aria-describedby)="|url\(#|href="#)(?=[^"\s])')
_TAG = re.compile(r"<[^>]+>")
_DECIMALS = re.compile(r"(\d\.\d\d)\d+")
_STROKES = ' style="stroke-linejoin:round;stroke-linecap:butt"'
_ROW = re.compile(r'(<tr data-partnership="([^"]*)">)(.*?)(</tr>)', re.DOTALL)
_KEY = re.compile(r"(<td\b[^>]*><code>)([^<]+)(?=</code>)")
_CELL = re.compile(r"(<td\b[^>]*>)(.*?)(</td>)", re.DOTALL)
_TABLE = re.compile(r'<table class="lnlib">.*?</table>', re.DOTALL)
_HEADER = re.compile(r'<th scope="col"[^>]*>(.*?)</th>', re.DOTALL)
_ANY_ROW = re.compile(r"<tr\b[^>]*>.*?</tr>", re.DOTALL)


@dataclass(frozen=True)
class Shown:
    """The exhibits of a run, for its page.

    Parameters
    ----------
    entries : sequence of dict
        Their entries in `exhibits.json`, in the order in which the notebook saved them.
    folder : Path or None
        Where their files are now; None where there are none.
    """

    entries: Sequence[Mapping[str, Any]] = ()
    folder: Path | None = None

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        return iter(sorted(self.entries, key=lambda entry: (entry.get("order", 0), str(entry.get("name", "")))))

    def lead(self) -> Mapping[str, Any] | None:
        """Return the exhibit whose finding heads the page: the first figure, else the first table."""
        titled = [entry for entry in self if entry.get("title")]
        return next((entry for entry in titled if entry.get("figures")), titled[0] if titled else None)

    def of(self, plain: str, description: str) -> Mapping[str, Any] | None:
        """Return the exhibit that a notebook displayed, by its text and, of a figure, its long description."""
        for entry in self:
            if entry.get("exhibit") == "table":
                caption = ". ".join(filter(None, [entry.get("number", ""), entry.get("title", "")]))
                if caption and plain.partition("\n")[0] == caption:
                    return entry
            elif entry.get("alt") == plain and entry.get("description", "") == description:
                return entry
        return None

    def drawings(self, entry: Mapping[str, Any], *, home: str, largest: int) -> list[dict[str, Any]]:
        """Return a figure at each of its widths, the narrowest last: as SVG in the page, or as an image beside it.

        Parameters
        ----------
        entry : dict
            The figure's.
        home : str
            The edition's folder as seen from the page.
        largest : int
            Letters that an SVG in the page may have; a larger one is linked as an image, in its smaller format.
        """
        widths = sorted(entry.get("widths", {}), key=lambda name: -entry["widths"][name])
        found = []
        for width in widths:
            files = {Path(file).suffix: file for file in _at(entry, "bare", width)}
            if self.folder is None or ".svg" not in files or not (self.folder / files[".svg"]).is_file():
                return []
            svg = inlined((self.folder / files[".svg"]).read_text(encoding="utf-8"), suffix=f"{entry['name']}-{width}")
            if len(svg) <= largest:
                found.append({"svg": Markup(svg), "src": ""})  # lnlib drew it; text in it is escaped
            else:
                found.append({"svg": "", "src": f"{home}{files.get('.png', files['.svg'])}"})
        return found


def inlined(svg: str, *, suffix: str) -> str:
    """Return a drawing as a part of a page: fewer letters, and ids that no other drawing has.

    >>> inlined('<?xml?><svg width="9pt" height="9pt" viewBox="0 0 9 9"><path id="a" d="M 0.123456 1"/></svg>', suffix="b")
    '<svg style="stroke-linejoin:round;stroke-linecap:butt" viewBox="0 0 9 9"><path id="b-a" d="M 0.12 1"/></svg>'
    """
    key = re.sub(r"[^A-Za-z0-9-]", "-", suffix)
    svg = _METADATA.sub("", _PROLOGUE.sub("", svg))
    svg = _SIZE.sub(r"\1", svg, count=1).replace("<svg", f"<svg{_STROKES}", 1)
    texts, tags = _TAG.split(svg), _TAG.findall(svg)  # what stands between two tags is left as it is
    short = [part for pair in zip(texts, [*_shortened(tags, key), ""], strict=True) for part in pair]
    return re.sub(r">\s+<", "><", "".join(short)).strip()


def _shortened(tags: list[str], key: str) -> list[str]:
    """Shorten tags, all in one go, as a drawing has thousands; each ends with its only `>`."""
    joined = _ID.sub(rf"\g<1>{key}-", "".join(tags))
    return re.findall(r"[^>]+>", re.sub(r"\s+", " ", _DECIMALS.sub(r"\1", joined)))


def files(entry: Mapping[str, Any], *, home: str) -> list[dict[str, str]]:
    """Return the links under an exhibit: its formats at the widest print width, its documents, its data."""
    widths = entry.get("widths", {})
    widest = max(widths, key=lambda name: widths[name]) if widths else ""
    named = [*(_at(entry, "figures", widest) if widest else ()), *entry.get("tables", ()), entry.get("data", "")]
    return [{"href": f"{home}{name}", "text": Path(name).suffix[1:].upper()} for name in named if name]


def citation(entry: Mapping[str, Any], *, edition: str) -> str:
    """Return how an exhibit is cited: what it shows, where it is from, and the digest of its data."""
    title = ". ".join(filter(None, [entry.get("title", "").rstrip("."), entry.get("subtitle", "").rstrip(".")]))
    licence = entry.get("register", {}).get("licence", "")
    digest = entry.get("digests", {}).get("data", "")
    version = entry.get("versions", {}).get("lnlib", "")
    last = [
        f"exhibit {entry['name']}",
        f"data {digest}" if digest else "",
        f"lnlib {version}" if version else "",
        licence,
    ]
    parts = [f"{title}." if title else "", entry.get("source", ""), f"In: {edition}, {', '.join(filter(None, last))}."]
    return " ".join(filter(None, parts))


def linked(html: str, links: Mapping[str, str]) -> str:
    """Link the name in each row of a table that is about a partnership to its story.

    >>> linked('<tr data-partnership="A"><td>A</td><td>River – Office</td></tr>', {"A": "../A.html"})
    '<tr data-partnership="A"><td>A</td><td><a href="../A.html">River – Office</a></td></tr>'
    """
    links = {escape(key): href for key, href in links.items()}

    def row(found: re.Match[str]) -> str:
        start, key, cells, end = found.groups()
        if key not in links:
            return found[0]
        name = next((cell for cell in _CELL.finditer(cells) if cell[2] and cell[2] != key), None)
        if name is None:
            return found[0]
        link = f'{name[1]}<a href="{escape(links[key])}">{name[2]}</a>{name[3]}'
        return f"{start}{cells[: name.start()]}{link}{cells[name.end() :]}{end}"

    return _ROW.sub(row, html)


def labelled(html: str) -> str:
    """Write the header of each cell of an exhibit's table into it, for a page on which cells stand below each other.

    >>> labelled('<table class="lnlib"><tr><th scope="col">Stage</th></tr><tr><td>Coalition</td></tr></table>')
    '<table class="lnlib"><tr><th scope="col">Stage</th></tr><tr><td data-label="Stage">Coalition</td></tr></table>'
    """

    def table(found: re.Match[str]) -> str:
        headers = _HEADER.findall(found[0])

        def row(one: re.Match[str]) -> str:
            names = iter(headers)
            return _CELL.sub(lambda cell: f'<td data-label="{next(names, "")}"{cell[1][3:]}{cell[2]}{cell[3]}', one[0])

        return _ANY_ROW.sub(row, found[0])

    return _TABLE.sub(table, html)


def breakable(html: str) -> str:
    """Let the keys in a table break after a dot or an underscore, not within a word.

    >>> breakable("<td><code>actors.kind.other_state</code></td>")
    '<td><code>actors.<wbr>kind.<wbr>other_<wbr>state</code></td>'
    """
    return _KEY.sub(lambda key: key[1] + re.sub(r"(?<=[._])(?=\w)", "<wbr>", key[2]), html)


def _at(entry: Mapping[str, Any], kind: str, width: str) -> list[str]:
    return [name for name in entry.get(kind, ()) if f".{width}." in Path(name).name]
