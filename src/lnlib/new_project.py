"""A project of one's own, from an installed library: notebooks, an edition file, a register, a folder for notes."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shlex
import shutil
import tempfile
from importlib import resources
from pathlib import Path
from typing import Any

from lnlib.errors import LnlibError

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
        The edition file, and what `source` was read as.

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
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as temporary:
            stage = Path(temporary) / "project"
            stage.mkdir()
            account = [
                line.replace(str(stage), str(folder))
                for line in _fill(stage, name, title or folder.name, source, mapping)
            ]
            if folder.exists():
                folder.rmdir()
            os.replace(stage, folder)  # noqa: PTH105  # a folder that appeared meanwhile is not replaced
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
    account: list[str] = []
    if source:
        from lnlib.intake.report import NOTHING, import_register

        register, provinces = name, "all"
        accounting = import_register(source, stage / "data" / name, mapping=mapping)
        if accounting.exit_code == NOTHING:
            command = f"lnlib import {shlex.quote(source)}"
            way = f"`{command} --suggest` drafts a mapping for --mapping; `{command} --ask --to FOLDER` asks what is undecided"
            raise LnlibError(f"no project was made: {accounting.nothing_accepted(source)}\n{way}")
        account = list(accounting.words)
        _set_title(stage / "data" / name, title)
        again = f"{shlex.quote(Path(source).name)} --to data/{name}"
        if mapping:
            shutil.copyfile(mapping, stage / "data" / f"{name}.mapping.yml")
            again += f" --mapping data/{name}.mapping.yml"
    else:
        again = "tracker.xlsx --to data/my-register"
        register, provinces = "demonstration", f"[{', '.join(json.dumps(code) for code in _SHOWN)}]"
        shutil.copytree(shipped / "data" / "demonstration", stage / "data" / "demonstration")
    values: dict[str, Any] = {"name": name, "title": title, "register": register, "again": again}
    (stage / "README.md").write_text((templates / "README.md").read_text("utf-8").format(**values), "utf-8")
    (stage / ".gitignore").write_text((templates / "gitignore").read_text("utf-8"), "utf-8")
    values |= {"title": json.dumps(title, ensure_ascii=False), "provinces": provinces}
    values["date"] = dt.date.today().isoformat()
    (stage / "notes" / f"{name}.en.md").write_text((templates / "note.md").read_text("utf-8").format(**values), "utf-8")
    edition = (templates / "edition.yml").read_text("utf-8").format(**values)
    (stage / "params" / f"{name}.yml").write_text(edition, "utf-8")
    return account


def _set_title(register: Path, title: str) -> None:
    """Title a register by the series, where the source said nothing better than its file's name."""
    file = register / "datapackage.json"
    about = json.loads(file.read_text("utf-8"))
    if about["title"] in ("", register.name):
        about["title"] = title
        file.write_text(json.dumps(about, ensure_ascii=False, indent=2) + "\n", "utf-8")


def _shipped() -> Path:
    """Return the folder that holds `notebooks` and `data`: of an installed library, or of the checkout it is run from."""
    package = Path(str(resources.files("lnlib")))
    for folder in (package / "project", *package.parents[1:2]):
        if (folder / "notebooks").is_dir() and (folder / "data" / "demonstration").is_dir():
            return folder
    raise LnlibError("the notebooks that come with lnlib are not installed; install it from a wheel")
