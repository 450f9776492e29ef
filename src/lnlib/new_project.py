"""A project of one's own, from an installed library: notebooks, an edition file, a register, a folder for notes."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import secrets
import shlex
import shutil
from importlib import resources
from pathlib import Path
from typing import Any

from lnlib.errors import LnlibError
from lnlib.storage import is_url

_SHOWN = ("02", "12", "15")  # provinces of the demonstration that a new project begins with


def new_project(
    folder: Path, *, title: str = "", source: str = "", mapping: Path | None = None
) -> tuple[Path, list[str]]:
    """Write a project into a new folder.

    Parameters
    ----------
    folder : Path
        The folder; must not exist, or be empty.
    title : str, optional
        Title of the series; by default the folder's name.
    source : str, optional
        A workbook, export or folder of CSV files that becomes the register; by default the simulated demonstration is
        copied.
    mapping : Path, optional
        YAML that says what the columns and values of `source` mean.

    Returns
    -------
    tuple of Path and list of str
        The edition file; and the lines to show: what `source` was read as, and what to do next.

    Raises
    ------
    LnlibError
        The folder holds something, cannot be written, or no register could be made of `source`.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise LnlibError(f"{folder} already exists and is not an empty folder; name a new one")
    name = re.sub(r"[^a-z0-9._-]+", "-", folder.name.lower()).strip("-.") or "notes"
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        stage = folder.parent / f".{folder.name}-{secrets.token_hex(4)}"  # as deep as the folder, for relative paths
        stage.mkdir()
        try:
            account = [
                line.replace(str(stage), str(folder))
                for line in _fill(stage, name, title or folder.name, source, mapping)
            ]
            if folder.exists():
                folder.rmdir()
            os.replace(stage, folder)  # noqa: PTH105  # a folder that appeared meanwhile is not replaced
        finally:
            shutil.rmtree(stage, ignore_errors=True)
    except OSError as error:
        raise LnlibError(f"{folder} cannot be written: {error.strerror}") from None
    return folder / "params" / f"{name}.yml", account


def _fill(stage: Path, name: str, title: str, source: str, mapping: Path | None) -> list[str]:
    shipped, templates = _shipped(), resources.files("lnlib") / "data" / "project"
    (stage / "notebooks").mkdir()
    for notebook in sorted((shipped / "notebooks").glob("*.ipynb")):
        shutil.copyfile(notebook, stage / "notebooks" / notebook.name)
    (stage / "notes").mkdir()
    (stage / "params").mkdir()
    account = [f"{stage} is ready: cd {stage}, then lnlib run params/{name}.yml"]
    if source:
        from lnlib.intake.report import NOTHING, import_register

        register, provinces = name, "all"
        own = stage / "data" / f"{name}.mapping.yml" if mapping else None
        if mapping and own:
            own.parent.mkdir()
            shutil.copyfile(mapping, own)
        accounting = import_register(source, stage / "data" / name, mapping=own, title=title)
        if accounting.exit_code == NOTHING:
            command = f"lnlib import {shlex.quote(source)}"
            way = f"`{command} --suggest` drafts a mapping for --mapping; `{command} --ask --to FOLDER` asks what is undecided"
            raise LnlibError(f"no project was made: {accounting.nothing_accepted(source)}\n{way}")
        here = source if is_url(source) else Path(os.path.relpath(Path(source).resolve(), stage.resolve())).as_posix()
        again = f"{shlex.quote(here)} --to data/{name} --ask"  # goes on from the mapping beside the register
        opened = accounting.register
        if accounting.exit_code:
            account = [f"in {stage}, `lnlib import {again}` asks about what was refused or not read"]
        account = [*accounting.words, *account]
    else:
        from lnlib.intake import open_register

        again = "tracker.xlsx --to data/my-register"
        register, provinces = "demonstration", f"[{', '.join(json.dumps(code) for code in _SHOWN)}]"
        shutil.copytree(shipped / "data" / "demonstration", stage / "data" / "demonstration")
        opened = open_register(stage / "data" / "demonstration").where(province=list(_SHOWN))
    values: dict[str, Any] = {"name": name, "title": title, "register": register, "again": again}
    (stage / "README.md").write_text((templates / "README.md").read_text("utf-8").format(**values), "utf-8")
    (stage / ".gitignore").write_text((templates / "gitignore").read_text("utf-8"), "utf-8")
    values |= {"title": json.dumps(title, ensure_ascii=False), "provinces": provinces}
    held = set(opened.described["unit"])
    first = next((unit for unit in opened.units if unit.code in held), None)
    values["province"] = _province_sentence(first.code, first.name()) if first else ""
    values["date"] = dt.date.today().isoformat()
    (stage / "notes" / f"{name}.en.md").write_text((templates / "note.md").read_text("utf-8").format(**values), "utf-8")
    edition = (templates / "edition.yml").read_text("utf-8").format(**values)
    (stage / "params" / f"{name}.yml").write_text(edition, "utf-8")
    return account


def _province_sentence(code: str, name: str) -> str:
    """Return a note's sentence that quotes how many partnerships a province has."""
    key = f"province.{code}.partnerships"
    return f" {name} has {{{{{key}}}}} {{{{{key} | plural partnership partnerships}}}}."


def _shipped() -> Path:
    """Return the folder that holds `notebooks` and `data`: of an installed library, or of the checkout it is run from."""
    package = Path(str(resources.files("lnlib")))
    for folder in (package / "project", *package.parents[1:2]):
        if (folder / "notebooks").is_dir() and (folder / "data" / "demonstration").is_dir():
            return folder
    raise LnlibError("the notebooks that come with lnlib are not installed; install it from a wheel")
