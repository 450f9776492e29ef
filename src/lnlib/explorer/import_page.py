"""The page *Open a register*: choose a file, answer what is undecided in it, see the account, go on to the explorer."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from typing import IO, Any
from urllib.parse import quote

import jinja2
import tornado.web
from tornado.http1connection import HTTP1Connection

from lnlib.errors import LnlibError
from lnlib.explorer.import_questions import ImportWords
from lnlib.explorer.importing import MOST_UPLOADED, Answers, Imports
from lnlib.explorer.server import WEB, Handler
from lnlib.explorer.worker import Busy
from lnlib.filesystem import from_here
from lnlib.intake.described_reference import scale_and_places
from lnlib.intake.draft_mapping import mapping_text
from lnlib.intake.guided_import import Interview, mapping_beside
from lnlib.intake.import_account import REFUSED, WARNINGS
from lnlib.intake.recognise import describe
from lnlib.register.problems import Problem, of_severity
from lnlib.words import Words, languages

MOST_ROWS = 200  # refused rows, and warnings, on the page
MOST_LINES = 50  # parts not read or left out


class ImportHandler(Handler):
    """Answers about files that are imported; nothing where the explorer was started without."""

    def prepare(self) -> None:
        """Refuse who does not know the token, or where nothing is imported."""
        super().prepare()
        if not self._finished and self.service.imports is None:
            self.set_status(404)
            self.set_header("Content-Type", "text/plain; charset=utf-8")
            self.finish("there is nothing at this address\n")

    @property
    def imports(self) -> Imports:
        """The files that are imported."""
        assert self.service.imports is not None
        return self.service.imports

    def asked(self) -> tuple[str, Answers, dict[str, Any]]:
        """Return the file, the answers and all else that a request sends."""
        try:
            sent = json.loads(self.request.body)
            answers = {tuple(map(str, key)): str(answer) for key, answer in sent.get("answers", [])}
            return str(sent["file"]), answers, sent
        except (ValueError, KeyError, TypeError, AttributeError):
            raise LnlibError("the request is none of this page's") from None


class OpenHandler(ImportHandler):
    """The page."""

    def get(self) -> None:
        """Send the page."""
        words, imports = self.words, self.imports
        self.set_header("Content-Type", "text/html; charset=utf-8")
        too_large = words("explorer.open.too_large", n=MOST_UPLOADED // 1024**2)
        page = {
            "words": {**words.entries["explorer"]["open"]["page"], "too_large": too_large},
            "most": MOST_UPLOADED,
            "language": words.language,
            "named": self.query.get("file", ""),
        }
        self.finish(
            _template("open.html").render(
                words=words,
                languages=[(code, Words.load(code)("explorer.language")) for code in languages()],
                theme=self.service.theme,
                files=imports.files,
                named=page["named"],
                registers=self.service.limits.registers,
                most=MOST_UPLOADED // 1024**2,
                page=json.dumps(page, ensure_ascii=False).replace("<", "\\u003c"),
            )
        )


@tornado.web.stream_request_body
class UploadHandler(ImportHandler):
    """Receives a file into the private folder, as it arrives."""

    _stream: IO[bytes] | None = None
    _key = _failed = ""

    def prepare(self) -> None:
        """Open the file to write, with a limit of its own for the body."""
        super().prepare()
        if self._finished:
            return
        assert isinstance(self.request.connection, HTTP1Connection)
        self.request.connection.set_max_body_size(MOST_UPLOADED)
        try:
            self._key, target = self.imports.uploaded(self.query.get("name", ""))
            self._stream = target.open("xb")
        except (OSError, LnlibError) as error:
            self._failed = str(error)

    def data_received(self, chunk: bytes) -> None:
        """Write what arrived."""
        if self._stream is not None and not self._failed:
            try:
                self._stream.write(chunk)
            except OSError as error:
                self._failed = f"the file cannot be kept: {error.strerror}"

    def post(self) -> None:
        """Send the key of the file."""
        self.on_connection_close()
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps({"reason": self._failed} if self._failed else {"file": self._key}))

    def on_connection_close(self) -> None:
        """Close the file; one that did not arrive whole has no key that anybody knows."""
        if self._stream is not None:
            with suppress(OSError):
                self._stream.close()


class StepHandler(ImportHandler):
    """What is known of a file with what was answered, and what is asked next."""

    async def post(self) -> None:
        """Send the parts of the page that show it."""

        def work() -> dict[str, Any]:
            key, answers, sent = self.asked()
            if sent.get("named"):
                key = self.imports.choose(key)
            if "mapping" in sent:
                self.imports.use_mapping(key, str(sent["mapping"]), str(sent.get("mapping_name", "")))
            file, interview = self.imports.opened(key), self.imports.interview(key, answers)
            render = _renderer(self.words, interview)
            done = file.account is not None and file.mapping == interview.step.mapping
            return {
                "file": key,
                "name": file.name,
                "recognised": render("recognised", step=interview.step, title=file.path.name),
                "questions": render("questions", rounds=[*interview.rounds, interview.pending], given=answers),
                "pending": len(interview.pending),
                "account": self.account(key, render) if done else "",
                "folder": from_here(self.imports.folder) if self.imports.folder else "",
            }

        await self.answer(work, worker=self.service.imports_worker)

    def account(self, key: str, render: Callable[..., str]) -> str:
        """Return the part of the page that accounts for an import."""
        account = self.imports.opened(key).account
        assert account is not None
        register = "" if account.register.is_empty() else str(account.folder.resolve())
        if register:
            self.service.allow(register)
        kept = self.imports.folder is not None
        mapping = self.imports.opened(key).mapping
        assert mapping is not None
        return render(
            "account",
            account=account,
            verdict=("complete", "incomplete", "nothing")[account.exit_code],
            statuses={
                name: sum(one.status == name for one in account.parts) for name in ("read", "left out", "not read")
            },
            unread=_first(account.unread, MOST_LINES),
            left_out=_first(account.left_out, MOST_LINES),
            refused=_first(account.listed, MOST_ROWS),
            noticed=_first((*account.warnings, *of_severity(account.problems, "review")), MOST_ROWS),
            files=(REFUSED, WARNINGS),
            folder=from_here(account.folder) if kept else "",
            mapping_file=from_here(mapping_beside(account.folder)) if kept else "",
            mapping=mapping_text(mapping),
            register=register,
            key=key,
        )


class ImportedHandler(StepHandler):
    """Imports a file with what was answered."""

    async def post(self) -> None:
        """Import, and send the account."""

        def work() -> dict[str, Any]:
            key, answers, sent = self.asked()
            self.imports.import_(key, answers, name=str(sent.get("name", "")))
            return {"account": self.account(key, _renderer(self.words, self.imports.interview(key, answers)))}

        await self.answer(work, worker=self.service.imports_worker)


class ArchiveHandler(ImportHandler):
    """A register that was imported, with its mapping, to download."""

    async def get(self) -> None:
        """Send the zip."""
        try:
            name, content = await self.service.imports_worker.run(
                lambda: self.imports.archive(self.query.get("file", ""))
            )
        except (LnlibError, Busy) as error:
            self.set_status(404 if isinstance(error, LnlibError) else 503)
            self.set_header("Content-Type", "text/plain; charset=utf-8")
            self.finish(f"{error or self.words('explorer.busy')}\n")
            return
        self.set_header("Content-Type", "application/zip")
        self.set_header("Content-Disposition", f"attachment; filename*=UTF-8''{quote(name, safe='')}")
        self.finish(content)


ROUTES = [
    (r"/open", OpenHandler),
    (r"/open/upload", UploadHandler),
    (r"/open/step", StepHandler),
    (r"/open/import", ImportedHandler),
    (r"/open/zip", ArchiveHandler),
]


def _first(several: Sequence[Any], most: int) -> tuple[Sequence[Any], int]:
    """Return as many as fit the page, and how many more there are."""
    return several[:most], max(len(several) - most, 0)


def _renderer(words: Words, interview: Interview) -> Callable[..., str]:
    """Return a function that renders a part of the page, by its name and values."""
    step = interview.step
    scale, places = scale_and_places(describe(list(interview.grids), interview.source, step.mapping), interview.source)
    parts = _template("open_parts.html")

    def render(part: str, **values: Any) -> str:
        return parts.render(part=part, words=words, labels=ImportWords(words, scale, places), place=_place, **values)

    return render


def _place(problem: Problem) -> str:
    """Return where a row stands: file, sheet and row."""
    return str(problem.place.at(problem.row))


@cache
def _template(name: str) -> jinja2.Template:
    loader = jinja2.FileSystemLoader(WEB)
    return jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True).get_template(name)
