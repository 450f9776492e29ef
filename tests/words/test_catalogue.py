import ast
import datetime as dt
import json
import pkgutil
import re
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
import yaml

from lnlib import charts
from lnlib.errors import LnlibError, ValueNotAllowed
from lnlib.reference import resources, vocabulary
from lnlib.words import Words, languages
from lnlib.words.catalogue import translated

SOURCE = Path(__file__).parents[2] / "src" / "lnlib"
ENGLISH = Words.load("en")


def patterns(words):
    """Each pattern by its key, and by its form where it has several."""
    found = {}
    for key in words.keys():  # noqa: SIM118  a catalogue is no mapping
        entry = words.entries
        for part in key.split("."):
            entry = entry[part]
        forms = entry.items() if isinstance(entry, dict) else [("", entry)]
        found |= {f"{key}.{form}".rstrip("."): pattern for form, pattern in forms}
    return found


def placeholders(pattern):
    return {name for _, name, _, _ in Formatter().parse(str(pattern)) if name is not None}


def asked(node):
    """The key that a call asks for: as a pattern of it, where a part is put in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.escape(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(".*" if (key := asked(part)) is None else key for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return asked(node.value)
    if (
        isinstance(node, ast.IfExp)
        and (one := asked(node.body)) is not None
        and (other := asked(node.orelse)) is not None
    ):
        return f"(?:{one}|{other})"
    return None


@cache
def calls():
    return list(found_calls())


def found_calls():
    for file in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if name == "words" and "vocabulary" not in ast.unparse(node.func) and (key := asked(node.args[0])):
                    yield f"{file.relative_to(SOURCE)}:{node.lineno}", key


def test_keys_asked_for_are_found_in_the_source():
    assert len(calls()) > 60


@pytest.mark.parametrize("language", languages())
def test_every_key_asked_for_in_the_source_is_in_the_catalogue(language):
    keys = set(Words.load(language).keys())
    # the words of the register's own vocabulary are asked of `register.vocabulary`, which is called words as well
    own = {"kind", "tier", "function", "sector", "mechanism", "rated_by", "evidence", "end_reason", "register_kind"}
    lacking = [
        f"{place}: {key}"
        for place, key in calls()
        if not any(re.fullmatch(key, known) for known in keys) and not (key in own and "register/" in place)
    ]
    assert lacking == [], "write each in src/lnlib/words/en.yml"


@pytest.mark.parametrize("language", languages())
def test_no_catalogue_has_a_key_that_the_english_one_lacks(language):
    assert set(Words(language, resources.declared("words", language)).keys()) <= set(ENGLISH.keys())


def test_a_text_is_parsed_once_and_a_changed_one_again(monkeypatch):
    Words.read("km")
    parse, parsed = resources.parsed, []
    monkeypatch.setattr(resources, "parsed", lambda content: parsed.append(content) or parse(content))
    assert Words.read("km") == Words.load("km")
    assert parsed == []
    own, english = (resources.text("words", language) for language in ("km", "en"))
    changed = f"{own}added_here: more\n"
    monkeypatch.setattr(resources, "text", lambda _, language: changed if language == "km" else english)
    assert Words.read("km")("added_here") == "more"
    assert parsed == [changed, english]


def test_a_catalogue_that_is_no_yaml_is_refused_with_its_line(monkeypatch):
    monkeypatch.setattr(resources, "text", lambda *_: "source: here: there\n")
    with pytest.raises(LnlibError) as error:
        Words.read("en")
    assert str(error.value) == (
        "words en.yml: line 1 has two colons; put the text in double quotes where a header or value holds a colon"
    )


# keys that are put together of a name and a word that stands in a register, a scale, an exhibit or an option
PUT_TOGETHER = (
    r"(?:evidence|sector|function|side|criterion|topic|placed)\..*",
    rf"(?:{'|'.join(name for _, name, _ in pkgutil.iter_modules(charts.__path__))})\.subtitle(?:_value)?(?:_order)?",
)


def keys_read():
    """The keys, or patterns of them, that stand in the library, its templates and the notebooks; of a group, all of it."""
    yield from PUT_TOGETHER
    for file in sorted(SOURCE.rglob("*.html")):
        yield from map(re.escape, re.findall(r"[\"']([a-z0-9_]+(?:\.[a-z0-9_]+)+)[\"']", file.read_text("utf-8")))
    modules = [file.read_text("utf-8") for file in sorted(SOURCE.rglob("*.py"))]
    cells = [
        "".join(cell["source"])
        for path in sorted((SOURCE.parents[1] / "notebooks").glob("*.ipynb"))
        for cell in json.loads(path.read_text("utf-8"))["cells"]
        if cell["cell_type"] == "code"
    ]
    for node in (node for code in (*modules, *cells) for node in ast.walk(ast.parse(code))):
        if (key := asked(node)) and not (open_ended(key) and (key.startswith(".*") or matches_any_key(key))):
            yield key
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "group" and (key := asked(node.args[0])):
            yield rf"{key}\..*"
        if isinstance(node, ast.Subscript) and (within := path_in_entries(node)):
            yield rf"{re.escape(within)}\..*"


def open_ended(pattern):
    """Whether a pattern matches more than one key; a dot or bracket of a key itself is escaped."""
    return ".*" in pattern or "(?:" in pattern


def matches_any_key(pattern):
    return any(re.fullmatch(pattern, key) for key in ("?", "?.?", "?.?.?"))


def path_in_entries(node):
    """The dotted key that `words.entries["a"]["b"]` reads; empty of any other subscript."""
    parts = []
    while isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        parts.insert(0, str(node.slice.value))
        node = node.value
    return ".".join(parts) if getattr(node, "attr", "") == "entries" else ""


@cache
def all_read():
    """The keys that are read, escaped, and the patterns of others."""
    read = set(keys_read())
    patterns = {pattern for pattern in read if open_ended(pattern)}
    return read - patterns, [re.compile(pattern) for pattern in patterns]


def unread(keys):
    """The keys that nothing reads."""
    literal, patterns = all_read()
    return [
        key for key in keys if re.escape(key) not in literal and not any(pattern.fullmatch(key) for pattern in patterns)
    ]


def test_every_key_of_the_english_catalogue_is_read_somewhere():
    found = unread(ENGLISH.keys())
    assert found == [], (
        f"nothing reads {', '.join(found)}: correct each in src/lnlib/words/en.yml, or remove it from every language"
    )
    mistyped = ["stage_mix.subtitel", "stage_mix.findng", "calendar.lines", "page.skip", "story.stage"]
    assert unread(mistyped) == mistyped


def test_what_a_language_lacks_is_english_and_marked():
    words = translated(
        "xx", {"side": {"state": "acteur"}, "n_partnerships": {"other": "{n} partenariats"}}, ENGLISH.entries
    )
    assert words.group("side") == {"state": "acteur", "non_state": "Non-state actor [not translated]"}
    assert words("n_partnerships", n=1) == "1 partenariats"
    assert words("n_assessments", n=2) == "2 assessments [not translated]"
    assert words.number(1234.5, decimals=1) == "1,234.5"
    assert {"side.non_state", "n_assessments"} <= set(words.untranslated)
    assert not {"side.state", "n_partnerships"} & set(words.untranslated)
    assert ENGLISH.untranslated == ()


def test_a_vocabulary_with_the_word_other_is_a_group_and_falls_back_word_by_word():
    own = {"end_reason": {"other": "autre raison", "disagreement": "désaccord"}}
    words = translated("xx", own, ENGLISH.entries)
    assert words("end_reason.other") == "autre raison"
    assert words("end_reason.goal_reached") == "Goal reached [not translated]"
    assert "end_reason.goal_reached" in words.untranslated
    assert {"chart_type.forest", "chart_type.other", "n_partnerships"} <= set(ENGLISH.keys())
    with pytest.raises(LnlibError) as error:
        ENGLISH("end_reason", n=2)
    assert str(error.value) == "words 'end_reason' of en.yml are a group, not a pattern"


def test_the_mark_of_a_sentence_with_english_fragments_stands_once_and_last():
    own = {"calendar": {"by": "{n} par {rater}"}, "agreement": {"rater": {"state": "acteur public"}}}
    words = translated("xx", own, ENGLISH.entries)
    fragment, french = words("agreement.rater.non_state"), words("agreement.rater.state")
    assert (fragment, french) == ("non-state actor [not translated]", "acteur public")
    assert words("calendar.by", n=2, rater=french) == "2 par acteur public"
    assert words("calendar.by", n=2, rater=fragment) == "2 par non-state actor [not translated]"
    finding = words("agreement.finding", same=1, n=4, one=fragment, first=2, two=french, second=1)
    assert finding == (
        "Both gave the same rating in 1 of 4 pairs; the non-state actor rated higher in 2, the acteur public in 1 "
        "[not translated]"
    )
    assert words.listed([fragment, french, fragment]) == (
        "non-state actor, acteur public and non-state actor [not translated]"
    )
    assert words("forest.foot_aside", n=0) == ""


LATIN_SENTENCE = re.compile(r"(?:\b[A-Za-z][a-z]+[ ,]+){2}[a-z]{2}")


def test_no_english_sentence_is_left_among_the_khmer_ones():
    """Names, codes and abbreviations may be Latin; three Latin words in a row are a sentence left behind."""
    left = {key: pattern for key, pattern in patterns(Words.load("km")).items() if LATIN_SENTENCE.search(str(pattern))}
    left = {key: text for key, text in left.items() if "[not translated]" not in text}
    assert left == {}, f"leave {', '.join(left)} out of src/lnlib/words/km.yml: it falls back to English, marked"


@pytest.mark.parametrize("language", languages())
def test_every_pattern_takes_the_values_of_the_english_one(language):
    english = patterns(ENGLISH)
    for key, pattern in patterns(Words.load(language)).items():
        other = english.get(key, english.get(key.rsplit(".", 1)[0] + ".other"))
        assert placeholders(pattern) <= placeholders(other), key
        if key in english and key.rsplit(".", 1)[-1] not in ("one", "two", "none"):
            assert placeholders(pattern) == placeholders(other), key


@pytest.mark.parametrize("language", languages())
def test_a_pattern_has_no_empty_braces_and_no_words_that_yaml_reads_as_something_else(language):
    for key, pattern in patterns(Words.load(language)).items():
        assert not isinstance(pattern, bool | type(None)), key
        assert "" not in placeholders(pattern), key


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("group", ["kind", "tier", "function", "mechanism", "rated_by", "evidence", "end_reason"])
def test_every_word_that_a_register_may_hold_has_a_label(language, group):
    labels = Words.load(language).group(group)
    assert set(vocabulary.words(group)) <= set(labels)
    assert all(labels.values())


@pytest.mark.parametrize("language", languages())
def test_twelve_months_and_every_mark(language):
    entries = Words.load(language).entries
    assert len(set(entries["dates"]["months"])) == 12
    assert set(entries["marks"]) == {"digits", "thousands", "decimal", "percent", "list", "list_last", "stop"}


@pytest.mark.parametrize(
    ("n", "words"), [(0, "no partnerships"), (1, "1 partnership"), (2, "2 partnerships"), (1234, "1,234 partnerships")]
)
def test_the_form_is_chosen_by_n(n, words):
    assert ENGLISH("n_partnerships", n=n) == words


def test_whole_numbers_are_written_with_separators_and_other_values_as_they_are():
    words = Words("xx", {"marks": ENGLISH.entries["marks"], "said": "{a} {b} {c}"})
    assert words("said", a=12345, b=1.5, c=True) == "12,345 1.5 True"


@pytest.mark.parametrize(
    ("value", "decimals", "written"),
    [(12345.6, 1, "12,345.6"), (0, 0, "0"), (-3, 0, "−3"), (0.005, 2, "0.01"), (1e6, 0, "1,000,000"), (-0.2, 0, "0")],
)
def test_numbers(value, decimals, written):
    assert ENGLISH.number(value, decimals=decimals) == written


def test_numbers_take_the_marks_of_the_language():
    german = Words("de", {"marks": {"thousands": ".", "decimal": ",", "percent": "{n} %"}})
    assert german.number(1234.5, decimals=1) == "1.234,5"
    assert german.percent(0.5) == "50 %"


@pytest.mark.parametrize(
    ("share", "written"), [(0, "0%"), (0.256, "26%"), (1, "100%"), (0.005, "1%"), (0.125, "13%"), (0.995, "100%")]
)
def test_percents_round_halves_up(share, written):
    assert ENGLISH.percent(share) == written


@pytest.mark.parametrize(
    ("precision", "written"), [("day", "2 Jul 2011"), ("month", "Jul 2011"), ("quarter", "Q3 2011"), ("year", "2011")]
)
def test_dates(precision, written):
    assert ENGLISH.date(dt.date(2011, 7, 2), precision=precision) == written


@pytest.mark.parametrize(("month", "quarter"), [(1, 1), (3, 1), (4, 2), (6, 2), (9, 3), (10, 4), (12, 4)])
def test_quarters(month, quarter):
    assert ENGLISH.date(dt.date(2011, month, 1), precision="quarter") == f"Q{quarter} 2011"


@pytest.mark.parametrize(
    ("words", "written"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_lists(words, written):
    assert ENGLISH.listed(words) == written


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: ENGLISH("stage_mix.findng"),
            "words 'stage_mix.findng' are not in en.yml; did you mean 'stage_mix.finding'?",
        ),
        (lambda: ENGLISH("zzzzqqqq"), "words 'zzzzqqqq' are not in en.yml"),
        (lambda: ENGLISH("stage_mix"), "words 'stage_mix' of en.yml are a group, not a pattern"),
        (lambda: ENGLISH("figure"), "words 'figure' of en.yml need a value for 'n'"),
        (lambda: ENGLISH("n_partnerships"), "words 'n_partnerships' of en.yml need a value for 'n'"),
        (
            lambda: ENGLISH("source", kind="Coded", heading="Note"),
            "words 'source' of en.yml need a value for 'title'; given: heading, kind",
        ),
    ],
)
def test_words_that_are_not_there_are_refused(call, message):
    with pytest.raises(LnlibError) as error:
        call()
    assert str(error.value) == message


def test_a_language_without_a_catalogue_is_refused():
    with pytest.raises(ValueNotAllowed) as error:
        Words.load("xx")
    assert str(error.value) == f"language 'xx' is not known. Allowed: {', '.join(languages())}"


@pytest.mark.parametrize("language", languages())
def test_no_key_stands_twice(language):
    """YAML keeps the last of two equal keys without a word."""
    text = (SOURCE / "words" / f"{language}.yml").read_text("utf-8")

    def walk(node):
        if isinstance(node, yaml.MappingNode):
            names = [key.value for key, _ in node.value]
            assert len(names) == len(set(names)), [name for name in names if names.count(name) > 1]
            for _, value in node.value:
                walk(value)

    walk(yaml.compose(text))


def test_a_group_that_is_not_there_has_no_labels():
    assert ENGLISH.group("nothing") == {}
    assert ENGLISH.group("figure") == {}
    assert ENGLISH.group("certainty.by") == {"unit": "by province", "state_kind": "by kind of state actor"}
    assert ENGLISH.group("certainty.by.unit.more") == {}
    assert ENGLISH.group("periods") == {"month": "month", "quarter": "quarter", "half": "half-year", "year": "year"}


def test_both_is_written_of_two():
    finding = {n: ENGLISH("stage_mix.finding_all_order", n=n, state="in coalition") for n in (1, 2, 3)}
    assert finding == {
        1: "The one partnership was in coalition when last mentioned",
        2: "When last mentioned, both partnerships were in coalition",
        3: "When last mentioned, all 3 partnerships were in coalition",
    }
    assert Words.load("km")("n_partnerships", n=2) == Words.load("km")("n_partnerships", n=3).replace("៣", "២")
