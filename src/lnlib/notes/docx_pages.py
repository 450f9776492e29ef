"""How many pages Word documents have: counted by LibreOffice, where it is installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

LONGEST = 300  # seconds that counting may take
_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")  # of a PDF as LibreOffice writes it


def libreoffice() -> str:
    """Return the path of LibreOffice's program; empty where it is not installed."""
    return shutil.which("soffice") or shutil.which("libreoffice") or ""


def count_pages(files: Sequence[Path]) -> dict[Path, int]:
    """Return the pages of Word documents as LibreOffice sets them; of those that it cannot set, none."""
    program = libreoffice()
    if not program or not files:
        return {}
    with tempfile.TemporaryDirectory(prefix="lnlib-pages-") as name:
        folder = Path(name)
        copies = {folder / f"{number}.docx": file for number, file in enumerate(files)}
        for copy, file in copies.items():
            shutil.copy(file, copy)
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"  # its own, as a window may be open
        command = [program, profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder), *map(str, copies)]
        own = {**os.environ, "TMPDIR": name}  # it leaves files in the folder of temporary ones
        try:
            subprocess.run(command, check=False, capture_output=True, timeout=LONGEST, env=own)
        except (OSError, subprocess.TimeoutExpired):
            return {}
        made = {file: copy.with_suffix(".pdf") for copy, file in copies.items()}
        return {file: len(_PAGE.findall(pdf.read_bytes())) for file, pdf in made.items() if pdf.is_file()}


def pages_line(pages: dict[Path, int], most: dict[Path, int]) -> str:
    """Write how many pages Word documents have, where LibreOffice counted them, or that nobody did.

    Parameters
    ----------
    pages : dict of Path to int
        As counted.
    most : dict of Path to int
        The documents, and the pages of their PDF.
    """
    if not libreoffice():
        return "pages of the Word documents: not counted, LibreOffice is not installed"
    if most and not pages:
        return "pages of the Word documents: not counted, LibreOffice could set none of them"
    other = [
        f"{file.name} {pages[file]}, its PDF {most[file]}" for file in most if pages.get(file, most[file]) != most[file]
    ]
    other += [f"{file.name} could not be counted" for file in most if file not in pages]
    if not other:
        return "pages of the Word documents, counted by LibreOffice: as many as their PDF has"
    return f"pages of the Word documents, counted by LibreOffice: {'; '.join(other)}"
