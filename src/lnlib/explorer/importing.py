"""Files that the page *Open a register* imports: uploaded ones, and those named when the explorer was started."""

from __future__ import annotations

import io
import re
import secrets
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from lnlib.errors import LnlibError, not_allowed
from lnlib.intake.grids import Grid
from lnlib.intake.guided_import import Interview, import_answered, mapping_at, mapping_beside
from lnlib.intake.import_account import Accounting
from lnlib.intake.mapping import MappingFile
from lnlib.intake.reading import grids_of

MOST_UPLOADED = 200 * 1024**2  # bytes of a file
MOST_KEPT = 4  # files; an upload before them is removed
LONGEST_NAME = 80  # characters of a register's folder
_NAME = re.compile(r"\w[\w .-]*")

Answers = Mapping[tuple[str, ...], str]


@dataclass
class ForeignFile:
    """A file that somebody imports.

    Parameters
    ----------
    path : Path
        Where it is.
    private : Path
        A folder of its own, for its upload, and for its register where no folder was named.
    given : MappingFile
        The mapping of an earlier import.
    mapping, account : MappingFile, Accounting
        Of the last import.
    """

    path: Path
    private: Path
    given: MappingFile | None = None
    mapping: MappingFile | None = None
    account: Accounting | None = None

    @property
    def name(self) -> str:
        """The name that its register has unless another is chosen."""
        stem = re.sub(r"[^\w-]+", "-", self.path.stem.casefold()).strip("-_")
        return stem[:LONGEST_NAME] or "register"


@dataclass
class Imports:
    """The files that are imported in the page, and where their registers are written.

    Parameters
    ----------
    private : Path
        A folder that only this user can read and that is removed when the explorer ends.
    files : tuple of str
        Those named when the explorer was started; no other of this machine is read.
    folder : Path, optional
        Registers are written in here; by default in `private`.
    """

    private: Path
    files: tuple[str, ...] = ()
    folder: Path | None = None
    _opened: dict[str, ForeignFile] = field(default_factory=dict)
    _grids: tuple[str, list[Grid]] = ("", [])  # of the file asked about last

    def choose(self, file: str) -> str:
        """Return the key of a file that was named when the explorer was started."""
        if file not in self.files:
            raise LnlibError(not_allowed("file", file, self.files))
        return self._keep(ForeignFile(Path(file), self._own_folder()))

    def uploaded(self, name: str) -> tuple[str, Path]:
        """Return the key of a file that is about to be uploaded, and where it is to be written."""
        plain = "".join(sign for sign in name.replace("\\", "/").rpartition("/")[2] if sign.isprintable()).strip()
        if not plain.strip(".") or len(plain.encode()) > 200:
            raise LnlibError(f"'{plain[:LONGEST_NAME]}' is no name of a file")
        own = self._own_folder()
        upload = own / "upload"
        upload.mkdir()
        return self._keep(ForeignFile(upload / plain, own)), upload / plain

    def use_mapping(self, key: str, text: str, place: str) -> None:
        """Go on from the mapping of an earlier import.

        Raises
        ------
        LnlibError
            It holds mistakes; all are listed. Or it names a file of this machine.
        """
        if not text.strip():
            return
        mapping = MappingFile.read(text, place=place)
        for name in ("scale", "places"):
            value = mapping.about.get(name, "")
            if re.search(r"[./\\]", value):
                raise LnlibError(
                    f"{place}: {name} '{value}' is a file, which this page does not read; use `lnlib import`"
                )
        self.opened(key).given = mapping

    def opened(self, key: str) -> ForeignFile:
        """Return a file by its key."""
        if key not in self._opened:
            raise LnlibError("the file is not kept any longer; choose it again")
        return self._opened[key]

    def interview(self, key: str, answers: Answers) -> Interview:
        """Return the interview about a file, with every round answered that can be.

        Parameters
        ----------
        answers : mapping of tuple to str
            By the key of its question; a round is answered where all its questions are.

        Raises
        ------
        LnlibError
            The file cannot be read at all, or an answer is not allowed.
        """
        file = self.opened(key)
        with self._named_plainly():
            if self._grids[0] != key:
                self._grids = (key, grids_of(file.path))
            if file.given is None:
                file.given = mapping_at(mapping_beside(self.target(key)))
            interview = Interview.of(self._grids[1], file.path, file.given)
            while (pending := interview.pending) and all(question.key in answers for question in pending):
                for question in pending:
                    question.check(answers[question.key])
                interview.answer(answers)
        return interview

    def target(self, key: str, name: str = "") -> Path:
        """Return the folder that a register of this name is written to.

        Raises
        ------
        LnlibError
            The name is none of a folder, or a link of this name leads elsewhere.
        """
        file = self.opened(key)
        name = name.strip() or file.name
        if not _NAME.fullmatch(name) or name.endswith(".") or len(name) > LONGEST_NAME:
            raise LnlibError(
                f"'{name[:LONGEST_NAME]}' cannot be the name of a register: letters, digits, spaces, - and _ can, and at "
                f"most {LONGEST_NAME} of them"
            )
        within = self.folder or file.private / "register"
        target = within / name
        for path in (target, mapping_beside(target)):
            if path.resolve().parent != within.resolve():
                raise LnlibError(f"{path.name} is a link that leads elsewhere; choose another name")
        return target

    def import_(self, key: str, answers: Answers, *, name: str = "") -> Accounting:
        """Write the mapping that answers make, and import with it; what is undecided stays so.

        Raises
        ------
        LnlibError
            The file cannot be read at all, an answer is not allowed, or the folder cannot be written.
        """
        file, target = self.opened(key), self.target(key, name)
        mapping = self.interview(key, answers).step.mapping
        with self._named_plainly():
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                file.account = import_answered(file.path, target, mapping_beside(target), mapping)
            except OSError as error:
                raise LnlibError(f"{target} cannot be written: {error.strerror}") from None
        file.mapping = mapping
        return file.account

    def archive(self, key: str) -> tuple[str, bytes]:
        """Return the name and content of a zip of a register that was imported, with its mapping.

        Raises
        ------
        LnlibError
            Nothing was imported of this file.
        """
        account = self.opened(key).account
        if account is None:
            raise LnlibError("nothing was imported of this file yet")
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in (
                *sorted(one for one in account.folder.iterdir() if one.is_file()),
                mapping_beside(account.folder),
            ):
                archive.write(file, file.relative_to(account.folder.parent).as_posix())
        return f"{account.folder.name}.zip", packed.getvalue()

    def _own_folder(self) -> Path:
        return Path(tempfile.mkdtemp(dir=self.private))

    def _keep(self, file: ForeignFile) -> str:
        """Keep a file under a new key, and remove the upload of the oldest where there are many."""
        key = secrets.token_urlsafe(12)
        self._opened[key] = file
        while len(self._opened) > MOST_KEPT:
            oldest = self._opened.pop(next(iter(self._opened)))
            shutil.rmtree(oldest.private / "upload", ignore_errors=True)
        return key

    @contextmanager
    def _named_plainly(self) -> Iterator[None]:
        """Name what lies in the private folder by its own name in every error."""
        try:
            yield
        except LnlibError as error:
            text = re.sub(rf"{re.escape(str(self.private))}/[^/]+/(upload|register)/", "", str(error))
            raise type(error)(text) from None
