"""What a notebook declares: its parameters with their types, its title, its imports. Nothing is executed."""

from __future__ import annotations

import ast
import functools
import hashlib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lnlib.errors import EditionError, not_allowed


@dataclass(frozen=True)
class Parameter:
    """One literal of the cell tagged `parameters`."""

    name: str
    default: Any
    type: str  # its annotation or type comment; else the type of its default; empty where neither says


@dataclass(frozen=True)
class Notebook:
    """A notebook as the batch sees it before it runs."""

    name: str
    path: Path
    title: str
    parameters: dict[str, Parameter]
    code: tuple[str, ...] = field(repr=False)
    digest: str = field(repr=False, default="")

    @functools.cached_property
    def tells_stories(self) -> bool:
        """Whether it makes a page for each partnership: whether it calls `Stories`."""
        return any(re.search(r"\bStories\(", source) for source in self.code)

    @functools.cached_property
    def exhibits(self) -> tuple[str, ...]:
        """The names of exhibits that its code writes, with `*` for what depends on a run; none where it computes them."""
        found: dict[str, None] = {}
        for source in self.code:
            try:
                nodes = list(ast.walk(ast.parse(source)))
            except SyntaxError:  # a magic, such as %matplotlib
                continue
            inner = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
            for node in nodes:
                if isinstance(node, ast.JoinedStr):
                    name = "".join(str(one.value) if isinstance(one, ast.Constant) else "*" for one in node.values)
                elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inner:
                    name = node.value
                else:
                    continue
                if name.startswith("*-"):  # such as f"{name}-mix"
                    name = f"{self.name}-{name}"
                if re.fullmatch(rf"{re.escape(self.name)}-[\w*-]*[\w*]", name):
                    found[name] = None
        # f"05-province-{code}" begins the names of f"{name}-mix" where there are such, and is one itself where not
        begun = any(name.startswith(f"{self.name}-*-") for name in found)
        return tuple(name for name in found if not (begun and name.endswith("*")))

    @property
    def uses_library(self) -> bool:
        """Whether it names lnlib."""
        return any("lnlib" in source for source in self.code)

    def check(self, name: str, value: Any) -> None:
        """Check that a value may be given to the parameter `name`.

        Raises
        ------
        EditionError
            If the notebook has no such parameter, or the value is not of its type.
        """
        if name not in self.parameters:
            raise EditionError(not_allowed(f"parameter of {self.name}", name, list(self.parameters)))
        parameter = self.parameters[name]
        if not _fits(value, parameter.type):
            raise EditionError(f"{name} must be {_kind(parameter)}, but got {_in_words(value)}")


def read_notebook(path: Path) -> Notebook:
    """Read what the notebook at `path` declares.

    Raises
    ------
    EditionError
        If the file is not a notebook, has not exactly one cell tagged `parameters`, or that cell holds anything but
        literals.
    """
    return _read(path, path.read_bytes())


@functools.lru_cache(maxsize=256)
def _read(path: Path, raw: bytes) -> Notebook:
    try:
        content = json.loads(raw)
        cells, metadata = content["cells"], content.get("metadata", {})
    except (ValueError, KeyError, TypeError) as error:
        raise EditionError(f"{path.name} is not a notebook: {error}") from error
    sources = [("".join(cell.get("source", "")), cell) for cell in cells]
    tagged = [text for text, cell in sources if "parameters" in cell.get("metadata", {}).get("tags", [])]
    if len(tagged) != 1:
        raise EditionError(f"{path.name} has {len(tagged)} cells tagged 'parameters'; exactly one is needed")
    title = next((line for text, cell in sources if cell["cell_type"] == "markdown" for line in _headings(text)), "")
    code = tuple(text for text, cell in sources if cell["cell_type"] == "code")
    # Outputs and ids are no part of what a notebook does; tags can be (`skip-execution`), and so is the kernel.
    parts = [[cell["cell_type"], text, sorted(cell.get("metadata", {}).get("tags", []))] for text, cell in sources]
    kernel = {key: metadata.get("kernelspec", {}).get(key, "") for key in ("name", "language")}
    content_digest = hashlib.sha256(json.dumps([parts, kernel], ensure_ascii=False).encode()).hexdigest()
    return Notebook(
        name=path.stem,
        path=path,
        title=title or path.stem,
        parameters=_parameters(tagged[0], path.name),
        code=code,
        digest=content_digest,
    )


def _headings(text: str) -> list[str]:
    return [re.sub(r"[*_`]", "", line.lstrip("#").strip()) for line in text.splitlines() if line.startswith("# ")]


def _parameters(source: str, name: str) -> dict[str, Parameter]:
    """Read the assignments of a parameters cell.

    >>> _parameters("province: str = '02'  # code or name", "x")["province"]
    Parameter(name='province', default='02', type='str')
    """
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise EditionError(f"the parameters cell of {name} cannot be read: {error}") from error
    lines = source.splitlines()
    found: dict[str, Parameter] = {}
    for node in tree.body:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue  # a docstring
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            target, annotation = node.target.id, ast.unparse(node.annotation).strip("'\"")
        elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            target, annotation = node.targets[0].id, ""
        else:
            raise EditionError(f"the parameters cell of {name} holds more than literals: {ast.unparse(node)}")
        assert node.value is not None
        try:
            default = ast.literal_eval(node.value)
        except ValueError:
            raise EditionError(f"parameter {target} of {name} is not a literal: {ast.unparse(node.value)}") from None
        line = lines[(node.end_lineno or 1) - 1]
        comment = line[node.end_col_offset or 0 :].strip() if line.isascii() else line.rpartition("#")[2]
        comment = comment.lstrip("# ").strip()
        typed = re.match(r"type:\s*(.+?)(?:\s+#.*)?$", comment)
        found[target] = Parameter(target, default, annotation or (typed[1] if typed else _type_of(default)))
    return found


def _kind(parameter: Parameter) -> str:
    """Return in words what a parameter may be, with its default as the example.

    >>> _kind(Parameter("carried", 18, "int")), _kind(Parameter("which", None, "list[str]"))
    ('a whole number, such as 18', 'of type list[str]')
    """
    words = {"int": "a whole number", "float": "a number", "str": "text", "bool": "true or false"}
    kind = words.get(parameter.type, f"of type {parameter.type}")
    known = parameter.default not in (None, "") and parameter.type in ("int", "float", "str")
    return f"{kind}, such as {parameter.default}" if known else kind


def _in_words(value: Any) -> str:
    """Return a value as a YAML file has it, and that it is text where it looks like a number.

    >>> _in_words("18"), _in_words("eighteen"), _in_words(1.5), _in_words(True)
    ("the text '18'; take the quotes away", "'eighteen'", '1.5', 'true')
    """
    if isinstance(value, bool) or value is None:
        return "nothing" if value is None else str(value).lower()
    number = isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value)
    return f"the text {value!r}; take the quotes away" if number else repr(value)


def _type_of(value: Any) -> str:
    return "" if value is None else type(value).__name__


def _fits(value: Any, type_: str) -> bool:
    """Return whether a value is of a type written as an annotation.

    >>> _fits(2, "float"), _fits(True, "int"), _fits(None, "int | None"), _fits(["a"], "list[str]")
    (True, False, True, True)
    """
    parsed = _annotation(type_)
    return parsed is None or _matches(value, parsed)


@functools.cache
def _annotation(type_: str) -> ast.expr | None:
    """Parse an annotation; None where there is none, or it is no expression."""
    try:
        return ast.parse(type_, mode="eval").body if type_ else None
    except SyntaxError:
        return None


def _matches(value: Any, node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _matches(value, node.left) or _matches(value, node.right)
    if isinstance(node, ast.Constant):
        return value is None if node.value is None else _fits(value, str(node.value))
    if isinstance(node, ast.Subscript):
        outer = ast.unparse(node.value).rpartition(".")[2]
        inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if outer == "Optional":
            return value is None or _matches(value, inner[0])
        if outer == "Union":
            return any(_matches(value, part) for part in inner)
        if outer == "Literal":
            return value in [ast.literal_eval(part) for part in inner]
        if outer in {"list", "List"}:
            return isinstance(value, list) and all(_matches(item, inner[0]) for item in value)
        if outer in {"dict", "Dict"} and len(inner) == 2:
            return isinstance(value, dict) and all(
                _matches(key, inner[0]) and _matches(item, inner[1]) for key, item in value.items()
            )
        return True
    name = ast.unparse(node)
    if name == "float":
        return isinstance(value, int | float) and not isinstance(value, bool)
    if name == "int":
        return isinstance(value, int) and not isinstance(value, bool)
    known = {"str": str, "bool": bool, "list": list, "dict": dict}
    return isinstance(value, known[name]) if name in known else True
