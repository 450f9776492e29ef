"""Write build/gallery/index.html: every chart of every scene, in both languages and widths, in colour and in grey.

Grey is the browser's (luminance), so each picture is drawn once. The page lists the faults that the layout checker finds.
"""

from __future__ import annotations

import argparse
from collections.abc import Collection, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from html import escape
from itertools import product
from pathlib import Path

from layout_checks import faults
from scenes import SCENES, exhibits

from lnlib.charts.style.house_style import Theme
from lnlib.errors import LnlibError
from lnlib.words import languages

BUILD = Path(__file__).parent.parent / "build" / "gallery"
DOTS_PER_INCH = 150
WIDTHS = tuple(Theme.load().widths)
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 1500px; padding: 0 1rem; color: #1a1a1a; }
nav a { margin-right: 1.2em; }
h2 { border-bottom: 1px solid #b8b8b8; margin-top: 3rem; }
h3 { font-size: 1rem; margin-bottom: .3rem; }
.row { display: flex; flex-wrap: wrap; gap: 14px; align-items: flex-start; background: #ececec; padding: 14px; }
img { background: white; height: auto; box-shadow: 0 0 3px #999; }
body.grey img { filter: grayscale(1); }
.fault { color: #b3321b; }
@media print { nav, label { display: none; } }
"""


@dataclass(frozen=True)
class Shown:
    """A picture on the page: its file, what it is, its words and its faults."""

    file: str
    width: str
    name: str
    alt: str
    found: tuple[str, ...]


def drawn(scene_name: str, language: str, folder: Path, charts: Collection[str]) -> list[Shown]:
    """Draw exhibits of a scene in a language, and write their pictures."""
    scene = next(scene for scene in SCENES if scene.name == scene_name)
    shown = []
    for exhibit in exhibits(scene, language, charts):
        for width in WIDTHS:
            figure = exhibit.draw(width)
            with exhibit.theme.drawn():
                found = tuple(str(fault) for fault in faults(figure))
                file = f"{exhibit.name}.{width}.png"
                figure.savefig(folder / file, dpi=DOTS_PER_INCH)
            shown.append(Shown(file, width, exhibit.name.split(".")[1], exhibit.alt, found))
    return shown


def page(parts: Sequence[tuple[str, str, list[Shown]]]) -> str:
    """Return the page: a part for each scene and language, a row for each chart."""
    many = sum(len(shown) for _, _, shown in parts)
    bad = sum(bool(one.found) for _, _, shown in parts for one in shown)
    links = "".join(
        f'<a href="#{name}-{language}">{escape(_title(name))} ({language})</a>' for name, language, _ in parts
    )
    body = []
    for name, language, shown in parts:
        body.append(f'<h2 id="{name}-{language}">{escape(_title(name))} ({language})</h2>')
        for chart in dict.fromkeys(one.name for one in shown):
            body.append(f'<h3>{escape(chart)}</h3><div class="row">')
            body += [_picture(one, language) for one in shown if one.name == chart]
            body.append("</div>")
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Gallery of charts</title><style>{_STYLE}</style><h1>Gallery of charts</h1>"
        f"<p>{many} pictures; the layout checker finds fault with {bad}.</p>"
        "<label><input type=checkbox onchange=\"document.body.classList.toggle('grey')\"> in grey</label>"
        f"<nav>{links}</nav>{''.join(body)}</html>\n"
    )


def _title(name: str) -> str:
    return next(scene.title for scene in SCENES if scene.name == name)


def _picture(one: Shown, language: str) -> str:
    pixels = Theme.load().width(one.width) / 25.4 * 110
    listed = "".join(f'<p class="fault">{escape(fault)}</p>' for fault in one.found)
    return (
        f'<figure style="margin:0"><img src="{escape(one.file)}" width="{pixels:.0f}" loading="lazy" lang="{language}" '
        f'alt="{escape(one.alt)}"><figcaption>{one.width}</figcaption>{listed}</figure>'
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the gallery; the exit status is 1 if the layout checker finds anything."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--out", type=Path, default=BUILD)
    parser.add_argument("--only", nargs="*", default=[scene.name for scene in SCENES], metavar="SCENE")
    parser.add_argument("--charts", nargs="*", default=[], metavar="CHART", help="all, if none is named")
    parser.add_argument("--languages", nargs="*", default=list(languages()))
    given = parser.parse_args(arguments)
    given.out.mkdir(parents=True, exist_ok=True)
    wanted = list(product(given.only, given.languages))
    with ProcessPoolExecutor() as pool:
        running = [pool.submit(drawn, name, language, given.out, given.charts) for name, language in wanted]
        parts = [
            (name, language, shown)
            for (name, language), run in zip(wanted, running, strict=True)
            if (shown := run.result())  # a chart over provinces is in few scenes
        ]
    (given.out / "index.html").write_text(page(parts), encoding="utf-8")
    bad = sum(bool(one.found) for _, _, shown in parts for one in shown)
    for fault in (f"{one.file}: {fault}" for _, _, shown in parts for one in shown for fault in one.found):
        print(fault)  # noqa: T201 - it is a command
    print(f"{given.out / 'index.html'}: {sum(len(shown) for *_, shown in parts)} pictures, {bad} with faults")  # noqa: T201 - it is a command
    return int(bool(bad))


if __name__ == "__main__":
    try:
        raise SystemExit(main())
    except LnlibError as error:
        raise SystemExit(f"gallery: {error}") from None
