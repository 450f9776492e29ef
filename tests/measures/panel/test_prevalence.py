import pandas as pd
import pytest

from lnlib.measures.panel.model import panel_model
from lnlib.measures.panel.prevalence import prevalence

ROWS = [
    *[("a", 0, "low"), ("a", 4, "high"), ("a", 8, "high")],
    *[("b", 0, "low"), ("b", 4, "low"), ("b", 8, "low"), ("b", 12, "high")],
    *[("c", 4, "low"), ("c", 8, "high"), ("c", 12, "low")],
    *[("d", 4, "low"), ("d", 8, "low"), ("d", 12, "low")],
]


def seen(*, dates):
    """Four partnerships, in years; or in dates, of which four years are 1,461 days."""
    found = pd.DataFrame(ROWS, columns=["partnership", "date", "stage"])
    if dates:
        found["date"] = pd.to_datetime([f"{2010 + year}-01-01" for year in found["date"]])
    return found.assign(stage=pd.Categorical(found["stage"], ["low", "high"], ordered=True))


@pytest.mark.parametrize("origin", [{}, {"origin": "each"}])
def test_visits_that_begin_after_those_of_the_fit_meet_its_cut_when_it_was(origin):
    def expected(*, dates, cut, at):
        visits = seen(dates=dates)
        fit = panel_model(visits, cuts=[cut])
        return prevalence(fit, visits[visits["partnership"].isin(["c", "d"])], at=at, **origin)

    by_date = expected(dates=True, cut="2018-01-01", at=["2018-01-01", "2022-01-01"])
    by_year = expected(dates=False, cut=8, at=[8, 12])
    assert by_date["observed"].tolist() == by_year["observed"].tolist() == [1, 1, 2, 0]
    assert by_date["expected"].tolist() == pytest.approx(by_year["expected"].tolist(), rel=1e-6)
    assert by_date["date"].tolist() == [pd.Timestamp("2018-01-01")] * 2 + [pd.Timestamp("2022-01-01")] * 2
