"""Mutation testing, sampled: change the code at random places, and see whether the tests notice.

mutmut's operators make every mutant of the functions of three rooms (mutmut itself runs all of them, and leaves out
decorated functions); a seeded sample of them, stratified by module, is tried in a copy of the tree. One process
collects the tests; for each mutant it forks, swaps the changed function in, and runs the tests that coverage saw on
the changed lines, quickest first, until one fails:

    uv run --no-project --with mutmut python benchmarks/mutation/sample.py cover
    uv run --no-project --with mutmut python benchmarks/mutation/sample.py try --count 200 --seed 8
    uv run --no-project --with mutmut python benchmarks/mutation/sample.py try --again
    uv run --no-project --with mutmut python benchmarks/mutation/sample.py table

`cover` notes which test runs which line; `try --again` tries the survivors of the last run once more, after tests were
added (then `cover` first); `table` prints what became of the sample: of code that went meanwhile, the mutants are gone. Needs fork. Before the first mutant every test is
run in a fork without one, and has to pass.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import difflib
import gc
import hashlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
import types
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from random import Random
from typing import Any

import coverage
import pytest

ROOMS = ("measures/counts", "measures/curves", "measures/panel", "measures", "history", "batch/build")
# what is tried together: rooms, and the tests that are meant to catch their mutants
GROUPS = {
    "frames": (
        ("measures", "measures/counts", "measures/curves", "history"),
        ("tests/measures", "tests/history", "--ignore=tests/measures/panel"),
    ),
    "panel": (("measures/panel",), ("tests/measures/panel",)),
    "build": (
        ("batch/build",),
        tuple(
            f"tests/batch/test_{name}.py"
            for name in (
                *("ledger", "report", "progress", "edition_build", "edition_folders", "lease", "remote_copy"),
                *("command", "dependencies", "matrix", "staging", "staleness", "story_pages", "symbolic_links"),
            )
        ),
    ),
}
COPIED = ("benchmarks", "conftest.py", "data", "docs", "notebooks", "params", "pyproject.toml", "src", "tests", "tools")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    cover, run, table = (commands.add_parser(name) for name in ("cover", "try", "table"))
    for one in (cover, run):
        one.add_argument("group", choices=GROUPS)
    cover.add_argument("-m", "--marks", default="", help="which tests, as pytest's -m: 'not slow' for a first look")
    run.add_argument("--count", type=int, default=100)
    run.add_argument("--seed", type=int, default=8)
    run.add_argument("--again", action="store_true", help="only the survivors of the last run")
    table.add_argument("--folder", type=Path, default=Path("build/mutation"))
    asked = parser.parse_args()
    if asked.command == "table":
        print_table(asked.folder)
        return
    if (
        "MUTATION" not in os.environ
    ):  # begin again in a copy: what tests start in other processes reads the mutant there
        raise SystemExit(begin_in_copy(Path("build/mutation", asked.group).resolve()))
    out, (rooms, tests) = Path(os.environ["MUTATION"]), GROUPS[asked.group]
    plugin = Cover(out, rooms) if asked.command == "cover" else Try(out, rooms, asked.count, asked.seed, asked.again)
    options = ["-n", "0", "-p", "no:cacheprovider", "-m", getattr(asked, "marks", "")]
    raise SystemExit(pytest.main([*options, *tests, *map(_folder, rooms)], plugins=[plugin]))


def begin_in_copy(out: Path) -> int:
    """Run this command in a fresh copy of the tree, and return its status."""
    tree = out / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    for name in COPIED:
        if Path(name).is_dir():
            shutil.copytree(name, tree / name, ignore=shutil.ignore_patterns("__pycache__"), symlinks=True)
        else:
            shutil.copy2(name, tree)
    found = os.pathsep.join([str(tree / "src"), *filter(None, [os.environ.get("PYTHONPATH")])])
    env = {"MUTATION": str(out), "PYTHONPATH": found, "PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.run([sys.executable, __file__, *sys.argv[1:]], cwd=tree, env=os.environ | env).returncode


def _folder(room: str) -> str:
    return f"src/lnlib/{room}"


def digests(rooms: Iterable[str]) -> dict[str, str]:
    """Return the SHA-256 of every file of the rooms."""
    files = (file for room in rooms for file in sorted(Path(_folder(room)).glob("*.py")))
    return {file.as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def room_of(file: Path) -> str:
    """Return the room that a file stands in; empty for all others."""
    room = file.parent.relative_to("src/lnlib").as_posix()
    return room if room in ROOMS else ""


class Cover:
    """Notes which test runs which line, and how much processor time each that passes takes."""

    def __init__(self, out: Path, rooms: Sequence[str]) -> None:
        self._out, self._rooms = out, rooms
        self._times: dict[str, float] = {}
        self._failed: set[str] = set()
        self._lines = coverage.Coverage(
            data_file=str(out / "lines.coverage"),
            config_file=False,
            include=[f"{Path.cwd()}/{_folder(room)}/*.py" for room in rooms],
        )
        self._lines.erase()

    def pytest_collection_finish(self) -> None:
        self._lines.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._lines.switch_context(item.nodeid)
        begun = time.process_time()
        done = yield
        self._times[item.nodeid] = time.process_time() - begun
        self._lines.switch_context("")
        return done

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.outcome != "passed":
            self._failed.add(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        self._lines.stop()
        self._lines.save()
        (self._out / "covered.json").write_text(json.dumps(digests(self._rooms)))
        passed = {key: round(spent, 3) for key, spent in self._times.items() if key not in self._failed}
        (self._out / "times.json").write_text(json.dumps(passed, indent=0))
        print(f"{len(passed)} tests, {sum(passed.values()):.0f} s of processor time; not used: {sorted(self._failed)}")


@dataclass(frozen=True)
class Mutant:
    """One change of one function."""

    id: str  # module:function#number, the same as long as the function is
    file: Path
    line: int
    statement: tuple[int, int]  # the lines that decide which tests see it
    function: str
    change_in: Callable[[], str]  # the mutated module

    @cached_property
    def source(self) -> str:
        return self.change_in()

    @property
    def change(self) -> str:
        lines = self.file.read_text("utf-8").splitlines(), self.source.splitlines()
        changed = [
            line for line in difflib.unified_diff(*lines, n=0, lineterm="") if line[:2] not in ("--", "++", "@@")
        ]
        return "\n".join(f"{line[0]} {' '.join(line[1:].split())}" for line in changed)


class Try:
    """Tries a sample of mutants, each in a fork of the process that collected the tests."""

    def __init__(self, out: Path, rooms: Sequence[str], count: int, seed: int, again: bool) -> None:
        self._out, self._rows = out, out / "rows.jsonl"
        if json.loads((out / "covered.json").read_text()) != digests(rooms):
            raise SystemExit("the code changed since `cover` noted which test runs which line; run `cover` again")
        files = [file for file in sorted(Path("src/lnlib").rglob("*.py")) if room_of(file) in rooms]
        every = {file: made for file in files if (made := mutants(file))}
        if again:
            left = [row for row in read_rows(self._rows) if row["became"] == "survived"]
            self._sample = same_changes([one for made in every.values() for one in made], left)
            for row in left:
                if row["id"] not in {one.id for one in self._sample}:
                    self._note(row | {"became": "gone"})
        else:
            self._sample = drawn(every, count, seed)
            self._rows.unlink(missing_ok=True)
            (out / "made.json").write_text(json.dumps({file.as_posix(): len(made) for file, made in every.items()}))

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        times = json.loads((self._out / "times.json").read_text())
        seen = coverage.CoverageData(str(self._out / "lines.coverage"))
        seen.read()
        items = {item.nodeid: item for item in session.items if item.nodeid in times}
        tests = [in_order([items[key] for key in tests_of(one, seen) if key in items], times) for one in self._sample]
        every = in_order({item.nodeid: item for chosen in tests for item in chosen}.values(), times)
        session._setupstate.setup(every[0])  # what all tests share is opened once, before the forks
        became, by = run_in_fork(session, None, every, limit=36_000)
        if became == "caught":
            raise RuntimeError(f"fails without a mutant: {by}")
        for mutant, chosen in zip(self._sample, tests, strict=True):
            begun = time.monotonic()
            limit = 20 + 10 * sum(times[item.nodeid] for item in chosen)
            became, by = run_in_fork(session, mutant, chosen, limit) if chosen else ("survived", "no test runs it")
            row = {"id": mutant.id, "file": mutant.file.as_posix(), "line": mutant.line, "change": mutant.change}
            row |= {"became": became, "by": by, "tests": len(chosen), "seconds": round(time.monotonic() - begun, 1)}
            self._note(row)
        return True

    def _note(self, row: Mapping[str, Any]) -> None:
        with self._rows.open("a", encoding="utf-8") as rows:
            rows.write(json.dumps(row, ensure_ascii=False) + "\n")


def run_in_fork(
    session: pytest.Session, mutant: Mutant | None, items: list[pytest.Item], limit: float
) -> tuple[str, str]:
    """Run tests in a fork until one fails, and return what became of the mutant, and the test that caught it."""
    reading, writing = os.pipe()
    original = mutant.file.read_bytes() if mutant else b""
    if mutant:
        mutant.file.write_text(mutant.source, encoding="utf-8")
    sys.stdout.flush()
    if not (child := os.fork()):
        os.setpgid(0, 0)
        resource.setrlimit(resource.RLIMIT_CPU, (int(limit), int(limit) + 5))  # of processor time: others run too
        code = 1
        try:
            if mutant:
                swap_in(mutant)
            session._setupstate.teardown_exact(items[0])
            for item, following in zip(items, [*items[1:], None], strict=True):
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                if session.testsfailed:
                    os.write(writing, item.nodeid.encode())
                    break
            code = int(session.testsfailed > 0)
        except BaseException as error:  # noqa: BLE001 - a mutant may do anything
            os.write(writing, f"{type(error).__name__}: {error}".encode())
        finally:
            os._exit(code)
    os.close(writing)
    deadline = time.monotonic() + 60 + 20 * limit
    while not (ended := os.waitpid(child, os.WNOHANG))[0]:
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.01)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # what its tests started
    if mutant:
        mutant.file.write_bytes(original)
    with os.fdopen(reading, "rb") as pipe:
        by = pipe.read().decode()
    if os.WIFSIGNALED(ended[1]):
        by = f"ended by signal {os.WTERMSIG(ended[1])}"
    return ("survived", "") if ended[1] == 0 else ("caught", by)


def swap_in(mutant: Mutant) -> None:
    """Replace the code and defaults of a function, wherever it is referred to, by those of the mutated module's."""
    name = ".".join(mutant.file.relative_to("src").with_suffix("").parts).removesuffix(".__init__")
    module = sys.modules[name]
    changed = types.ModuleType(name)
    changed.__dict__.update(__file__=module.__file__, __package__=module.__package__)
    exec(compile(mutant.source, str(module.__file__), "exec"), changed.__dict__)
    functions = [one for one in gc.get_objects() if isinstance(one, types.FunctionType)]
    new = {
        (one.__qualname__, one.__code__.co_firstlineno): one
        for one in functions
        if one.__globals__ is changed.__dict__ and one.__qualname__ == mutant.function
    }
    old = [one for one in functions if one.__globals__ is module.__dict__ and one.__qualname__ == mutant.function]
    if not new or not old:
        raise LookupError(mutant.function)
    for one in old:
        by = new[one.__qualname__, one.__code__.co_firstlineno]
        one.__code__, one.__defaults__, one.__kwdefaults__ = by.__code__, by.__defaults__, by.__kwdefaults__


def mutants(file: Path) -> list[Mutant]:
    """Return every mutant that mutmut's operators make of the functions of a file, methods and decorated ones too."""
    import libcst as cst
    from libcst.metadata import MetadataWrapper, PositionProvider
    from mutmut.mutation.file_mutation import MutationVisitor
    from mutmut.mutation.mutators import mutation_operators
    from mutmut.mutation.pragma_handling import get_ignored_lines

    class Visitor(MutationVisitor):
        def _skip_node_and_children(self, node: cst.CSTNode) -> bool:
            return not isinstance(node, cst.FunctionDef) and super()._skip_node_and_children(node)

    text = file.read_text("utf-8")
    tree = MetadataWrapper(cst.parse_module(text))
    visitor = Visitor(mutation_operators, get_ignored_lines(str(file), text, tree))
    tree.visit(visitor)
    positions = tree.resolve(PositionProvider)
    names = function_names(text)
    spans = statements(text)
    made, numbers = [], Counter[str]()
    for one in visitor.mutations:
        if not isinstance(function := one.contained_by_top_level_function, cst.FunctionDef):
            continue
        name = names[positions[function.name].start.line]
        numbers[name] += 1
        line = positions[one.original_node].start.line
        change_in = partial(_source, tree.module, one.original_node, one.mutated_node)
        key = f"{file.relative_to('src/lnlib').as_posix()}:{name}#{numbers[name]}"
        made.append(Mutant(key, file, line, spans[line], name, change_in))
    return made


def _source(tree: Any, original: Any, mutated: Any) -> str:
    return str(tree.deep_replace(original, mutated).code)


def function_names(text: str) -> dict[int, str]:
    """Return the qualified name of each top-level function and method by the line of its `def`."""
    found = {}
    for node in ast.parse(text).body:
        for inner in node.body if isinstance(node, ast.ClassDef) else [node]:
            if isinstance(inner, ast.FunctionDef):
                found[inner.lineno] = f"{node.name}.{inner.name}" if isinstance(node, ast.ClassDef) else inner.name
    return found


def statements(text: str) -> dict[int, tuple[int, int]]:
    """Return the lines of the innermost statement, or head of one, around each line; of a `def`, all of the function."""
    spans: dict[int, tuple[int, int]] = {}
    for node in ast.walk(ast.parse(text)):  # outer ones first
        if isinstance(node, ast.stmt):
            body = getattr(node, "body", None)
            last = node.end_lineno or node.lineno
            if isinstance(body, list) and not isinstance(node, ast.FunctionDef | ast.ClassDef):
                last = max(node.lineno, body[0].lineno - 1)
            for line in range(node.lineno, last + 1):
                spans[line] = (node.lineno, last)
    return spans


def drawn(every: Mapping[Path, list[Mutant]], count: int, seed: int) -> list[Mutant]:
    """Return a sample: of each module its share by mutants, and at least two."""
    total = sum(map(len, every.values()))
    random = Random(seed)
    sample = []
    for made in every.values():
        sample += random.sample(made, min(len(made), max(2, round(count * len(made) / total))))
    random.shuffle(sample)  # what has been tried when a run is ended is a sample too
    return sample


def same_changes(every: Iterable[Mutant], rows: Iterable[Mapping[str, Any]]) -> list[Mutant]:
    """Return the mutants that make the changes of the rows, by the ids of these; other code may have moved meanwhile."""
    ids = {(row["file"], row["change"]): row["id"] for row in rows}
    functions = {key.rpartition("#")[0] for key in ids.values()}
    found = [
        one for one in every if one.id.rpartition("#")[0] in functions and (one.file.as_posix(), one.change) in ids
    ]
    return [replace(one, id=ids[one.file.as_posix(), one.change]) for one in found]


def tests_of(mutant: Mutant, seen: coverage.CoverageData) -> set[str]:
    """Return the tests that run the mutant's statement."""
    contexts = seen.contexts_by_lineno(str(mutant.file.resolve()))
    first, last = mutant.statement
    return {test for line in range(first, last + 1) for test in contexts.get(line, ()) if test}


def in_order(items: Iterable[pytest.Item], times: dict[str, float]) -> list[pytest.Item]:
    """Return tests with the quickest files first, and within a file the quickest tests."""
    by_file = defaultdict(list)
    for item in items:
        by_file[item.path].append(item)
    of_files = sorted(by_file.values(), key=lambda tests: sum(times[one.nodeid] for one in tests) / len(tests))
    return [item for tests in of_files for item in sorted(tests, key=lambda one: times[one.nodeid])]


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Return the last row of each mutant."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return list({row["id"]: row for row in rows}.values())


def print_table(folder: Path) -> None:
    """Print what became of the samples by room, and each survivor."""
    rows = [row for path in sorted(folder.glob("*/rows.jsonl")) for row in read_rows(path)]
    made: dict[str, int] = {}
    for path in folder.glob("*/made.json"):
        made |= json.loads(path.read_text())
    print("| room | mutants | tried | caught |\n|---|---|---|---|")
    for room in ROOMS:
        of_room = [row["became"] for row in rows if room_of(Path(row["file"])) == room]
        of_all = sum(number for file, number in made.items() if room_of(Path(file)) == room)
        print(f"| `{room}` | {of_all:,} | {len(of_room)} | {of_room.count('caught')} |")
    for row in sorted(rows, key=lambda row: (row["file"], row["line"])):
        if row["became"] == "survived":
            print(f"\n{row['file']}:{row['line']}, {row['id'].partition(':')[2]}, {row['tests']} tests. {row['by']}")
            print(row["change"])


if __name__ == "__main__":
    main()
