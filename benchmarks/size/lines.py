"""Count the lines of code and of docstrings of each package: `python benchmarks/size/lines.py [COMMIT]`.

Code is what is neither blank, comment nor docstring. Without a commit the files are counted as they stand.
"""

import ast
import io
import subprocess
import sys
import tokenize
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2]
_NO_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


def counted(text):
    """Return the lines of code and of docstrings of a module."""
    docstrings = set()
    for node in ast.walk(ast.parse(text)):
        documented = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        if documented and ast.get_docstring(node, clean=False) is not None:
            docstrings.update(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    code = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in _NO_CODE:
            code.update(range(token.start[0], token.end[0] + 1))
    return len(code - docstrings), len(docstrings)


def git(*arguments):
    return subprocess.run(["git", "-C", ROOT, *arguments], check=True, capture_output=True, text=True).stdout


def modules(commit):
    """Return the text of every module by its path within the package."""
    if not commit:
        package = ROOT / "src" / "lnlib"
        return {path.relative_to(package).as_posix(): path.read_text("utf-8") for path in package.rglob("*.py")}
    names = [name for name in git("ls-tree", "-r", "--name-only", commit, "src/lnlib").split() if name.endswith(".py")]
    return {name.removeprefix("src/lnlib/"): git("show", f"{commit}:{name}") for name in names}


def main():
    total = defaultdict(lambda: [0, 0, 0])
    for name, text in modules(sys.argv[1] if len(sys.argv) > 1 else "").items():
        for room in (name.split("/")[0].removesuffix(".py"), "together"):
            for at, lines in enumerate((1, *counted(text))):
                total[room][at] += lines
    print(f"{'':16}{'files':>8}{'code':>8}{'docstrings':>12}")
    for room in sorted(total, key=lambda room: (room == "together", room)):
        files, code, docstrings = total[room]
        print(f"{room:16}{files:8,}{code:8,}{docstrings:12,}")


if __name__ == "__main__":
    main()
