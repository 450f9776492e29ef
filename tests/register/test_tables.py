from __future__ import annotations

import re

import pytest

from lnlib.reference import vocabulary
from lnlib.register.schema import TABLES, table_schema


def schema(name):
    return table_schema(TABLES[name], stages=("low", "high"), provinces=("01", "02"))


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_every_column_says_what_it_means_in_english_and_is_named_in_khmer(table):
    assert len(set(table.names)) == len(table.names)
    for column in table.columns:
        assert column.meaning.endswith(".")
        assert column.name_km
        assert bool(column.vocabulary) == (column.holds in ("word", "words"))
        assert not column.vocabulary or column.allowed == vocabulary.words(column.vocabulary)
        assert not column.refers_to or column.refers_to in TABLES


def test_khmer_headers_are_told_apart_within_a_table():
    for table in TABLES.values():
        names = [column.name_km for column in table.columns]
        assert len(set(names)) == len(names)


def test_the_schema_holds_keys_and_references():
    assert schema("actors")["primaryKey"] == ["actor"]
    assert schema("partnerships")["foreignKeys"] == [
        {"fields": ["non_state"], "reference": {"resource": "actors", "fields": ["actor"]}},
        {"fields": ["state"], "reference": {"resource": "actors", "fields": ["actor"]}},
    ]
    assert "primaryKey" not in schema("assessments")


def test_the_schema_holds_what_cells_may_be():
    fields = {field["name"]: field for field in schema("assessments")["fields"]}
    assert fields["stage"]["constraints"] == {"required": True, "enum": ["low", "high"]}
    assert fields["step"]["type"] == "integer"
    provinces = {field["name"]: field for field in schema("partnerships")["fields"]}["province"]
    assert provinces["constraints"] == {"enum": ["01", "02"]}


@pytest.mark.parametrize("text", ["2011", "2011-H2", "2011-Q4", "2011-05", "2011-05-03", "2009-06/2014-09"])
def test_the_pattern_of_dates_takes_every_written_form(text):
    fields = {field["name"]: field for field in schema("assessments")["fields"]}
    assert re.fullmatch(fields["date"]["constraints"]["pattern"], text)
    assert not re.fullmatch(fields["date"]["constraints"]["pattern"], text + "x")
