"""Hostile YAML and JSON that somebody declares: each is answered in one sentence, at once."""

import json
import time

import pytest
from small_project import members

from lnlib.analyses.claims.declared import Claims
from lnlib.batch.plan.edition import read_edition
from lnlib.charts.style.theme import Theme
from lnlib.errors import LnlibError
from lnlib.intake import open_register
from lnlib.intake.mapping import MappingFile
from lnlib.reference.scales import Scale
from lnlib.simulation.rates import Rates

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "\n".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join([f'*{chr(97 + i)}'] * 9)}]" for i in range(8)
)
HOSTILE = {
    "alias bomb": BOMB,
    "alias": "a: &a 1\nb: *a",
    "endless alias": "a: &a [*a]",
    "deep lists": "a: " + "[" * 5000 + "]" * 5000,
    "deep mappings": "a: " + "{b: " * 3000 + "1" + "}" * 3000,
    "many digits": "a: " + "9" * 6000,
    "no number": "a: !!int abc",
    "no time": "a: !!timestamp abc",
    "no float": "a: !!float abc",
    "an object": "a: !!python/object/apply:os.system [true]",
    "many keys": "\n".join(f"k{i}: 1" for i in range(60_000)),
    "a long key": "k" * 100_000 + ": 1",
    "large": "a: " + "x" * 3_000_000,
    "a list as key": "[1, 2]: 3",
    "a merge": "<<: 3",
    "no text": b"\xff\xfe\x00",
    "control characters": "a: \x00",
}
LOADERS = {
    "scale": lambda path: Scale.load(path),
    "claims": lambda path: Claims.load(path),
    "rates": lambda path: Rates.load(path),
    "house style": lambda path: Theme.load(str(path)),
    "mapping": lambda path: MappingFile.load(path),
    "edition": lambda path: read_edition(path, members),
}


@pytest.mark.parametrize("kind", LOADERS)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_a_sentence(tmp_path, kind, name):
    (tmp_path / "notebooks").mkdir()
    file = tmp_path / "hostile.yml"
    content = HOSTILE[name]
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    begun = time.monotonic()
    with pytest.raises(LnlibError) as caught:
        LOADERS[kind](file)
    assert time.monotonic() - begun < 20
    message = str(caught.value)
    assert "hostile.yml" in message
    assert len(message) < 250_000


@pytest.mark.parametrize(
    "content", ["[" * 100_000, '{"a": ' * 100_000, '{"a": ' + "9" * 6000 + "}", "[1]", "", "\x00", '{"resources": 3}']
)
def test_a_hostile_datapackage_is_refused_in_a_sentence(tmp_path, content):
    for name in ("actors", "partnerships", "assessments", "mechanisms"):
        (tmp_path / f"{name}.csv").write_text("")
    (tmp_path / "datapackage.json").write_text(content)
    with pytest.raises(LnlibError, match=r"datapackage\.json"):
        open_register(tmp_path)


def test_a_datapackage_that_is_a_folder_is_refused(tmp_path):
    (tmp_path / "datapackage.json").write_text(json.dumps({"register": {"scale": {"a": [[[[]]]]}}}))
    with pytest.raises(LnlibError):
        open_register(tmp_path)
