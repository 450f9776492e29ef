"""A project of one's own, from an installed library: notebooks, an edition file, a register, a folder for notes."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import secrets
import shlex
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lnlib.errors import LnlibError
from lnlib.storage import is_url

if TYPE_CHECKING:
    from lnlib.intake.import_account import Accounting

_SHOWN = ("02", "12", "15")  # provinces of the demonstration that a new project begins with
MOST_SECTIONS = 4  # provinces, each of which has a section in the first note


def new_project(
    folder: Path,
    *,
    title: str = "",
    source: str = "",
    mapping: Path | None = None,
    answer: Callable[[str, Sequence[str], str], str] | None = None,
    show: Callable[[str], None] = print,
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
    answer : callable, optional
        Asks what is undecided in `source`, as `lnlib.intake.terminal_guide.ask` calls it; by default nothing is asked.
    show : callable
        Called with each line that is shown between the questions.

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
            if source:
                later: dict[str, None] = {}  # what names a file that is not there before the project is whole

                def show_or_keep(line: str) -> None:
                    if str(stage) in line:
                        later[line] = None
                    else:
                        show(line)

                lines = _fill(stage, folder, name, title or folder.name, _Source(source, mapping, answer, show_or_keep))
                lines = [*later, *lines]
            else:
                lines = _fill(stage, folder, name, title or folder.name)
            account = [line.replace(str(stage), str(folder)) for line in lines]
            if folder.exists():
                folder.rmdir()
            os.replace(stage, folder)  # noqa: PTH105  # a folder that appeared meanwhile is not replaced
        finally:
            shutil.rmtree(stage, ignore_errors=True)
    except OSError as error:
        raise LnlibError(f"{folder} cannot be written: {error.strerror}") from None
    return folder / "params" / f"{name}.yml", account


@dataclass(frozen=True)
class _Source:
    """A workbook or export that becomes the register, its mapping, and what asks about it if anything does."""

    path: str
    mapping: Path | None
    answer: Callable[[str, Sequence[str], str], str] | None
    show: Callable[[str], None]

    def read(self, folder: Path, title: str) -> Accounting:
        """Write the register into a folder, its mapping beside it, and account for it."""
        from lnlib.intake.guided_import import mapping_beside
        from lnlib.intake.import_account import import_register
        from lnlib.intake.terminal_guide import ask

        own = mapping_beside(folder)
        if self.mapping:
            own.parent.mkdir()
            shutil.copyfile(self.mapping, own)
        if self.answer:
            return ask(self.path, folder, title=title, answer=self.answer, show=self.show)
        return import_register(self.path, folder, mapping=own if self.mapping else None, title=title)


def _keep_answers(own: Path, folder: Path) -> str:
    """Keep the answers of a project that could not be made beside its folder; return the option that goes on from them."""
    kept = folder.with_name(f"{folder.name}.mapping.yml")
    if not own.exists() or kept.exists():
        return ""
    shutil.copyfile(own, kept)
    return f" --mapping {shlex.quote(str(kept))}"


def _fill(stage: Path, folder: Path, name: str, title: str, source: _Source | None = None) -> list[str]:
    shipped, templates = _shipped(), resources.files("lnlib") / "data" / "project"
    (stage / "notebooks").mkdir()
    for notebook in sorted((shipped / "notebooks").glob("*.ipynb")):
        shutil.copyfile(notebook, stage / "notebooks" / notebook.name)
    (stage / "notes").mkdir()
    (stage / "params").mkdir()
    account = [
        f"{folder} is ready. Three commands lead to the first note:",
        f"  cd {shlex.quote(str(folder))}",
        f"  lnlib run     # makes the edition: open build/{name}/index.html",
        f"  lnlib note    # sets notes/{name}.en.md: open build/{name}/notes/{name}.en.pdf",
    ]
    if source:
        from lnlib.intake.import_account import NOTHING

        register, provinces = name, "all"
        accounting = source.read(stage / "data" / name, title)
        if accounting.exit_code == NOTHING:
            kept = _keep_answers(stage / "data" / f"{name}.mapping.yml", folder) if source.answer else ""
            command = f"lnlib new {shlex.quote(str(folder))} --from {shlex.quote(source.path)} --ask{kept}"
            way = f"`{command}` asks what is undecided"
            raise LnlibError(f"no project was made: {accounting.nothing_accepted(source.path)}\n{way}")
        there = source.path
        here = there if is_url(there) else Path(os.path.relpath(Path(there).resolve(), stage.resolve())).as_posix()
        again = f"{shlex.quote(here)} --to data/{name} --ask"  # goes on from the mapping beside the register
        opened = accounting.register
        if accounting.exit_code:
            hint = f"in {stage}, `lnlib import {again}` asks about what was refused or not read"
            account = [*account, hint] if source.answer else [hint]
        account = [*([] if source.answer else accounting.words), *account]
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
    units = [unit for unit in opened.units if unit.code in held]
    rated = opened.described[opened.described["partnership"].isin(opened.assessments["partnership"])]
    few = len(units) <= MOST_SECTIONS and source is not None and {*rated["unit"]} >= held
    values["sections"] = "".join(_province_section(unit.code, unit.name()) for unit in units if few)
    alone = units and not values["sections"]  # one province quoted as an example
    values["province"] = _province_sentence(units[0].code, units[0].name()) if alone else ""
    values["pages"] = 2 if values["sections"] else 1
    values["date"] = dt.date.today().isoformat()
    (stage / "notes" / f"{name}.en.md").write_text((templates / "note.md").read_text("utf-8").format(**values), "utf-8")
    edition = (templates / "edition.yml").read_text("utf-8").format(**values)
    (stage / "params" / f"{name}.yml").write_text(edition, "utf-8")
    return account


def _province_sentence(code: str, name: str) -> str:
    """Return a note's sentence that quotes how many partnerships a province has."""
    key = f"province.{code}.partnerships"
    return f" {name} has {{{{{key}}}}} {{{{{key} | plural partnership partnerships}}}}."


def _province_section(code: str, name: str) -> str:
    """Return a note's section on a province: its numbers, and the paths of its partnerships."""
    key, figure = f"province.{code}", re.sub(r"[^a-z0-9]+", "-", code.lower())
    counted = " and ".join(
        f"{{{{{key}.{what}}}}} {{{{{key}.{what} | plural {what.removesuffix('s')} {what}}}}}"
        for what in ("partnerships", "assessments")
    )
    return (
        f"## {name}\n\nThe register holds {counted} in {name} (@fig:paths-{figure}).\n\n"
        f"![](05-province-{code}-paths){{#paths-{figure} width=column}}\n\n"
    )


def _shipped() -> Path:
    """Return the folder that holds `notebooks` and `data`: of an installed library, or of the checkout it is run from."""
    package = Path(str(resources.files("lnlib")))
    for folder in (package / "project", *package.parents[1:2]):
        if (folder / "notebooks").is_dir() and (folder / "data" / "demonstration").is_dir():
            return folder
    raise LnlibError("the notebooks that come with lnlib are not installed; install it from a wheel")
