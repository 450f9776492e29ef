import numpy as np
import pandas as pd
import pytest
from figure_contents import LABELS, THEME, WORDS, draw, texts, touching

from lnlib.charts import incidence
from lnlib.charts.style.house_style import MM
from lnlib.errors import ColumnMissing, LnlibError

TIMES = [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]
AT_RISK = [20, 20, 16, 11, 6, 2]


def competing(at_risk=AT_RISK, **more):
    rows = []
    for place, (time, n) in enumerate(zip(TIMES, at_risk, strict=True)):
        for event, step in (("reached", 0.15), ("ended", 0.05)):
            share = step * place
            limits = (np.nan, np.nan) if place == 0 else (share - 0.04, share + 0.1)
            rows.append((time, event, 20, n, 2 if place and event == "reached" else 0, share, *limits))
    columns = ["time", "event", "n", "n_at_risk", "n_event", "incidence", "low", "high"]
    made = pd.DataFrame(rows, columns=columns)
    return made.assign(event=pd.Categorical(made["event"], ["reached", "ended"]), **more)


def grouped(*sizes):
    return pd.concat(
        [
            competing(
                [n if k == 0 else min(n, size) for k, n in enumerate([size, *AT_RISK[1:]])], group=f"g{size}", n=size
            )
            for size in sizes
        ],
        ignore_index=True,
    )


def drawn(data, width="two-columns", **options):
    return draw(incidence, data, width, **{"to": "mid", **options})


def curves(figure):
    return {line.get_label(): line for line in figure.axes[0].lines if not line.get_label().startswith("_")}


def test_curves_stop_where_fewer_than_five_are_at_risk():
    found = curves(drawn(competing()))
    assert list(found) == ["reached", "ended"]
    assert found["reached"].get_xdata().tolist() == TIMES[:-1]
    assert found["reached"].get_ydata() == pytest.approx([0, 0.15, 0.3, 0.45, 0.6])
    assert found["reached"].get_drawstyle() == "steps-post"


def test_curves_differ_in_colour_and_in_line():
    found = curves(drawn(competing()))
    assert found["reached"].get_color() == THEME.stage_colours(3)[1]
    assert found["ended"].get_color() == THEME.faint
    assert found["reached"].get_linestyle() == "-"
    assert found["ended"].get_linestyle() == "--"


def test_bands_are_the_limits():
    band = drawn(competing()).axes[0].collections[0].get_paths()[0].vertices
    assert band[:, 1].min() == pytest.approx(0.15 - 0.04)
    assert band[:, 1].max() == pytest.approx(0.6 + 0.1)
    assert band[:, 0].min() == 0.5  # at 0 there are no limits


def test_the_numbers_at_risk_stand_under_the_axis():
    figure = drawn(competing())
    found = texts(figure)
    place = found.index("Number at risk")
    assert found[place + 1 : place + 6] == ["20", "20", "16", "11", "6"]
    under = [text for text in figure.axes[0].texts if text.get_text() in ("16", "11")]
    assert [text.get_position()[0] for text in under] == [1.0, 1.5]


def at(figure, name):
    """Where a text begins and ends, in years and shares."""
    figure.draw_without_rendering()
    ax = figure.axes[0]
    (text,) = [text for text in ax.texts if text.get_text() == name and text.get_position()[1] >= 0]
    (left, low), (right, high) = ax.transData.inverted().transform(text.get_window_extent())
    return left, (low + high) / 2, right


def test_the_shares_of_the_title_are_written_at_its_time():
    figure = drawn(competing())
    assert "Within 2 years, 60%" in incidence.finding(competing(), words=WORDS, labels=LABELS, to="mid")
    (hairline,) = [line for line in figure.axes[0].lines if line.get_label() == "_when"]
    assert list(hairline.get_xdata()) == [2.0, 2.0]
    for share, y in (("60%", 0.6), ("20%", 0.2)):
        left, middle, right = at(figure, share)
        assert min(abs(left - 2), abs(right - 2)) < 0.1
        assert middle == pytest.approx(y, abs=0.07)


def test_a_curve_is_named_where_it_ends_and_not_where_another_does():
    data = grouped(20, 12)
    early = data["group"].eq("g12") & data["time"].gt(1)  # one curve ends after a year, the other after two
    data.loc[early, "n_at_risk"] = 4
    figure = drawn(data, by="group", names={"g20": "Many", "g12": "Some"})
    left, middle, _ = at(figure, "Some")
    assert 1 < left < 1.2
    assert middle == pytest.approx(0.3, abs=0.12)  # of the group at one year
    left, middle, _ = at(figure, "Many")
    assert 2 < left < 2.2
    assert middle == pytest.approx(0.6, abs=0.05)


def test_a_curve_named_by_an_exposure_names_it():
    two = grouped(20, 12).assign(group=lambda rows: rows["group"] == "g20")
    two["incidence"] *= two["group"].map({True: 0.5, False: 1.0})
    options = {"to": "mid", "by": "group", "exposure": "an MoU"}
    assert incidence.finding(two, words=WORDS, labels=LABELS, **options) == (
        "Within 2 years, 30% with an MoU (n = 20) reached the middle stage, 60% without (n = 12)"
    )
    assert {"With an MoU", "Without"} <= set(texts(drawn(two, **options)))


@pytest.mark.parametrize(("times", "numbers"), [(1.0, ["60%"]), (0.5, ["30%", "60%"])])
def test_curves_that_meet_at_the_time_of_the_title_share_one_number(times, numbers):
    two = grouped(20, 12)
    two["incidence"] *= two["group"].map({"g20": times, "g12": 1.0})
    inside = [text.get_text() for ax in drawn(two, to="mid", by="group").axes for text in ax.texts]
    assert sorted(text for text in inside if text in ("30%", "60%")) == numbers


def test_a_window_around_a_closing_runs_in_months_before_and_after_it():
    two = grouped(20, 12).assign(group=lambda rows: rows["group"] == "g20", time=lambda rows: rows["time"] / 2)
    two["event"] = two["event"].cat.rename_categories({"reached": "ended", "ended": "x"})
    two["incidence"] *= two["group"].map({True: 0.5, False: 1.0})
    options = {"to": "mid", "by": "group", "event": "ended", "clock": "closing", "exposure": "an MoU"}
    assert incidence.finding(two, words=WORDS, labels=LABELS, **options) == (
        "Around a closing, 30% of windows with an MoU had an ending (n = 20), 60% without (n = 12)"
    )
    early = two.assign(time=two["time"] * 0.75)
    assert incidence.finding(early, words=WORDS, labels=LABELS, **options).startswith("Within 3 months of a closing, ")
    found = texts(drawn(two, **options))
    assert found[:5] == ["−6", "−3", "0", "3", "6"]
    assert "Months before and after a closing (0)" in found


@pytest.mark.parametrize(
    ("times", "when"),
    [(0.5, "In their second year"), (1, "Within 2 years after the first"), (0.25, "Within 6 months after")],
)
def test_after_a_first_year_the_title_says_from_when_it_counts(times, when):
    two = grouped(20, 12).assign(time=lambda rows: rows["time"] * times)
    say = {"words": WORDS, "labels": LABELS, "to": "mid", "by": "group", "clock": "landmark"}
    assert incidence.finding(two, **say).startswith(when)


def test_an_estimate_with_some_out_of_sight_is_no_part_of_n():
    """Of 20 followed, 3 fell, and 9 were out of sight by then: 20% is an estimate, and not 4 of 20."""
    rows = pd.DataFrame({
        "group": "a", "event": pd.Categorical(["back"] * 3), "time": [0.0, 0.5, 2.0], "n_at_risk": [20, 20, 9],
        "n_event": [0, 2, 1], "n_censored": [0, 9, 8], "n": 20, "incidence": [0.0, 0.1, 0.2], "low": 0.0, "high": 0.5,
    })  # fmt: skip
    say = {"words": WORDS, "labels": LABELS, "to": "mid", "by": "group", "event": "back", "clock": "gained"}
    both = pd.concat([rows, rows.assign(group="b", incidence=rows["incidence"] / 2)])
    message = incidence.finding(both, **say)
    assert "20% from a (n = 20)" in message
    assert "% of 20" not in message


def test_numbers_at_risk_that_grow_are_explained():
    late = competing([20, 8, 16, 11, 6, 2])
    assert WORDS("incidence.foot_enter") in " ".join(texts(drawn(late)))
    assert WORDS("incidence.foot_enter") not in " ".join(texts(drawn(competing())))


def test_the_axis_ends_at_the_tenth_above_all_curves():
    assert drawn(competing()).axes[0].get_ylim()[1] == pytest.approx(0.7 * 1.02)
    certain = competing().assign(high=lambda rows: rows["high"].clip(lower=0.98))
    assert drawn(certain).axes[0].get_ylim()[1] == pytest.approx(1.02)


def test_the_numbers_of_a_group_are_named_beside_them_or_above():
    data = grouped(20, 12)
    short = drawn(data, by="group", names={"g20": "Many", "g12": "Some"}).axes[0]
    beside = next(text for text in short.texts if text.get_text() == "Many" and text.get_position()[1] < 0)
    assert beside.get_position()[0] == 1
    name = "A group with a name too long to stand beside its numbers"
    long = drawn(data, by="group", names={"g20": name, "g12": "Some"}).axes[0]
    assert (
        next(text for text in long.texts if text.get_text() == name and text.get_position()[1] < 0).get_position()[0]
        == 0
    )


def test_a_number_at_the_end_of_the_axis_has_air_before_the_name_of_its_row():
    # the last tick, at 1 of 1 year, is at the end, and its number stands out past it
    data = grouped(2000, 1200).assign(time=lambda rows: rows["time"] / 2)
    data = data.assign(n_at_risk=np.where(data["group"] == "g2000", 2000, 1200))
    figure = draw(
        incidence,
        data[data["time"] <= 1],
        "column",
        to="mid",
        by="group",
        names={"g2000": "Many", "g1200": "Some"},
    )
    figure.draw_without_rendering()
    boxes = {
        text: [
            one.get_window_extent()
            for one in figure.axes[0].texts
            if one.get_text() == text and one.get_position()[1] < 0
        ]
        for text in ("Many", "2,000")
    }
    last = max(box.x1 for box in boxes["2,000"])
    assert boxes["Many"][0].x0 - last > 1.0 * MM * figure.dpi


def test_less_than_a_year_is_told_in_months():
    short = competing().assign(time=lambda rows: rows["time"] * 0.4)
    assert incidence.finding(short, words=WORDS, labels=LABELS, to="mid").startswith(
        "Within 9 months, 45% were recorded as reaching "
    )


def test_groups_have_a_curve_and_a_row_each_and_small_ones_are_named():
    data = grouped(20, 12, 3)
    figure = drawn(data, by="group", names={"g20": "Many", "g12": "Some", "g3": "Few"})
    assert list(curves(figure)) == ["g12", "g20"]
    found = texts(figure)
    assert found.index("Some") < found.index("Many")
    assert "Too few for a curve: Few (n = 3)." in " ".join(found)
    assert incidence.finding(data, words=WORDS, labels=LABELS, to="mid", by="group") == (
        "Within 2 years, 60% of partnerships were recorded as reaching the middle stage in both groups"
    )


def test_groups_that_differ_are_compared():
    data = grouped(20, 12, 9)
    data["incidence"] *= data["group"].map({"g20": 1.0, "g12": 0.5, "g9": 0.25})
    say = {"words": WORDS, "labels": LABELS, "to": "mid", "by": "group"}
    assert incidence.finding(data, **say) == (
        "Within 2 years, 15% (g9) to 60% (g20) of partnerships were recorded as reaching the middle stage"
    )
    two = data[data["group"] != "g9"]
    assert incidence.finding(two, **say) == (
        "Within 2 years, 30% of partnerships were recorded as reaching the middle stage (g12, n = 12), against 60% "
        "(g20, n = 20)"
    )
    assert incidence.finding(two, **say, event="ended") == (
        "Within 2 years, 10% of partnerships had ended (g12, n = 12), against 20% (g20, n = 20)"
    )


def without_events(data, *, where=True):
    kept = ~np.broadcast_to(where, len(data))
    return data.assign(**{name: data[name].where(kept, 0) for name in ("incidence", "n_event")})


@pytest.mark.parametrize(
    ("event", "against", "nowhere"),
    [
        (
            "reached",
            "60% were recorded as middle (g20), and none of 6 (g12; 95% limit: 39%)",
            "was recorded as reaching the middle stage",
        ),
        (
            "ended",
            "20% of partnerships had ended (g20), against none of the 6 followed so long (g12; 95% limit: at most 39%)",
            "had ended",
        ),
    ],
)  # fmt: skip
def test_no_event_among_many_is_a_one_sided_limit(event, against, nowhere):
    # 6 are still at risk after two years: 1 - 0.05 ** (1 / 6) = 39%
    say = {"words": WORDS, "labels": LABELS, "to": "mid", "by": "group", "event": event}
    two = grouped(20, 12)
    assert incidence.finding(without_events(two, where=two["group"] == "g12"), **say) == f"Within 2 years, {against}"
    # of both groups together 12: 1 - 0.05 ** (1 / 12) = 22%
    assert incidence.finding(without_events(two), **say) == (
        f"Within 2 years, none of the 12 partnerships followed so long {nowhere} (95% limit: at most 22%)"
    )


def test_no_event_on_a_single_curve_is_a_one_sided_limit():
    data = competing()
    assert incidence.finding(
        without_events(data, where=data["event"] == "reached"), words=WORDS, labels=LABELS, to="mid"
    ) == (
        "Within 2 years, none of the 6 partnerships followed so long was recorded as reaching the middle stage "
        "(95% limit: at most 39%)"
    )


def test_around_closings_windows_are_counted_and_not_partnerships():
    two = grouped(20, 12).assign(
        event=lambda rows: rows["event"].cat.rename_categories({"reached": "ended_", "ended": "x"})
    )
    two["event"] = two["event"].cat.rename_categories({"ended_": "ended"})
    two["incidence"] *= two["group"].map({"g20": 1.0, "g12": 0.5})
    say = {"words": WORDS, "labels": LABELS, "to": "mid", "by": "group", "event": "ended", "clock": "closing"}
    assert incidence.finding(two, **say) == (
        "Within 18 months of a closing, partnerships had ended in 30% of windows (g12, n = 12), against 60% (g20, n = 20)"
    )
    assert "n = 12 windows of " in incidence.describe(two, **say)
    assert "Windows at risk" in texts(drawn(two, by="group", event="ended", clock="closing"))


def test_falling_back_has_words_of_its_own():
    two = grouped(20, 12).assign(event=lambda rows: rows["event"].cat.rename_categories({"reached": "back"}))
    two["incidence"] *= two["group"].map({"g20": 1.0, "g12": 0.5})
    say = {"words": WORDS, "labels": LABELS, "to": "mid", "by": "group", "event": "back", "clock": "gained"}
    assert incidence.finding(two, **say) == (
        "Within 2 years, 30% had fallen back from g12 (n = 12), 60% from g20 (n = 20)"
    )
    assert incidence.finding(two, **(say | {"clock": "closed"})).startswith(
        "Within 2 years of a closing, 30% had fallen"
    )
    assert incidence.describe(two, **say).startswith("Line chart of the cumulative incidence of falling back. Within")
    assert incidence.finding(two.iloc[:0], **say) == "No partnership was recorded at this stage"
    assert incidence.finding(two.iloc[:0], **(say | {"clock": "closed"})) == (
        "No closing of a project at which enough partnerships ended is recorded"
    )
    assert "Years after the stage was first recorded" in texts(drawn(two, by="group", event="back", clock="gained"))


@pytest.mark.parametrize("width", ["column", "two-columns"])
@pytest.mark.parametrize("by", ["", "group"])
def test_no_words_touch(width, by):
    data = grouped(20, 12, 3) if by else competing()
    assert touching(drawn(data, width, by=by, names={"g20": "Service delivery and accountability"})) == []


def test_few_have_no_curve_and_no_percentage():
    few = competing([3, 3, 2, 1, 1, 1], n=3)
    message = "Too few for a curve: 3 partnerships were followed, and 10 reached the middle stage"
    assert " ".join(texts(drawn(few))) == message
    assert incidence.describe(few, words=WORDS, labels=LABELS, to="mid") == message


def test_nothing_is_a_sentence():
    assert texts(drawn(competing().iloc[:0])) == ["No partnership was followed from before it reached this stage"]
    assert (
        incidence.finding(competing().iloc[:0], words=WORDS, labels=LABELS, to="mid")
        == "No partnership was followed from before it reached this stage"
    )


def test_the_words():
    assert incidence.describe(competing(), words=WORDS, labels=LABELS, to="mid") == (
        "Line chart of the cumulative incidence of reaching Middle. Within 2 years, 60% were recorded as reaching the middle "
        "stage and 20% ended before that (n = 20). Reached the middle stage or above: 60% after 2.0 years, "
        "95% interval 56% to 70%, n = 20. Ended before: 20% after 2.0 years, 95% interval 16% to 30%, n = 20"
    )


def test_wrong_frames_are_refused():
    with pytest.raises(
        ColumnMissing,
        match=r"^chart incidence needs column incidence; the frame has: "
        r"time, event, n, n_at_risk, n_event, low, high$",
    ):
        drawn(competing().drop(columns="incidence"))
    with pytest.raises(LnlibError, match=r"^chart incidence draws at most 4 groups, but got 5 of group$"):
        drawn(grouped(20, 12, 9, 8, 7), by="group")


def test_in_order_no_time_has_passed():
    message = "The source gives no dates, so it tells nothing about time"
    assert " ".join(texts(drawn(competing(), order=True))) == message
    assert incidence.describe(competing(), words=WORDS, labels=LABELS, to="mid", order=True) == message
