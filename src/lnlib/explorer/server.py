"""The server of the explorer's page: plain HTTP, no state but what was drawn last; one process for all tabs."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jinja2
import tornado.web

from lnlib.batch.site.pages import near_script
from lnlib.charts.style.typeface import SHIPPED
from lnlib.errors import LnlibError
from lnlib.exhibits.figure import FORMATS, SHOWN_WIDTH
from lnlib.explorer import page_data
from lnlib.explorer.allowed_paths import Limits
from lnlib.explorer.downloads import file_of
from lnlib.explorer.guard import Guard
from lnlib.explorer.importing import Imports
from lnlib.explorer.run_file import write_run
from lnlib.explorer.selection import Selection, Selections
from lnlib.explorer.view_and_filters import Choice
from lnlib.explorer.worker import Busy, Superseded, Worker
from lnlib.filesystem import from_here
from lnlib.words import Words, languages

WEB = Path(__file__).parent / "web"
BESIDE = "b."  # begins the names of the second choice of an address
# what the second choice shares with the first, so that both are read on one scale
SHARED = ("register", "frame", "view", "placed", "scale", "every", "stage", "hide", "language")
MOST_BYTES = 100_000  # of a request
_TYPES = {"svg": "image/svg+xml", "pdf": "application/pdf", "png": "image/png", "csv": "text/csv; charset=utf-8"}
_STATIC = {"js": ("address", "explorer", "near", "open"), "css": ("explorer", "open")}
_MIME = {"js": "text/javascript", "css": "text/css"}
_ENTER = '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url={url}"><link rel="icon" href="data:,"><title>Explore</title>'
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors {framed}"
)
_log = logging.getLogger(__name__)


@dataclass
class Service:
    """What requests are answered from.

    Parameters
    ----------
    limits : Limits
        What may be opened, and where may be saved.
    first : Choice
        What the page shows where its address names nothing else.
    theme : str
        `light`, `dark`, or empty for the browser's own.
    framed : str
        The origins whose pages may hold this one, as in `frame-ancestors`.
    """

    limits: Limits
    first: Choice = field(default_factory=Choice)
    theme: str = ""
    framed: str = "'none'"
    selections: Selections = field(default_factory=Selections)
    worker: Worker = field(default_factory=Worker)
    imports: Imports | None = None  # None where no file is imported
    imports_worker: Worker = field(default_factory=Worker)  # an import does not wait for pictures, nor they for it
    last: dict[str, Choice] = field(default_factory=dict)  # the choice shown last, of each explorer of a notebook

    def allow(self, register: str) -> None:
        """Let one more register be opened."""
        if register not in self.limits.registers:
            self.limits = replace(self.limits, registers=(*self.limits.registers, register))

    def choices(self, query: Mapping[str, str]) -> list[Choice]:
        """Return the choice of an address, and the one beside it where there is one.

        Raises
        ------
        LnlibError
            Something is not known, or the register was not named when the explorer was started.
        """
        own = {name: value for name, value in query.items() if name in _CHOSEN or name not in _PAGE}
        beside = {name.removeprefix(BESIDE): own.pop(name) for name in list(own) if name.startswith(BESIDE)}
        if not self.limits.registers:
            raise LnlibError("no register is open yet; open one at /open")
        defaults = {"register": self.limits.registers[0], "frame": self.first.frame, "language": self.first.language}
        chosen = Choice.of_query(own, **defaults)
        self.limits.check_register(chosen.register)
        if "beside" not in query:
            return [chosen]
        shared = {name: getattr(chosen, name) for name in SHARED}
        return [
            chosen,
            Choice.of_query({name: value for name, value in beside.items() if name not in SHARED}, **shared),
        ]


_CHOSEN = frozenset(Choice.__dataclass_fields__)
# of an address, what is not chosen of a register
_PAGE = frozenset({"beside", "mark", "search", "sort", "page", "story", "side", "width", "tab", "explorer", "editing"})


class Handler(tornado.web.RequestHandler):
    """Answers those whom the guard lets through, and never without words."""

    def initialize(self, service: Service, guard: Guard) -> None:
        """Keep what requests are answered from."""
        self.service, self.guard = service, guard

    def set_default_headers(self) -> None:
        """Let nothing of other sites in, nor this page into theirs."""
        self.set_header("Content-Security-Policy", _POLICY.format(framed=self.settings["framed"]))
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("Cache-Control", "no-store")
        self.clear_header("Server")

    def prepare(self) -> None:
        """Refuse who does not know the token."""
        if reason := self.guard.refusal(self.request):
            self.set_status(403)
            self.set_header("Content-Type", "text/plain; charset=utf-8")
            self.finish(f"{reason}\n")

    @property
    def query(self) -> dict[str, str]:
        """The query of the address."""
        return {name: self.get_query_argument(name) for name in self.request.query_arguments if name != "token"}

    @property
    def words(self) -> Words:
        """The words of the language asked for, or of the first choice."""
        language = self.query.get("language", self.service.first.language)
        return Words.load(language if language in languages() else "en")

    async def answer(self, work: Callable[[], Any], *, tab: str = "", worker: Worker | None = None) -> None:
        """Send what the work returns as JSON; where it fails, the reason in words."""
        try:
            content = await (worker or self.service.worker).run(work, tab=tab)
        except Superseded:
            self.set_status(409)
            content = {"superseded": True}
        except Busy:
            self.set_status(503)
            content = page_data.refused(self.words("explorer.busy"))
        except LnlibError as error:
            content = page_data.refused(str(error))
        except Exception as error:  # noqa: BLE001 - it is logged, and the page says that it is not the visitor's mistake
            _log.exception("the explorer failed at %s", self.request.uri)
            self.set_status(500)
            content = page_data.refused(self.words("explorer.fault", error=f"{type(error).__name__}: {error}"))
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(content, ensure_ascii=False, default=list))

    def selection(self) -> Selection:
        """Return the selection that the address asks for: the second where `side` is 2."""
        selections = self.service.selections.select_all(self.service.choices(self.query))
        return selections[-1 if self.query.get("side") == "2" else 0]


class PageHandler(Handler):
    """The page; with the token in its address, it keeps that in a cookie and goes on to the address without it."""

    def get(self) -> None:
        """Send the page."""
        if self.guard.enters(self.request):
            self.set_cookie(self.guard.cookie, self.guard.token, path="/", httponly=True, samesite="Strict")
            rest = urlencode(self.query, safe=";").replace("&", "&amp;")
            self.finish(_ENTER.format(url=f"/?{rest}" if rest else "/"))
            return
        if "open" in self.query or not self.service.limits.registers:
            asked = {name: value for name, value in self.query.items() if name in ("file", "language")}
            self.redirect(f"/open?{urlencode(asked)}")
            return
        words = self.words
        self.set_header("Content-Type", "text/html; charset=utf-8")
        page = {
            "words": page_data.page_words(words.language),
            "shared": SHARED,
            "registers": self.service.limits.registers,
        }
        self.finish(
            _template().render(
                words=words,
                languages=[(code, Words.load(code)("explorer.language")) for code in languages()],
                theme=self.service.theme,
                controls=page_data.controls(words.language),
                registers=self.service.limits.registers,
                imports=self.service.imports is not None,
                formats=[*FORMATS, "csv"],
                page=json.dumps(page, ensure_ascii=False).replace("<", "\\u003c"),
                folder=from_here(self.service.limits.folder),
                file=from_here(self.service.limits.params / "explored.yml"),
            )
        )


class ShowHandler(Handler):
    """All that a choice shows, in one answer, so that words, map and picture never disagree."""

    async def get(self) -> None:
        """Send what each choice of the address shows."""
        query, service = self.query, self.service
        width = query.get("width", SHOWN_WIDTH)
        width = width if width in page_data.WIDTHS else SHOWN_WIDTH

        def work() -> dict[str, Any]:
            choices = service.choices(query)
            selections = service.selections.select_all(choices)
            if key := query.get("explorer"):
                service.last[key] = choices[0]
            folder = from_here(service.limits.folder)
            return {"shown": [page_data.shown(one, width=width, folder=folder) for one in selections]}

        await self.answer(work, tab=query.get("tab", ""))


class OptionsHandler(Handler):
    """What can be chosen of a register."""

    async def get(self) -> None:
        """Send the options."""

        def work() -> dict[str, Any]:
            (chosen, *_) = self.service.choices(
                {k: v for k, v in self.query.items() if k in ("register", "frame", "language")}
            )
            register = self.service.selections.opened.open(chosen.register, chosen.frame)
            return page_data.options(register, language=chosen.language)

        await self.answer(work)


class TableHandler(Handler):
    """A page of the partnerships chosen, or of those behind a mark."""

    async def get(self) -> None:
        """Send the page of the table."""
        query = self.query
        page = query.get("page", "1")

        def work() -> dict[str, Any]:
            number = int(page) if re.fullmatch(r"[0-9]{1,9}", page) else 1
            mark, search, sort = (query.get(name, "") for name in ("mark", "search", "sort"))
            return page_data.table(self.selection(), mark=mark, search=search, sort=sort, page=number)

        await self.answer(work, tab=query.get("tab", ""))


class StoryHandler(Handler):
    """The story of a partnership."""

    async def get(self) -> None:
        """Send the story."""
        await self.answer(lambda: page_data.story_of(self.selection(), self.query.get("story", "")))


class FileHandler(Handler):
    """A file to download: the picture in a format, its data, or the table."""

    async def get(self, what: str) -> None:
        """Send the file under a plain name."""
        try:
            name, content = await self.service.worker.run(lambda: file_of(self.selection(), what, self.query))
        except (LnlibError, Busy) as error:
            self.set_status(404 if isinstance(error, LnlibError) else 503)
            self.set_header("Content-Type", "text/plain; charset=utf-8")
            self.finish(f"{error or self.words('explorer.busy')}\n")
            return
        self.set_header("Content-Type", _TYPES[name.rpartition(".")[2]])
        self.set_header("Content-Disposition", f'attachment; filename="{name}"')
        self.finish(content)


class SaveHandler(Handler):
    """Saves the exhibit, or a run file, below the folders that the limits name."""

    async def post(self, what: str) -> None:
        """Save, and send where."""
        given = str(self.get_body_argument("path", ""))
        words, limits = self.words, self.service.limits

        def work() -> dict[str, Any]:
            selection = self.selection()
            if selection.exhibit is None:
                raise LnlibError(selection.reason)
            return {"saved": saved(what, given.strip(), selection, limits, words)}

        await self.answer(work)


def saved(what: str, given: str, selection: Selection, limits: Limits, words: Words) -> str:
    """Save the exhibit of a selection, or write its run file, and return the sentence that names where.

    Raises
    ------
    LnlibError
        The path lies outside the limits, or cannot be written.
    """
    assert selection.exhibit is not None
    if what == "run":
        limits.check_run_file(Path(given).expanduser())
        title = words("explorer.written_title", filter=selection.summary)
        path = write_run(selection.choice, given, title=title, words=words)
        return words("explorer.written", path=from_here(path))
    folder = Path(given or ".")
    limits.check_folder(folder)
    selection.exhibit.save(folder)
    return words("explorer.saved", path=folder / "figures" / f"{selection.exhibit.stem}.*")


class StaticHandler(Handler):
    """The page's script and style."""

    def get(self, name: str, kind: str) -> None:
        """Send the file."""
        self.set_header("Content-Type", f"{_MIME[kind]}; charset=utf-8")
        self.finish(near_script() if name == "near" else (WEB / f"{name}.{kind}").read_bytes())


class FontHandler(Handler):
    """The typeface of the figures, which comes with the installation."""

    def get(self, script: str, weight: str) -> None:
        """Send the font."""
        face = SHIPPED[("latin", "khmer").index(script)]
        self.set_header("Content-Type", "font/ttf")
        self.set_header("Cache-Control", "private, max-age=86400")
        self.finish(face.files()[("regular", "bold").index(weight)].read_bytes())


class MissingHandler(Handler):
    """Whatever else is asked for."""

    def prepare(self) -> None:
        """Refuse it, or answer that there is nothing."""
        super().prepare()
        if not self._finished:
            self.set_status(404)
            self.set_header("Content-Type", "text/plain; charset=utf-8")
            self.finish("there is nothing at this address\n")


def application(
    service: Service, guard: Guard, *, more: Sequence[tuple[str, type[Handler]]] = ()
) -> tornado.web.Application:
    """Return the application that answers from a service those whom a guard lets through; `more` are further pages."""
    given = {"service": service, "guard": guard}
    return tornado.web.Application(
        [
            (r"/", PageHandler, given),
            (r"/show", ShowHandler, given),
            (r"/options", OptionsHandler, given),
            (r"/table", TableHandler, given),
            (r"/story", StoryHandler, given),
            (rf"/file/({'|'.join(FORMATS)}|csv|table)", FileHandler, given),
            (r"/save/(exhibit|run)", SaveHandler, given),
            *((rf"/static/({'|'.join(names)})\.({kind})", StaticHandler, given) for kind, names in _STATIC.items()),
            (r"/font/(latin|khmer)-(regular|bold)", FontHandler, given),
            *((address, handler, given) for address, handler in more),
        ],
        default_handler_class=MissingHandler,
        default_handler_args=given,
        log_function=lambda _: None,
        framed=service.framed,
    )


@cache
def _template() -> jinja2.Template:
    loader = jinja2.FileSystemLoader(WEB)
    return jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True).get_template(
        "page.html"
    )
