from __future__ import annotations

from difflib import SequenceMatcher

from hypothesis import given, settings
from hypothesis import strategies as st

from lnlib.register.doubtful_rows import LIKE, like_names

words = st.lists(st.text(alphabet="abAB 12", min_size=1, max_size=12).filter(str.strip), max_size=12)


def test_names_that_differ_in_a_number_are_two():
    assert like_names(["Commune council of Sangkae 1", "Commune council of Sangkae 2"]) == []


def test_names_that_differ_in_case_and_spaces_are_alike():
    assert like_names(["River Watch", "RIVER  WATCH", "Lake Circle"]) == [(1, 0)]


def test_of_very_many_names_only_equal_ones_are_paired():
    names = [f"Actor {number}" for number in range(3000)]
    assert like_names([*names, "actor-7", "Actoor 8"]) == [(3000, 7)]


@settings(max_examples=50)
@given(words)
def test_the_short_cut_finds_what_the_slow_comparison_finds(names):
    plain = [" ".join(name.casefold().split()) for name in names]
    digits = ["".join(c for c in name if c.isdigit()) for name in plain]
    slow = []
    for row, name in enumerate(plain):
        for other in range(row):
            ratio = SequenceMatcher(None, name, plain[other], autojunk=False).ratio()
            if digits[row] == digits[other] and ratio > LIKE:
                slow.append((row, other))
                break
    assert like_names(names) == slow
