from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lnlib.errors import ColumnMissing, LnlibError, ValueNotAllowed, listed, nearest, not_allowed


def test_nearest_ignores_case_and_keeps_the_words_own():
    assert nearest("BATAMBANG", ["Battambang", "Takeo"]) == "Battambang"


def test_nearest_of_nothing_like_it_is_none():
    assert nearest("xyz", ["Battambang", "Takeo"]) is None
    assert nearest("Takeo", []) is None


@given(st.text(max_size=12), st.lists(st.text(max_size=12), max_size=8))
def test_nearest_is_one_of_the_allowed_or_none(value, allowed):
    assert nearest(value, allowed) in [*allowed, None]


def test_listed():
    assert listed([]) == ""
    assert listed(["a"]) == "a"
    assert listed("abc", most=3) == "a, b, c"
    assert listed("abcd", most=3) == "a, b, c and 1 more"


def test_not_allowed_without_a_near_match_gives_the_list():
    assert not_allowed("stage", "x", ["low", "high"]) == "stage 'x' is not known. Allowed: low, high"


def test_value_not_allowed_is_both_ours_and_a_value_error():
    error = ValueNotAllowed.of("frame", "255", ("24", "25"))
    assert isinstance(error, LnlibError)
    assert isinstance(error, ValueError)
    assert str(error) == "frame '255' is not known; did you mean '25'? Allowed: 24, 25"


def test_column_missing_names_what_is_there():
    error = ColumnMissing.of(["stage", "date"], ["n"], caller="shares")
    assert str(error) == "shares needs column stage, date; the frame has: n"
    assert str(ColumnMissing.of(["stage"], [], caller="shares")) == "shares needs column stage; the frame has: none"


def test_only_our_own_errors_are_for_the_person_who_asked():
    with pytest.raises(LnlibError):
        raise ValueNotAllowed.of("stage", "x", ("low",))


def test_a_notebook_shows_the_line_that_asked_and_the_message_alone():
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    shell.user_ns["__name__"] = "__main__"
    shown = []
    shell._showtraceback = lambda kind, error, lines: shown.extend(lines)
    shell.run_cell("from lnlib.errors import nearest, not_allowed, ValueNotAllowed", store_history=True)
    shell.run_cell(
        "province = 1\nraise ValueNotAllowed.of('province', 'Batambang', ['Battambang'])", store_history=True
    )
    assert shown == [
        "Cell In[2], line 2",
        "ValueNotAllowed: province 'Batambang' is not known; did you mean 'Battambang'? Allowed: Battambang",
    ]
