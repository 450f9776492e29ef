"""The conda environment, the lock and pyproject name the same things."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
# conda-forge's name for what another index calls differently
CONDA_NAMES = {"matplotlib": "matplotlib-base", "playwright": "playwright-python"}
# conda-forge has none of these; pip installs them
NOT_IN_CONDA = ("axe-playwright-python", "fontpkg-noto-sans", "fontpkg-noto-sans-khmer", "typst")


def declared() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return [Requirement(text) for text in [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]]


def conda_line(requirement: Requirement) -> str:
    name = canonicalize_name(requirement.name)
    specifiers = ",".join(sorted(str(specifier) for specifier in requirement.specifier))
    return f"{CONDA_NAMES.get(name, name)} {specifiers}".strip()


def test_environment_yml_is_pyproject_in_conda_names():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    python = f"python {','.join(sorted(project['project']['requires-python'].split(',')))}"
    assert environment["channels"] == ["conda-forge", "nodefaults"]
    plain = [line for line in environment["dependencies"] if isinstance(line, str)]
    conda = [requirement for requirement in declared() if requirement.name not in NOT_IN_CONDA]
    with_pip = [str(requirement) for requirement in declared() if requirement.name in NOT_IN_CONDA]
    assert plain == [python, "pip", *sorted(conda_line(requirement) for requirement in conda)]
    assert environment["dependencies"][-1] == {"pip": [*with_pip, "--no-build-isolation --no-deps -e ."]}


def test_the_lock_holds_every_requirement_with_hashes_and_no_index_address():
    text = (ROOT / "requirements.txt").read_text("utf-8")
    pins = {
        canonicalize_name(name): version for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", text, re.M)
    }
    for requirement in declared():
        name = canonicalize_name(requirement.name)
        assert name in pins, name
        versions = re.findall(rf"^{re.escape(name)}==([^ ;\\]+)", text.replace("_", "-"), re.M | re.I)
        assert all(requirement.specifier.contains(version) for version in versions), name
    blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.M)[1:]
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []
    assert "://" not in text
    assert "index-url" not in text


@pytest.mark.slow
def test_what_the_library_imports_is_declared_and_what_is_declared_is_imported():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    optional = [text for group in project["optional-dependencies"].values() for text in group]
    needed = {canonicalize_name(Requirement(text).name) for text in project["dependencies"]}
    allowed = needed | {canonicalize_name(Requirement(text).name) for text in optional}
    modules = (
        {
            name.split(".")[0]
            for path in (ROOT / "src" / "lnlib").rglob("*.py")
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            for name in (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module]
                if isinstance(node, ast.ImportFrom) and node.module
                else []
            )
        }
        - set(sys.stdlib_module_names)
        - {"lnlib"}
    )
    homes = packages_distributions()
    imported = {canonicalize_name(home) for module in modules for home in homes.get(module, [module])}
    assert imported - allowed == set()
    # used without an import of ours: by the fork server by name, as programs, as files
    assert needed - imported <= {"ipython", "jupyterlab", "fontpkg-noto-sans", "fontpkg-noto-sans-khmer"}


@pytest.mark.parametrize("line", ["make note", "make test"])
def test_the_readme_names_the_two_commands(line):
    assert line in (ROOT / "README.md").read_text("utf-8")
