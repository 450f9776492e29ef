from __future__ import annotations

from lnlib.register.problems import Place, Problem, of_severity, shortened

ERROR = Problem.error(Place("a.xlsx", "Actors", 3, "kind"), "bad", table="actors", value="x", suggestion="ngo")
WHOLE = Problem.warning(Place("actors.csv"), "odd", table="actors")


def test_a_problem_says_its_place_and_reason():
    assert str(ERROR) == "a.xlsx, sheet Actors, row 3, column kind: bad"
    assert str(WHOLE) == "actors.csv: odd"


def test_of_severity_keeps_the_order():
    assert of_severity([WHOLE, ERROR, WHOLE], "warning") == [WHOLE, WHOLE]


def test_a_shortened_value_is_one_line_of_at_most_eighty_signs():
    assert shortened("a\n  b") == "a b"
    assert shortened("x" * 80) == "x" * 80
    assert shortened("x" * 81) == "x" * 79 + "…"
