"""A run's page: the executed notebook as a web page that asks nothing of the network.

Markdown and outputs are rendered here, not by nbconvert, whose templates take longer than the runs. Text is escaped;
HTML that a cell displayed is kept, but the page's content policy lets it neither run scripts nor load anything.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from lnlib.batch.job import RunError

_FOLDER = Path(__file__).parent / "templates"
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
# what an exhibit tells a page beside its picture: its long description, and the choices behind it, a line each
_DESCRIPTION, _METHOD = "text/vnd.lnlib.description", "text/vnd.lnlib.method"
_IMAGES = ("image/svg+xml", "image/png", "image/jpeg")
_TRACES = {"papermill-error-cell-tag"}  # papermill's own red notes; the page says it in its own words


def environment(folder: Path) -> jinja2.Environment:
    """Return the templates of a folder: all is escaped that is not marked safe, and a name that is missing is an error."""
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
    code = (Path(__file__).with_name(name) for name in ("pages.py", "index.py", "story_pages.py"))
    files = [*sorted(_FOLDER.iterdir()), *code]
    whole = hashlib.sha256()
    for path in files:
        if path.is_file():
            whole.update(path.read_bytes())
    return whole.hexdigest()


def policy(*scripts: str) -> str:
    """Write a content policy: nothing from the network, and no script but these."""
    allowed = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in scripts)
    return (
        "default-src 'none'; img-src data: 'self' file:; style-src 'self' file: 'unsafe-inline'; "
        f"script-src {allowed or chr(39) + 'none' + chr(39)}; base-uri 'none'; form-action 'none'"
    )


def stylesheet() -> str:
    """Return the one stylesheet of an edition."""
    return (_FOLDER / "style.css").read_text(encoding="utf-8")


def search_script() -> str:
    """Return the index's one script: its search box."""
    return (_FOLDER / "search.js").read_text(encoding="utf-8")


def run_page(nb: Any, page: Mapping[str, Any], error: RunError | None) -> str:
    """Make the page of one run.

    Parameters
    ----------
    nb : notebook
        The executed notebook, as far as it came.
    page : dict
        What `lnlib.batch.site.index.contexts` says of the run.
    error : dict or None
        Why the run failed.

    Returns
    -------
    str
        The page.
    """
    cells = [cell for cell in (_cell(cell) for cell in nb.cells) if cell is not None]
    heading = next((cell["heading"] for cell in cells if cell["heading"]), "")
    method = list(dict.fromkeys(line for cell in nb.cells for line in _method(cell)))
    shown = None if error is None else {"cell": None, "line": None, "message": "", "traceback": "", **error}
    template = templates().get_template("run.html")
    return template.render(page=page, cells=cells, error=shown, heading=heading, method=method)


def rehearse() -> None:
    """Read a notebook and load what its page is made with, so that processes forked afterwards have that behind them."""
    import nbformat

    nbformat.reads(nbformat.writes(nbformat.v4.new_notebook()), as_version=4)  # makes the schema's validator
    templates().get_template("run.html")
    templates().get_template("base.html")
    _code("rehearsed = True")
    markdown("# Rehearsed")


def _cell(cell: Any) -> dict[str, Any] | None:
    tags = set(cell.metadata.get("tags", ()))
    if tags & _TRACES:
        return None
    if cell.cell_type == "markdown":
        return {"kind": "text", "html": markdown(cell.source), "heading": _heading(cell.source)}
    if cell.cell_type != "code":
        return None
    outputs = [output for output in (_output(output) for output in cell.get("outputs", ())) if output is not None]
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
    found = re.search(r"^# +(.+)$", source, re.MULTILINE)
    return found[1].strip() if found else ""


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


def _output(output: Any) -> dict[str, Any] | None:
    if output.output_type == "stream":
        return {"kind": output.name, "text": _ANSI.sub("", _joined(output.text))}
    if output.output_type == "error":
        return {"kind": "error", "text": _ANSI.sub("", "\n".join(output.traceback))}
    return _shown(output.get("data", {}))


def _shown(data: dict[str, Any]) -> dict[str, Any] | None:
    """Choose how an output is shown: HTML, else its picture with the text as its description, else text."""
    if "text/html" in data:
        return {"kind": "html", "html": Markup(_joined(data["text/html"]))}  # the policy holds it
    plain = _joined(data.get("text/plain", ""))
    for mime in _IMAGES:
        if mime in data:
            described = _joined(data.get(_DESCRIPTION, ""))
            return {
                "kind": "image",
                "src": _source(mime, _joined(data[mime])),
                "alt": _alt(plain),
                "description": described,
            }
    if "text/markdown" in data:
        return {"kind": "html", "html": markdown(_joined(data["text/markdown"]))}
    return {"kind": "text", "text": plain} if plain else None


def _source(mime: str, content: str) -> str:
    encoded = base64.b64encode(content.encode()).decode() if mime == "image/svg+xml" else "".join(content.split())
    return f"data:{mime};base64,{encoded}"


def _alt(plain: str) -> str:
    # What matplotlib says of a figure that has no words describes nothing.
    return "" if re.fullmatch(r"<[\w. ]*Figure[^>]*>", plain.strip()) else plain.strip()


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)
