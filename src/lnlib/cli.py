"""The command line: `lnlib check | import | template | simulate | run | status | clean | explore | note` and what is told of editions."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from lnlib.errors import LnlibError

if TYPE_CHECKING:
    from lnlib.batch.plan.edition import Members

app = typer.Typer(
    name="lnlib",
    help="How partnerships between state and non-state actors move, from a register to a learning note.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

ParamsFiles = Annotated[list[Path] | None, typer.Argument(help="Edition files; all of params/*.yml if none is given.")]
Build = Annotated[
    str,
    typer.Option(help="Where editions are made: a folder, or a URL such as s3://bucket/prefix; build if not given."),
]


def main() -> None:
    """Run a command; what lnlib refuses is said in a sentence, without a traceback."""
    try:
        app()
    except LnlibError as error:
        Console(stderr=True).print(f"lnlib: {error}", style="bold red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(2)


def _print_version(wanted: bool) -> None:
    if wanted:
        import platform
        from importlib.metadata import version

        print(f"lnlib {version('lnlib')}, Python {platform.python_version()}, {platform.platform()}")
        for name in ("jupyterlab", "matplotlib", "nbclient", "numpy", "pandas", "papermill", "scipy", "seaborn"):
            print(f"{name} {version(name)}")
        raise typer.Exit


@app.callback()
def _before_a_command(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print versions and end.")
    ] = False,
) -> None:
    """How partnerships between state and non-state actors move, from a register to a learning note."""


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(help="Folder to make, such as my-notes.")],
    source: Annotated[
        str,
        typer.Option("--from", help="A workbook or export to make the register of; the demonstration if not given."),
    ] = "",
    title: Annotated[str, typer.Option(help="Title of the series; the folder's name if not given.")] = "",
    mapping: Annotated[Path | None, typer.Option(help="YAML that says what columns and values of --from mean.")] = None,
    ask: Annotated[
        bool, typer.Option("--ask", help="Ask what is undecided in --from; the answers become the mapping.")
    ] = False,
) -> None:
    """Make a project of your own: notebooks, an edition file, a register, a folder for notes."""
    from lnlib.new_project import new_project

    if ask and not source:
        raise LnlibError("--ask asks about a workbook or export: name it with --from")
    console = Console(soft_wrap=True, highlight=False, markup=False)
    answer = _answer_at(console) if ask else None
    _, lines = new_project(folder, title=title, source=source, mapping=mapping, answer=answer, show=console.print)
    for line in lines:
        console.print(line)


def _members(register: str, frame: str | None, choices: Mapping[str, Any]) -> Members:
    from lnlib.batch.register_members import (
        members,
    )  # the register is opened, and pandas loaded, only when somebody asks

    return members(register, frame, choices)


@app.command()
def run(  # noqa: PLR0913 - one parameter an option of the command
    params: ParamsFiles = None,
    only: Annotated[
        list[str] | None, typer.Option(help="Make only some runs, such as province=02; repeatable.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be made and why, and make nothing.")
    ] = False,
    commands: Annotated[bool, typer.Option("--commands", help="Print the runs as plain papermill commands.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Make also what is up to date.")] = False,
    failed: Annotated[bool, typer.Option("--failed", help="Make only what failed the last time.")] = False,
    workers: Annotated[int | None, typer.Option(min=1, help="Runs at once; by default one a core.")] = None,
    seconds: Annotated[float | None, typer.Option(min=1, help="Time that one run may take.")] = None,
    memory: Annotated[str | None, typer.Option(help="Memory that one run may take, such as 2GB.")] = None,
    build: Build = "",
    wait: Annotated[bool, typer.Option("--wait", help="Wait for another batch on the same edition.")] = False,
    dask: Annotated[
        str, typer.Option(help="Make runs on a Dask cluster: its scheduler's address, such as tcp://scheduler:8786.")
    ] = "",
) -> None:
    """Make editions: executed notebooks, pages, figures, data and an index."""
    from lnlib.batch.execute.interrupts import InterruptHandler

    interrupts = InterruptHandler()
    try:
        with interrupts.raising():
            from lnlib.batch.execute.limits import parse_size
            from lnlib.batch.run_command import RunOptions, run_editions

            options = RunOptions(
                only=only or [],
                workers=workers,
                dry_run=dry_run,
                commands=commands,
                force=force,
                failed=failed,
                seconds=seconds,
                memory=parse_size(memory) if memory else None,
                wait=wait,
                dask=dask,
            )
            status = run_editions(
                params or [], membership=_members, options=options, build=build or None, interrupts=interrupts
            )
    except KeyboardInterrupt:  # no run was going on
        Console(stderr=True).print("stopped; the next batch makes the rest", style="red")
        status = 130
    raise typer.Exit(status)


@app.command()
def status(
    params: ParamsFiles = None,
    build: Build = "",
    remote: Annotated[bool, typer.Option("--remote", help="Look also at what lies at a URL.")] = False,
) -> None:
    """List what is up to date, and why the rest is stale; write nothing."""
    from lnlib.batch.status_command import status as say_status
    from lnlib.notes.stale_notes import report_stale

    stale = say_status(params or [], membership=_members, build=build or None, remote=remote)
    lines = report_stale(params or [], build=build)
    for line in lines:
        Console(highlight=False, markup=False, soft_wrap=True).print(line)
    raise typer.Exit(int(bool(stale or lines)))


@app.command()
def clean(params: ParamsFiles = None, build: Build = "") -> None:
    """Remove what was made of editions."""
    from lnlib.batch.clean_command import clean as remove

    raise typer.Exit(remove(params or [], build=build or None))


@app.command()
def check(
    path: Annotated[str, typer.Argument(help="A register: folder, workbook or export, its name in data/, or its URL.")],
    mapping: Annotated[Path | None, typer.Option(help="YAML that says what their columns and values are.")] = None,
) -> None:
    """Check a register: every problem with its place, then a summary; the exit status is 1 if any row is refused."""
    from lnlib.intake import examine
    from lnlib.register.problems import SEVERITIES, of_severity

    console = Console(soft_wrap=True, highlight=False, markup=False)
    register, checked = examine(path, mapping=mapping)
    for severity in SEVERITIES:
        for problem in of_severity(checked.problems, severity):
            console.print(f"{'not read' if severity == 'unread' else severity}: {problem}")
    for name, read in checked.read.items():
        refused = checked.refused[name]
        console.print(f"{name}: {read} rows read, {read - refused} accepted, {refused} refused")
    counts = {severity: len(of_severity(checked.problems, severity)) for severity in SEVERITIES}
    empty = register.partnerships.empty and not counts["error"]
    counted = [f"{counts[kind]} {kind}{'s' * (counts[kind] != 1)}" for kind in ("error", "warning")]
    console.print(f"{', '.join(counted)}, {counts['review']} to review")
    if empty:
        console.print("The register is empty: its table of partnerships has no rows.")
    raise typer.Exit(int(bool(counts["error"]) or empty))


@app.command("import")
def import_(
    path: Annotated[str, typer.Argument(help="A workbook, an export, or a folder of CSV files; or the URL of one.")],
    to: Annotated[Path | None, typer.Option(help="Folder to write the register to.")] = None,
    mapping: Annotated[Path | None, typer.Option(help="YAML that says what their columns and values are.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse also what was assumed in reading.")] = False,
    suggest: Annotated[bool, typer.Option("--suggest", help="Print a draft of the mapping instead.")] = False,
    ask: Annotated[bool, typer.Option("--ask", help="Ask what is undecided; the answers become the mapping.")] = False,
) -> None:
    """Make a checked register of somebody's workbook or export, and account for all of it.

    The exit status is 0 where everything was read and accepted, 1 where something was refused or not read or no assessment
    came of it, and 2 where nothing was accepted.
    """
    from rich.progress import Progress, SpinnerColumn, TimeElapsedColumn

    from lnlib.intake.draft_mapping import suggest_mapping
    from lnlib.intake.import_account import import_register

    if suggest:
        typer.echo(suggest_mapping(path, mapping=mapping), nl=False)
        return
    if to is None:
        raise LnlibError("lnlib import needs --to FOLDER, or --suggest to draft a mapping")
    if ask:
        raise typer.Exit(_guided_import(path, to, mapping))
    with Progress(SpinnerColumn(), *Progress.get_default_columns()[:2], TimeElapsedColumn(), transient=True) as bar:
        task = bar.add_task("reading", total=None)

        def progress(words: str, done: int, total: int) -> None:
            bar.update(task, description=words, completed=done, total=total or None)

        done = import_register(path, to, mapping=mapping, strict=strict, progress=progress)
    console = Console(soft_wrap=True, highlight=False, markup=False)
    for line in done.words:
        console.print(line)
    raise typer.Exit(done.exit_code)


def _guided_import(path: str, to: Path, mapping: Path | None) -> int:
    """Import a file with questions at the terminal, and return the exit status."""
    from lnlib.intake.terminal_guide import ask

    console = Console(soft_wrap=True, highlight=False, markup=False)
    return ask(path, to, mapping=mapping, answer=_answer_at(console), show=console.print).exit_code


def _answer_at(console: Console) -> Callable[[str, Sequence[str], str], str]:
    """Return what asks one question at the terminal, until its answer is one of those allowed."""
    from lnlib.intake.guided_import import LEAVE_OUT, UNDECIDED
    from lnlib.intake.terminal_guide import BACK, LIST, MOST_LISTED, answers_listed, chosen

    def answer(question: str, allowed: Sequence[str], default: str) -> str:
        console.print(question)
        listed = f"  {answers_listed(allowed)}"
        proposed = len(allowed) > MOST_LISTED and default not in (UNDECIDED, LEAVE_OUT)
        if not proposed:
            console.print(listed)
        more = f"{LIST} for all {len(allowed)}, " * proposed
        while True:
            try:
                typed = typer.prompt(f"  answer, {more}or {BACK} to go back", default=default)
                if typed.strip() == LIST:
                    console.print(listed)
                    continue
                return BACK if typed.strip() == BACK else chosen(typed, allowed, default)
            except LnlibError as error:
                console.print(f"  {error}")

    return answer


@app.command()
def template(
    path: Annotated[Path, typer.Argument(help="Workbook to write, such as register.xlsx.")],
    language: Annotated[str, typer.Option(help="Of the headers: en or km.")] = "en",
    scale: Annotated[str, typer.Option(help="dfgg, frey, partner, or the path of a scale's YAML.")] = "dfgg",
    places: Annotated[str, typer.Option(help="cambodia, or the path of a places CSV.")] = "cambodia",
) -> None:
    """Write an empty workbook with drop-downs, notes and the working criteria."""
    from lnlib.intake.template import write_template

    typer.echo(f"{write_template(path, language=language, scale=scale, places=places)}")


@app.command()
def simulate(
    out: Annotated[Path, typer.Argument(help="Folder to write the register to.")],
    rates: Annotated[Path, typer.Option(help="YAML of rates, such as data/demonstration/rates.yml.")],
    partnerships: Annotated[int, typer.Option(min=1, help="How many partnerships.")] = 160,
    provinces: Annotated[str, typer.Option(help="Codes or names, separated by commas; all if not given.")] = "",
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same register, byte for byte.")] = 1,
) -> None:
    """Simulate a register from declared rates."""
    from lnlib.simulation.simulate import simulate_to

    chosen = [province.strip() for province in provinces.split(",") if province.strip()] or None
    register = simulate_to(out, rates=rates, partnerships=partnerships, provinces=chosen, seed=seed)
    Console(soft_wrap=True, highlight=False, markup=False).print(
        f"{out}: {len(register.partnerships)} simulated partnerships"
    )


@app.command()
def explore(  # noqa: PLR0913 - one parameter an option of the command
    registers: Annotated[
        list[str] | None,
        typer.Argument(
            help="Registers that can be opened in the page: paths, names in data/, or URLs; none to import one."
        ),
    ] = None,
    frame: Annotated[str, typer.Option(help="Number of provinces counted; the register's own if not given.")] = "",
    language: Annotated[str, typer.Option(help="Of the page: en or km.")] = "en",
    save_to: Annotated[
        Path | None, typer.Option(help="Folder to save in; build/saved and params of the project if not given.")
    ] = None,
    import_to: Annotated[
        Path | None, typer.Option(help="Folder to write imported registers in; else they can be downloaded.")
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Of the page; a free one if not given.")] = 0,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only say where the page is.")] = False,
    dark: Annotated[
        bool, typer.Option("--dark", help="Light letters on dark ground; else as the browser asks.")
    ] = False,
    at: Annotated[str, typer.Option(help="The link of a choice, as the page copies it; shown first.")] = "",
) -> None:
    """Explore registers in a browser page of its own; Ctrl+C ends it."""
    from lnlib.explorer.start_server import serve

    console = Console(highlight=False, markup=False, soft_wrap=True)
    what = f"Explore {', '.join(registers)}" if registers else "Open a register"
    status = serve(
        registers or [],
        frame=frame,
        language=language,
        save_to=save_to,
        import_to=import_to,
        port=port,
        browser=not no_browser,
        theme="dark" if dark else "",
        address=at,
        ready=lambda url: console.print(f"{what} at {url} (Ctrl+C ends it)"),
    )
    raise typer.Exit(status)


@app.command()
def note(
    notes: Annotated[
        list[Path] | None, typer.Argument(help="Markdown files; all of notes/*.md if none is given.")
    ] = None,
    build: Annotated[str, typer.Option(help="The folder of editions; build if not given.")] = "",
) -> None:
    """Set notes as PDF, DOCX and HTML; the exit status is 1 if one is longer than it allows itself."""
    from lnlib.batch.plan.project import Project
    from lnlib.batch.status_command import stale_runs
    from lnlib.filesystem import from_here
    from lnlib.notes.docx_pages import count_pages, pages_line
    from lnlib.notes.make_notes import make_notes

    console = Console(highlight=False, markup=False, soft_wrap=True)
    root = Project.around(notes[0].absolute().parent if notes else Path.cwd()).root
    long, documents = False, dict[Path, int]()

    def stale_of(params: Path) -> dict[str, str]:
        return stale_runs(params, membership=_members, build=build or None)

    for made in make_notes(notes or [], root=root, build=build, stale_runs=stale_of):
        pages = f"{made.pages} page{'s' * (made.pages != 1)}"
        console.print(f"{made.name}: {pages}: {', '.join(map(from_here, made.files))}")
        for warning in (*made.warnings, *filter(None, [made.too_long])):
            console.print(f"  {warning}")
        long = long or bool(made.too_long)
        documents[next(file for file in made.files if file.suffix == ".docx")] = made.pages
    console.print(pages_line(count_pages(list(documents)), documents))
    raise typer.Exit(int(long))


@app.command()
def words(
    language: Annotated[str, typer.Argument(help="The language to complete, such as km.")],
) -> None:
    """List what a language has no words for yet, with the English; the exit status is 1 if anything is missing."""
    from lnlib.words import Words

    console = Console(highlight=False, markup=False, soft_wrap=True)
    english, missing = Words.load("en"), Words.load(language).untranslated
    for key in missing:
        console.print(f"{key}: {english.pattern(key)}")
    console.print(f"{len(missing)} of {len(english.keys())} entries are not translated into '{language}'")
    raise typer.Exit(int(bool(missing)))


@app.command()
def pack(
    edition: Annotated[str, typer.Argument(help="An edition's folder, such as build/demonstration, or its URL.")],
    to: Annotated[Path | None, typer.Option(help="The zip; by default beside the folder.")] = None,
    partial: Annotated[bool, typer.Option("--partial", help="Pack also an edition with failed runs.")] = False,
    whole: Annotated[bool, typer.Option("--all", help="Pack all exhibits, not only those chosen for print.")] = False,
    described: Annotated[
        bool, typer.Option("--described", help="Write long descriptions into the document, numbers as tables.")
    ] = False,
) -> None:
    """Pack an edition for layout: figures, tables, data, captions and alt text, sources in one zip."""
    from lnlib.batch.status_command import stale_runs
    from lnlib.editions.pack import pack as pack_edition
    from lnlib.editions.pack import stale_pack

    console = Console(highlight=False, markup=False, soft_wrap=True)
    made = pack_edition(edition, to, partial=partial, whole=whole, described=described)
    console.print(f"{made}: {made.stat().st_size / 1e6:.1f} MB")
    build = Path(edition).absolute().parent
    if warning := stale_pack(edition, lambda params: stale_runs(params, membership=_members, build=build)):
        console.print(f"  {warning}")


@app.command()
def compare(
    old: Annotated[str, typer.Argument(help="The older edition's folder, or its URL.")],
    new: Annotated[str, typer.Argument(help="The newer edition's folder, or its URL.")],
    to: Annotated[Path | None, typer.Option(help="The page; by default beside the newer edition.")] = None,
) -> None:
    """Compare two editions on one page; the exit status is 0 if nothing changed, 1 if something did, 2 for an error."""
    from lnlib.editions.compare import compare_editions

    found, page = compare_editions(old, new, to)
    Console(highlight=False, markup=False, soft_wrap=True).print(f"{found.summary}: look at {page}")
    raise typer.Exit(int(not found.nothing))
