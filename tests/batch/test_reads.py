"""What is noted of a register that a notebook reads."""

from __future__ import annotations

import subprocess
import sys

import pytest

OPENED = """
from lnlib.batch import reads
import lnlib as ln
import lnlib.register.model
reads.watch_register()
register = ln.open_register("tests/registers/small")
{then}
print(sorted(reads._parts))
"""


@pytest.mark.parametrize(
    ("then", "noted"),
    [
        ("", []),
        ("register.where(province=register.unit('02').code).assessments", ["province=02"]),
        ("register.over('2010', '2012').where(province='02').assessments", ["province=02"]),
        ("register.assessments", ["all"]),
    ],
)
def test_opening_a_register_reads_no_rows_and_narrowed_only_those_of_its_part(then, noted):
    code = OPENED.format(then=then)
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert said.strip() == str(noted)
