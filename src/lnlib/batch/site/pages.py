"""A run's page: the executed notebook as a web page that asks nothing of the network.

Markdown and outputs are rendered here, not by nbconvert, whose templates take longer than the runs. Text is escaped;
HTML that a cell displayed is kept, but the page's content policy lets it neither run scripts nor load anything.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import importlib.metadata
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from lnlib.batch.build.staleness import code_digest
from lnlib.batch.job import RunError
from lnlib.batch.site.exhibits import Shown, breakable, citation, files, labelled, linked
from lnlib.words import Words, languages

if TYPE_CHECKING:
    import jinja2

_FOLDER = Path(__file__).parent / "templates"
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
# what an exhibit tells a page beside its picture: its long description, and the choices behind it, a line each
_DESCRIPTION, _METHOD = "text/vnd.lnlib.description", "text/vnd.lnlib.method"
_IMAGES = ("image/svg+xml", "image/png", "image/jpeg")
_CAPTION = re.compile(r"<figcaption>.*?</figcaption>", re.DOTALL)
_H1 = re.compile(r"^# +(.+)$", re.MULTILINE)
_HOME = "../../"  # the edition's folder, seen from a run's page
_TRACES = {"papermill-error-cell-tag"}  # papermill's own red notes; the page says it in its own words


def environment(folder: Path) -> jinja2.Environment:
    """Return the templates of a folder: all is escaped that is not marked safe, and a name that is missing is an error."""
    import jinja2  # a batch that makes nothing again writes no page

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@functools.cache
def templates() -> jinja2.Environment:
    """Return the templates, with everything escaped that is not marked safe."""
    found = environment(_FOLDER)
    found.globals["policy"] = policy
    return found


@functools.cache
def page_code_digest() -> str:
    """Digest what pages are made with, so that a changed page is made again."""
    whole = hashlib.sha256()
    for path in [*sorted(_FOLDER.iterdir()), *sorted(Path(__file__).parent.glob("*.py"))]:
        if path.is_file():
            whole.update(path.read_bytes())
    return whole.hexdigest()


def policy(*scripts: str) -> str:
    """Write a content policy: nothing from the network, and no script but these."""
    allowed = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in scripts)
    return (
        "default-src 'none'; font-src data:; img-src data: 'self' file:; style-src 'self' file: 'unsafe-inline'; "
        f"script-src {allowed or chr(39) + 'none' + chr(39)}; base-uri 'none'; form-action 'none'"
    )


def stylesheet(fonts: Callable[[], list[tuple[str, int, Path]]] = list, *, before: str = "") -> str:
    """Return the one stylesheet of an edition, with the fonts that its figures are set in.

    Parameters
    ----------
    fonts : callable
        Returns family, weight and file of each; asked only where the fonts may have changed.
    before : str
        The stylesheet that is there, whose fonts are kept where nothing they depend on has changed.
    """
    style = (_FOLDER / "style.css").read_text(encoding="utf-8")
    key = hashlib.sha256(f"{code_digest()} {_font_versions()}".encode()).hexdigest()[:16]
    mark = f"/* fonts {key} */\n"
    _, kept, faces = before.partition(mark)
    if not kept:
        faces = "".join(font_face(family, weight, file.read_bytes()) for family, weight, file in fonts())
    return f"{style}{mark}{faces}"


def _font_versions() -> list[str]:
    return [importlib.metadata.version(name) for name in ("fontpkg-noto-sans", "fontpkg-noto-sans-khmer", "fonttools")]


def font_face(family: str, weight: int, content: bytes) -> str:
    """Write the rule by which a page or a picture brings a font."""
    source = f"url(data:font/ttf;base64,{base64.b64encode(content).decode()})"
    return f'@font-face {{ font-family: "{family}"; font-weight: {weight}; src: {source}; }}\n'


def page_script() -> str:
    """Return the script of a page with exhibits: its buttons that copy."""
    return (_FOLDER / "copy.js").read_text(encoding="utf-8")


def search_script() -> str:
    """Return the index's own script: its search box."""
    return near_script() + (_FOLDER / "search.js").read_text(encoding="utf-8")


def near_script() -> str:
    """Return the script that finds the words nearest to one that nothing is called."""
    return (_FOLDER / "near.js").read_text(encoding="utf-8")


def run_page(nb: Any, page: Mapping[str, Any], error: RunError | None, shown: Shown | None = None) -> str:
    """Make the page of one run.

    Parameters
    ----------
    nb : notebook
        The executed notebook, as far as it came.
    page : dict
        What `lnlib.batch.site.index.contexts` says of the run.
    error : dict or None
        Why the run failed.
    shown : Shown, optional
        The exhibits that it saved.

    Returns
    -------
    str
        The page.
    """
    shown = shown or Shown()
    cells = [cell for cell in (_cell(cell, page, shown) for cell in nb.cells) if cell is not None]
    lead = shown.lead()
    tables = "".join(str(one["html"]) for cell in cells for one in cell.get("outputs", ()) if one["kind"] == "html")
    heading = next((cell["heading"] for cell in cells if cell["heading"]), "")
    return (
        templates()
        .get_template("run.html")
        .render(
            page=page,
            words=_words(page["language"]),
            cells=cells,
            error=None if error is None else {"cell": None, "line": None, "message": "", "traceback": "", **error},
            heading=heading,
            lead=lead,
            stories=[link for link in page["stories"] if f'<a href="{escape(link["href"])}">' not in tables],
            method=list(dict.fromkeys(line for cell in nb.cells for line in _method(cell))),
            script=page_script(),
        )
    )


@functools.cache
def _words(language: str) -> Words:
    """Return the words of pages, read apart from those of notebooks: a run records itself that its notebook read them."""
    return Words.read(language)


def rehearse() -> None:
    """Read a notebook and load what its page is made with, so that processes forked afterwards have that behind them."""
    import nbformat

    for language in languages():
        _words(language)
    nbformat.reads(nbformat.writes(nbformat.v4.new_notebook()), as_version=4)  # makes the schema's validator
    for name in ("run.html", "base.html", "exhibit_citation.html"):
        templates().get_template(name)
    _code("rehearsed = True")
    markdown("# Rehearsed")


def _cell(cell: Any, page: Mapping[str, Any], shown: Shown) -> dict[str, Any] | None:
    tags = set(cell.metadata.get("tags", ()))
    if tags & _TRACES:
        return None
    if cell.cell_type == "markdown":
        heading = _heading(cell.source)
        source = _H1.sub("", cell.source, count=1).strip() if heading else cell.source
        return {"kind": "text", "html": _with_links(markdown(source), page["named"]), "heading": heading}
    if cell.cell_type != "code":
        return None
    outputs = [one for one in (_output(output, page, shown) for output in cell.get("outputs", ())) if one is not None]
    return {
        "kind": "code",
        "code": _code(cell.source),
        "count": cell.get("execution_count"),
        "outputs": outputs,
        "heading": "",
    }


def _method(cell: Any) -> list[str]:
    """Return the sentences on method that the exhibits of a cell carry."""
    bundles = [output.get("data", {}) for output in cell.get("outputs", ())]
    return [line for data in bundles for line in _joined(data.get(_METHOD, "")).splitlines()]


def _heading(source: str) -> str:
    found = _H1.search(source)
    return found[1].strip() if found else ""


def _with_links(html: Markup, named: Mapping[str, Mapping[str, str]]) -> Markup:
    """Replace the names of notebooks, written as code, by their titles as links to their pages in the edition."""

    def link(found: re.Match[str]) -> str:
        page = named.get(found[1])
        return f'<a href="{page["href"]}"><cite>{escape(page["text"])}</cite></a>' if page else found[0]

    return Markup(re.sub(r"<code>([^<]+)</code>", link, html))  # what was escaped stays escaped


@functools.cache
def _writer() -> Any:
    import mistune

    return mistune.create_markdown(escape=True, plugins=["table", "strikethrough", "footnotes"])


def markdown(source: str) -> Markup:
    """Render Markdown; HTML in it is shown as text."""
    html = str(_writer()(source)).replace("<table>", '<div class="table" tabindex="0"><table>')
    return Markup(html.replace("</table>", "</table></div>"))  # mistune escaped it


@functools.cache
def _highlighter() -> Any:
    from pygments.formatters.html import HtmlFormatter  # type: ignore[import-untyped]
    from pygments.lexers.python import PythonLexer  # type: ignore[import-untyped]

    return PythonLexer(), HtmlFormatter(nowrap=True)


def _code(source: str) -> Markup:
    from pygments import highlight  # type: ignore[import-untyped]

    return Markup(highlight(source, *_highlighter()))  # pygments escaped it


def _output(output: Any, page: Mapping[str, Any], shown: Shown) -> dict[str, Any] | None:
    if output.output_type == "stream":
        return {"kind": output.name, "text": _ANSI.sub("", _joined(output.text))}
    if output.output_type == "error":
        return {"kind": "error", "text": _ANSI.sub("", "\n".join(output.traceback))}
    return _shown(output.get("data", {}), page, shown)


def _shown(data: dict[str, Any], page: Mapping[str, Any], shown: Shown) -> dict[str, Any] | None:
    """Choose how an output is shown: HTML, else its picture with the text as its description, else text."""
    plain, described = _joined(data.get("text/plain", "")), _joined(data.get(_DESCRIPTION, ""))
    entry = shown.of(plain.strip(), described)
    about = None if entry is None else _about(entry, page)
    if "text/html" in data:
        html = breakable(linked(labelled(_joined(data["text/html"])), page["links"]))
        if entry is not None and entry is shown.lead():
            html = _CAPTION.sub("", html, count=1)  # it heads the page
        return {"kind": "html", "html": Markup(html), "about": about}  # the policy holds it
    for mime in _IMAGES:
        if mime in data:
            src = _source(mime, _joined(data[mime]))
            drawn = [] if entry is None else shown.drawings(entry, home=_HOME, largest=len(src))
            return {
                "kind": "image",
                "src": src,
                "alt": _alt(plain),
                "description": described,
                "about": about,
                "drawings": drawn,
            }
    if "text/markdown" in data:
        return {"kind": "html", "html": markdown(_joined(data["text/markdown"])), "about": None}
    return {"kind": "text", "text": plain} if plain else None


def _about(entry: Mapping[str, Any], page: Mapping[str, Any]) -> dict[str, Any]:
    """Return what stands around an exhibit; of a table without a row there is nothing to take or to cite."""
    empty = entry.get("rows") == 0
    return {
        "name": entry["name"],
        "title": entry.get("title", ""),
        "subtitle": entry.get("subtitle", ""),
        "notes": entry.get("notes", ()),
        "source": entry.get("source", ""),
        "files": [] if empty else files(entry, home=_HOME),
        "citation": "" if empty else citation(entry, edition=page["edition"]),
    }


def _source(mime: str, content: str) -> str:
    encoded = base64.b64encode(content.encode()).decode() if mime == "image/svg+xml" else "".join(content.split())
    return f"data:{mime};base64,{encoded}"


def _alt(plain: str) -> str:
    # What matplotlib says of a figure that has no words describes nothing.
    return "" if re.fullmatch(r"<[\w. ]*Figure[^>]*>", plain.strip()) else plain.strip()


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)
