import numpy as np
import pandas as pd
import pytest
from scipy.linalg import expm

from lnlib.errors import ValueNotAllowed
from lnlib.measures.panel.model import panel_model
from lnlib.measures.panel.model_occupation import model_occupation
from lnlib.measures.panel.results import probabilities, rates

STAGES = ["low", "mid", "top"]


def seen(n=40, seed=5):
    """Draw partnerships with four assessments, some ended, a kind, a mark that comes later, and a number."""
    random = np.random.default_rng(seed)
    rows = []
    for who in range(n):
        stage, date = int(random.integers(0, 3)), float(random.integers(0, 3))
        for visit in range(4):
            rows.append(
                (
                    who,
                    date,
                    STAGES[stage],
                    "assessed",
                    ["ngo", "media", "union"][who % 3],
                    visit > 1 and who < 9,
                    who / 10,
                )
            )
            date += float(random.uniform(0.3, 1.2))
            stage = int(np.clip(stage + random.integers(-1, 2), 0, 2))
        if random.random() < 0.3:
            rows.append((who, date, None, "ended", ["ngo", "media", "union"][who % 3], True, who / 10))
    found = pd.DataFrame(rows, columns=["partnership", "date", "stage", "status", "kind", "marked", "size"])
    found["stage"] = pd.Categorical(found["stage"], STAGES, ordered=True)
    found["kind"] = pd.Categorical(found["kind"], ["other", "ngo", "media", "union"])
    return found


def test_the_curve_is_the_start_times_the_exponential_of_the_rates():
    fit = panel_model(seen())
    table = rates(fit)
    q = np.zeros((4, 4))
    q[table["from"].cat.codes, table["to"].cat.codes] = table["rate"]
    q -= np.diag(q.sum(axis=1))
    start = np.array([0.7, 0.2, 0.1, 0.0])
    found = model_occupation(fit, starting=start.tolist(), over=[0, 0.5, 3])
    assert list(found.columns) == ["time", "stage", "probability", "se", "low", "high"]
    assert found["stage"].cat.categories.tolist() == [*STAGES, "ended"]
    for time, rows in found.groupby("time"):
        np.testing.assert_allclose(rows["probability"], start @ expm(q * time), atol=1e-12)
        assert rows["probability"].sum() == pytest.approx(1)
    later = found[found["time"] > 0]
    assert (later["low"] < later["probability"]).all()
    assert (later["probability"] < later["high"]).all()


def test_from_one_stage_it_is_a_row_of_the_probabilities():
    fit = panel_model(seen(), covariates="kind")
    found = model_occupation(fit, starting={"mid": 1}, over=[2], at={"kind": "media"})
    row = probabilities(fit, over=2, at={"kind": "media"}).query("`from` == 'mid'")
    for name in ("probability", "se", "low", "high"):
        np.testing.assert_allclose(found[name], row[name], atol=1e-12)


def test_no_times_give_no_rows():
    assert len(model_occupation(panel_model(seen()), starting={"low": 1}, over=[])) == 0


def test_refusals():
    fit = panel_model(seen())
    with pytest.raises(ValueNotAllowed) as refusal:
        model_occupation(fit, starting=[1, 1, 0, 0], over=[1])
    assert str(refusal.value) == (
        "starting must be 4 probabilities that add up to 1 (low, mid, top, ended), but got [1, 1, 0, 0]"
    )
    with pytest.raises(ValueNotAllowed) as refusal:
        model_occupation(fit, starting={"mud": 1}, over=[1])
    assert str(refusal.value) == "stage 'mud' is not known; did you mean 'mid'? Allowed: low, mid, top, ended"
    with pytest.raises(ValueNotAllowed) as refusal:
        model_occupation(fit, starting={"mid": 1}, over=[-1])
    assert str(refusal.value) == "over must be 0 or more, but got -1"
    with pytest.raises(ValueNotAllowed) as refusal:
        model_occupation(fit, starting={"mid": 1}, over=["2014"])
    assert str(refusal.value) == "over must be a number, as the times of the frame are, but got '2014'"
