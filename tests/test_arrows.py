"""The one way the arrows go: what each room of `lnlib` may import, read from the source."""

import ast
import re
import subprocess
import sys
from collections import deque
from functools import cache
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "lnlib"
MODULES = sorted(SOURCE.rglob("*.py"))

# a package may import itself and these; nothing imports what is at the top but itself
ARROWS = {
    "errors": set(),
    "text": set(),
    "filesystem": {"errors"},
    "limited_yaml": set(),
    "storage": {"errors"},
    "import_record": {"errors", "filesystem"},
    "reference": {"errors", "filesystem", "limited_yaml"},
    "words": {"errors", "reference"},
    "register": {"errors", "filesystem", "reference"},
    "intake": {"errors", "filesystem", "import_record", "limited_yaml", "reference", "register", "storage"},
    "simulation": {"errors", "filesystem", "reference", "register"},
    "history": {"errors", "reference", "register"},
    "measures": {"errors"},
    "charts": {"errors", "reference", "words"},
    "exhibits": {"errors", "filesystem", "charts", "history", "reference", "register", "text", "words"},
    "batch": {"errors", "filesystem", "import_record", "limited_yaml", "storage"},
    "batch.site": {"errors", "filesystem", "batch", "words"},
    "batch.register_members": {"errors", "batch", "charts", "history", "intake", "reference", "register", "words"},
    "analyses": {
        "errors",
        "batch",
        "charts",
        "exhibits",
        "filesystem",
        "history",
        "measures",
        "reference",
        "register",
        "text",
        "words",
    },
    "editions": {"errors", "filesystem", "batch", "exhibits", "storage", "text", "words"},
    "notes": {
        "errors",
        "filesystem",
        "limited_yaml",
        "batch",
        "charts",
        "editions",
        "exhibits",
        "storage",
        "text",
        "words",
    },
    "explorer": {
        "errors",
        "analyses",
        "batch",
        "charts",
        "exhibits",
        "filesystem",
        "history",
        "intake",
        "measures",
        "reference",
        "register",
        "storage",
        "words",
    },
    "cli": {
        "errors",
        "batch",
        "batch.register_members",
        "editions",
        "explorer",
        "filesystem",
        "intake",
        "new_project",
        "notes",
        "register",
        "simulation",
        "words",
    },
    "new_project": {"errors", "intake", "storage"},
    "__main__": {"cli"},
    "": {"errors"},
}
HEAVY = {"pandas", "numpy", "matplotlib", "scipy", "seaborn", "openpyxl", "fsspec", "distributed"}


def room_of(path):
    parts = path.relative_to(SOURCE).with_suffix("").parts
    if parts == (
        "batch",
        "register_members",
    ):  # a batch knows no register; what it must know of one is injected from here
        return "batch.register_members"
    if parts[:2] == ("batch", "site"):  # its pages print words
        return "batch.site"
    return "" if parts == ("__init__",) else parts[0]


@cache
def parsed(path):
    return ast.parse(path.read_text("utf-8"))


@cache
def imports(path):
    """What a module imports: (name, line, whether on import of the module itself)."""
    return list(imports_of(path, parsed(path)))


def imports_of(path, tree):
    waiting = deque([(tree, True)])
    while waiting:
        node, at_once = waiting.popleft()
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno, at_once) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports by dots"
            names = [node.module]
            if node.module == "lnlib":
                names = [f"lnlib.{alias.name}" for alias in node.names]
            yield from ((name, node.lineno, at_once) for name in names)
        below = at_once and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        waiting.extend((child, below) for child in ast.iter_child_nodes(node) if not isinstance(child, ast.expr))


def own_rooms(path):
    for name, line, at_once in imports(path):
        parts = name.split(".")
        if parts[:3] == ["lnlib", "batch", "register_members"]:
            yield "batch.register_members", line, at_once
        elif parts[0] == "lnlib" and len(parts) > 1:
            yield parts[1], line, at_once


def test_every_room_has_its_arrows():
    assert {room_of(path) for path in MODULES} <= set(ARROWS)


@pytest.mark.parametrize("room", sorted(ARROWS))
def test_a_room_imports_only_the_rooms_below_it(room):
    allowed = ARROWS[room] | {room}
    wrong = [
        f"{path.relative_to(SOURCE)}:{line} imports {other}"
        for path in MODULES
        if room_of(path) == room
        for other, line, _ in own_rooms(path)
        if other not in allowed
    ]
    assert wrong == []


def test_the_arrows_have_no_way_round():
    seen, waiting = [], dict(ARROWS)
    while waiting:
        free = [room for room, below in waiting.items() if below <= set(seen)]
        assert free, f"a way round among {sorted(waiting)}"
        seen += free
        waiting = {room: below for room, below in waiting.items() if room not in free}


def test_no_module_imports_itself_by_a_detour():
    """Imports are acyclic between modules, those inside functions and for type checking included."""
    names = {path: ".".join(("lnlib", *path.relative_to(SOURCE).with_suffix("").parts)) for path in MODULES}
    modules = {name.removesuffix(".__init__"): path for path, name in names.items()}
    below = {
        name: {
            full if full in modules else node.module
            for node in ast.walk(parsed(path))
            if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "lnlib"
            for full in (f"{node.module}.{alias.name}" for alias in node.names)
        }
        - {name}
        for name, path in modules.items()
    }
    while free := {name for name, imported in below.items() if not imported & below.keys()}:
        below = {name: imported for name, imported in below.items() if name not in free}
    assert below == {}


def test_nothing_imports_the_command_line():
    assert [
        str(path)
        for path in MODULES
        if room_of(path) not in ("cli", "__main__") and any(room == "cli" for room, *_ in own_rooms(path))
    ] == []


def test_charts_measure_nothing():
    """Measures and charts meet in a frame; a chart neither reads a register nor groups its rows."""
    for path in MODULES:
        if room_of(path) == "charts":
            names = {name.split(".")[0] for name, *_ in imports(path)}
            assert not names & {"scipy", "statsmodels", "openpyxl", "fsspec", "distributed"}, path
            rooms = {room for room, *_ in own_rooms(path)}
            assert not rooms & {"measures", "register", "history"}, path


def test_seaborn_draws_what_was_measured():
    """Of seaborn, charts use what draws numbers as they are; where it would estimate, they have it switched off."""
    plain = {"axes_style", "plotting_context", "light_palette", "blend_palette", "heatmap", "histplot"}
    switched_off = {"lineplot": {"estimator", "errorbar"}}
    for path in MODULES:
        for call in [node for node in ast.walk(parsed(path)) if isinstance(node, ast.Call)]:
            function = call.func
            if isinstance(function, ast.Attribute) and getattr(function.value, "id", "") in ("sns", "seaborn"):
                off = {word.arg for word in call.keywords if ast.unparse(word.value) == "None"}
                assert function.attr in plain | set(switched_off), f"{path}:{call.lineno}"
                assert off >= switched_off.get(function.attr, set()), f"{path}:{call.lineno}"


def test_measures_draw_nothing():
    for path in MODULES:
        if room_of(path) == "measures":
            assert not {name.split(".")[0] for name, *_ in imports(path)} & {"matplotlib", "seaborn"}, path


def test_batch_loads_nothing_heavy_on_import():
    wrong = [
        f"{path.relative_to(SOURCE)}:{line} imports {name}"
        for path in MODULES
        if room_of(path) == "batch"
        for name, line, at_once in imports(path)
        if at_once and name.split(".")[0] in HEAVY - ({"distributed"} if path.stem == "worker" else set())
    ]
    assert wrong == []


def test_one_room_opens_urls_and_one_talks_to_clusters():
    for package, allowed in (("fsspec", {"storage.py"}), ("s3fs", set()), ("distributed", {"cluster.py", "worker.py"})):
        users = {path.name for path in MODULES if package in {name.split(".")[0] for name, *_ in imports(path)}}
        assert users <= allowed, package


@pytest.mark.parametrize("start", ["import lnlib", "import lnlib.cli", "import lnlib.batch.run_command"])
def test_what_starts_first_starts_light(start):
    code = f"{start}, sys; print(*sorted(set(sys.modules) & {HEAVY!r}), *[m for m in sys.modules if m.startswith('lnlib.')])"
    ran = subprocess.run([sys.executable, "-c", f"import sys; {code}"], capture_output=True, text=True, check=True)
    loaded = ran.stdout.split()
    assert not set(loaded) & HEAVY
    light = ("errors", "filesystem", "import_record", "limited_yaml", "storage", "cli", "batch", "reference", "words")
    allowed = tuple(f"lnlib.{room}" for room in light)
    assert [name for name in loaded if not name.startswith(allowed)] == []


# --- what a module is like -------------------------------------------------------------------------------------------


def test_no_module_is_a_drawer():
    drawers = {"utils", "util", "helpers", "helper", "manager", "managers", "common", "misc", "tools", "process"}
    assert [str(path) for path in SOURCE.rglob("*") if path.stem in drawers] == []


def test_a_module_says_what_it_is_and_does_not_print():
    wrong = []
    for path in MODULES:
        tree, name = parsed(path), path.relative_to(SOURCE)
        lines = (ast.get_docstring(tree) or "").strip().splitlines()
        if not lines:
            wrong.append(f"{name}: no docstring")
        elif len(lines) == 1 and not lines[0].endswith((".", ":", "?", ";")):
            wrong.append(f"{name}: its docstring is no sentence")
        if path.name != "cli.py":
            calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
            printed = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"]
            wrong += [f"{name}:{call.lineno}: prints" for call in printed]
    assert wrong == []


def test_no_stage_is_named_in_the_code():
    """Stages are declared in YAML; the code names none, except in the examples of docstrings."""
    stages = {"coalition", "collaboration", "integrated"}
    wrong = []
    for path in MODULES:
        tree = parsed(path)
        documents = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        wrong += [
            f"{path.relative_to(SOURCE)}:{node.lineno}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and id(node) not in documents and node.value in stages
        ]
    assert wrong == []


def test_the_map_names_only_modules_that_exist():
    text = (SOURCE.parents[1] / "docs/design.md").read_text(encoding="utf-8")
    rooms = {path.relative_to(SOURCE).parts[0].removesuffix(".py") for path in MODULES}
    dotted = [name.split(".") for name in re.findall(r"`(?:lnlib\.)?([a-z_]+(?:\.[a-z_]+)+)(?:\.[A-Z]\w+)?`", text)]
    modules = ["/".join(parts) for parts in dotted if parts[0] in rooms and parts[-1] != "py"]
    missing = [name for name in modules if not any((SOURCE / f"{name}{end}").exists() for end in ("", ".py"))]
    paths = [path for path in re.findall(r"`([\w/]+\.(?:py|yml))`", text) if path.partition("/")[0] in rooms]
    assert len(modules) > 20
    assert missing == []
    assert [path for path in paths if not (SOURCE / path).exists()] == []
