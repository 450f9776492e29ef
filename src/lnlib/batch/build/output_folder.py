"""The folder of an edition: that it is the edition's own, holds no links, and can be written to."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Collection, Iterable
from pathlib import Path

from lnlib.errors import EditionError, LnlibError, listed
from lnlib.filesystem import is_regular, lies_in

LEDGER_ENDINGS = (".sqlite", ".sqlite-wal", ".sqlite-shm", ".broken")  # of the files of an edition's ledger


class OutputNotWritable(LnlibError):
    """The output folder cannot be written to."""


TOOL_FOLDERS = (".ledger", ".staging")
UNFINISHED = ".lnlib-unfinished"  # in an edition's folder while its files are being replaced


def is_unfinished(out: Path) -> bool:
    """Return whether a batch is replacing files of an edition, or was ended while it did: some are old and some are new."""
    return os.path.lexists(out / UNFINISHED)


def check_links(build: Path, edition: str) -> None:
    """Raise EditionError if a file or folder that a batch writes to is a symbolic link; the build folder may be one.

    Raises
    ------
    EditionError
        Naming the link and what it points to.
    """
    ledger = [build / ".ledger" / f"{edition}{ending}" for ending in (".lock", *LEDGER_ENDINGS)]
    for path in (*(build / name for name in TOOL_FOLDERS), build / edition, *ledger):
        if path.is_symlink():
            raise EditionError(
                f"{path} is a symbolic link to {path.readlink()}; editions are not built through links. Remove the "
                "link, or link the build folder itself"
            )


def check_own(out: Path, edition: str, known: Collection[str]) -> None:
    """Raise EditionError if the folder of an edition holds other things and no batch has built it.

    Parameters
    ----------
    out : Path
        The edition's folder.
    edition : str
        Its name.
    known : collection of str
        The files that its ledger lists.

    Raises
    ------
    EditionError
        If there are files and the ledger lists none, unless the folder's report is one of this edition (its ledger
        was lost); or if a folder on the way to a listed file is a symbolic link.
    """
    folders = {os.path.dirname(name) for name in known}  # noqa: PTH120 - of each file, and the files are many
    linked = {folder for folder in folders if not lies_in(out / folder / UNFINISHED, out)}
    if linked:
        behind = sorted(name for name in known if os.path.dirname(name) in linked)  # noqa: PTH120
        raise EditionError(f"{out / behind[0]} lies behind a symbolic link; remove the link and run again")
    if known or not out.is_dir():
        return
    report = out / "report.json"
    if is_report_of(report.read_bytes() if is_regular(report) else None, edition):
        return
    with os.scandir(out) as entries:
        there = sorted(entry.name for entry in entries)
    if there:
        raise EditionError(other_things(out, there))


def is_report_of(content: bytes | None, edition: str) -> bool:
    """Return whether the content of `report.json` is a report on an edition."""
    try:
        report = json.loads(content or b"null")
    except ValueError:
        return False
    return isinstance(report, dict) and report.get("edition") == edition


def other_things(folder: object, names: Iterable[str]) -> str:
    """Return the message for an edition's folder that holds other things."""
    return (
        f"{folder} holds files that are not of this edition: {listed(names, most=3)}. Move them away, rename the "
        "edition file, or choose another folder with --build"
    )


def check_writable(folder: Path) -> None:
    """Try to write to an output folder, making it if need be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):  # without a name, where the system can: nothing is left by a kill
            pass
    except OSError as error:
        raise OutputNotWritable(f"the output folder {folder} cannot be written to: {error.strerror}") from error
