"""The register as histories: assessments placed in time, and the spells between them.

Columns are those of `docs/columns.md`. Three choices are declared and belong in a figure's note: where a partial date
is placed (`placed`; or, where a source tells the order of things and not their dates, `placed="order"`), whose ratings
count (`rater`; where two on one date differ, `differ`), and how long a stage is carried forward after the last
assessment (`carried`, in months).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from lnlib.errors import LnlibError, ValueNotAllowed
from lnlib.reference import vocabulary
from lnlib.reference.dates import PLACINGS
from lnlib.register import Register
from lnlib.register.derived import kept

CARRIED_MONTHS = 18
_EVERY = {"month": 1, "quarter": 3, "half": 6, "year": 12}
_DAY = np.timedelta64(1, "D")
_STATUS = pd.CategoricalDtype(["assessed", "not_assessed", "ended"])
_OUTCOME = pd.CategoricalDtype(["up", "down", "ended", "stale", "assessed", "censored"])


def raters() -> tuple[str, ...]:
    """Give what `rater` may be: `any`, or one of the words of `rated_by`."""
    return ("any", *vocabulary.words("rated_by"))


def dated(register: Register, *, rater: str = "any") -> pd.DataFrame:
    """Give the assessments with the interval their date lies in.

    Parameters
    ----------
    register : Register
    rater : str
        `any`, `state`, `non_state`, `independent` or `unstated`.

    Returns
    -------
    DataFrame
        `partnership`, `first`, `last` (datetime64), `step` (Int64), `stage` (ordered categorical), `status`
        (`assessed`), `rated_by`.

    Raises
    ------
    ValueNotAllowed
        The rater is not known.
    """
    _check_rater(rater)
    frame = register.assessments
    if rater != "any":
        frame = frame[frame["rated_by"] == rater]
    return pd.DataFrame(
        {
            "partnership": frame["partnership"],
            "first": frame["date_first"],
            "last": frame["date_last"],
            "step": frame["step"],
            "stage": frame["stage"],
            "status": pd.Categorical(["assessed"] * len(frame), dtype=_STATUS),
            "rated_by": frame["rated_by"],
        }
    ).reset_index(drop=True)


def placed_assessments(register: Register, *, placed: str = "middle", rater: str = "any") -> pd.DataFrame:
    """Give the assessments with one date each, in order.

    A date that is known to a month, quarter or half is placed in the middle (or at the start or end) of it. Where
    several assessments or mechanisms of a partnership share one wide interval and have a declared `step`, they are
    spread over it evenly in that order. Placed in `order`, the date is a number: 1 for the first assessment of a
    partnership, 2 for the next.

    Returns
    -------
    DataFrame
        The columns of `dated` and `date` (datetime64, or a number for the order), sorted by partnership, date, step.

    Raises
    ------
    ValueNotAllowed
        The placing or the rater is not known.
    """
    _check_placing(placed)
    _check_rater(rater)
    return _placed_assessments(register, placed, rater)


@kept
def _placed_assessments(register: Register, placed: str, rater: str) -> pd.DataFrame:
    frame = dated(register, rater=rater)
    frame = frame.assign(date=_times(frame, register, placed))
    order = frame["stage"].cat.codes.rename("level")
    frame = frame.assign(level=order).sort_values(["partnership", "date", "step", "level"], kind="stable")
    return frame.drop(columns="level").reset_index(drop=True)


def placed_mechanisms(register: Register, *, placed: str = "middle") -> pd.DataFrame:
    """Give the mechanisms with a date each, placed by the rules of `placed_assessments`.

    Returns
    -------
    DataFrame
        `partnership`, `mechanism`, `first`, `last`, `step`, `date` (NaT where not known; a number for the order),
        `until` (NaT while it lasts).
    """
    _check_placing(placed)
    return _placed_mechanisms(register, placed)


@kept
def _placed_mechanisms(register: Register, placed: str) -> pd.DataFrame:
    frame = register.mechanisms
    spans = pd.DataFrame(
        {
            "partnership": frame["partnership"],
            "mechanism": frame["mechanism"],
            "first": frame["start_first"],
            "last": frame["start_last"],
            "step": frame["step"],
        }
    )
    if placed == "order":
        ordered = spans.assign(date=_beside(spans, register), until=np.nan)
        return ordered.sort_values(["partnership", "date", "mechanism"], kind="stable").reset_index(drop=True)
    until = _place_plain(frame["end_first"], frame["end_last"], placed)
    spans = spans.assign(date=_place(spans, _steps(register), placed), until=until)
    return spans.sort_values(["partnership", "date", "mechanism"], kind="stable").reset_index(drop=True)


def visits(register: Register, *, placed: str = "middle", rater: str = "any", differ: str = "lower") -> pd.DataFrame:
    """Give one row an assessment, and one for each dated ending.

    Where two ratings of a partnership fall on one date and differ, the lower (or higher) one counts. What is placed
    outside the observed period is left out. Placed in order, there are no endings.

    Returns
    -------
    DataFrame
        The columns `visits` of `docs/columns.md`.

    Raises
    ------
    ValueNotAllowed
        The placing, rater or `differ` is not known.
    """
    rows = _one_a_date(placed_assessments(register, placed=placed, rater=rater), differ)
    columns = ["partnership", "date", "stage", "status", "rated_by"]
    if placed == "order":
        return rows[columns]
    lives = _lives(register, placed)
    gone = lives[lives["known_end"]]
    endings = pd.DataFrame(
        {
            "partnership": gone["partnership"],
            "date": gone["end"] - _DAY,
            "stage": pd.Categorical([None] * len(gone), dtype=register.scale.dtype),
            "status": pd.Categorical(["ended"] * len(gone), dtype=_STATUS),
            "rated_by": pd.array([None] * len(gone), dtype="str"),
        }
    )
    both = pd.concat([rows[columns], endings[columns]]) if len(endings) else rows[columns]
    seen = both[_observed(both["date"], register)]
    return seen.sort_values(["partnership", "date", "status"], kind="stable").reset_index(drop=True)


def spells(
    register: Register,
    *,
    placed: str = "middle",
    rater: str = "any",
    differ: str = "lower",
    carried: float = CARRIED_MONTHS,
    attributes: Sequence[str] = (),
) -> pd.DataFrame:
    """Give the spells of every partnership: a stage, or not assessed, or ended, from a date to a date.

    A partnership begins at its start; where that is not known, at its first assessment (whoever rated it) or mechanism,
    else with the observed period. It ends after the day of its end. A stage holds until the next assessment, at most
    `carried` months after the last one; then the partnership is not assessed until it is assessed again. A stage
    assessed before the observed period is carried into it; one that begins after it has no spell. Placed in `order`,
    time is the number of the assessment and the last one holds to the end.

    Parameters
    ----------
    register : Register
    placed : str
        `middle`, `start` or `end` of a partial date; or `order`.
    rater : str
        `any`, `state`, `non_state`, `independent` or `unstated`.
    differ : str
        `lower` or `higher`: which of two ratings on one date counts.
    carried : float
        Months a stage is carried forward; `inf` for always.
    attributes : sequence of str
        Columns of `Register.described` to join on; `unit`, `non_state` and `state` become categoricals that hold
        every unit or actor, so that the empty ones stay in a measure.

    Returns
    -------
    DataFrame
        The columns `spells` of `docs/columns.md`, sorted by partnership and start.

    Raises
    ------
    ValueNotAllowed
        A choice is not known.
    LnlibError
        `carried` is not a number of months.
    """
    if not carried >= 0:
        raise LnlibError(f"carried is months, 0 or more; got {carried}")
    _check_placing(placed)
    _check_rater(rater)
    _check_differ(differ)
    return with_attributes(_spells(register, placed, rater, differ, carried), register, attributes)


@kept
def _spells(register: Register, placed: str, rater: str, differ: str, carried: float) -> pd.DataFrame:
    rows = _one_a_date(placed_assessments(register, placed=placed, rater=rater), differ)
    if placed == "order":
        return _joined(_ordered_pieces(rows, register), register)
    lives = _lives(register, placed)
    first, last = (pd.Timestamp(day) for day in register.observed)
    pieces = _pieces(rows, lives, carried, register)
    pieces = _clipped(pieces, first, last + pd.Timedelta(days=1))
    return _joined(pieces, register)


def lines(
    register: Register, *, placed: str = "middle", rater: str = "any", carried: float = CARRIED_MONTHS
) -> pd.DataFrame:
    """Give what one line a partnership shows: its spells, assessments and mechanisms, as one frame.

    Returns
    -------
    DataFrame
        `partnership`, `label`, `what` (`spell`, `assessment`, `mechanism`), `stage` (ordered categorical), `status`
        (of a spell), `start`, `end` (time; of an assessment or mechanism its date, twice), `first`, `last` (the
        interval the date lies in), `detail` (rater or mechanism). Every partnership that had begun has at least one
        spell; assessments and mechanisms placed outside the observed period are left out.
    """
    spans = spells(register, placed=placed, rater=rater, carried=carried)[
        ["partnership", "stage", "status", "start", "end"]
    ]
    rated = placed_assessments(register, placed=placed, rater=rater)
    rated = rated.assign(start=rated["date"], end=rated["date"], detail=rated["rated_by"], status=None)
    set_up = placed_mechanisms(register, placed=placed)
    set_up = set_up.assign(start=set_up["date"], end=set_up["date"], detail=set_up["mechanism"])
    columns = ["partnership", "what", "stage", "status", "start", "end", "first", "last", "detail"]
    time = spans["start"].dtype
    held: dict[str, Any] = {"partnership": "str", "what": "str", "stage": register.scale.dtype, "status": _STATUS}
    held |= {"start": time, "end": time, "first": "datetime64[us]", "last": "datetime64[us]", "detail": "str"}
    parts = [
        frame[_observed(frame["start"], register)].assign(what=what).reindex(columns=columns).astype(held)
        for what, frame in (("spell", spans), ("assessment", rated), ("mechanism", set_up))
    ]
    both = pd.concat(parts, ignore_index=True)
    both = both.assign(detail=both["detail"].fillna(""))
    named = both.join(register.described.set_index("partnership")["label"], on="partnership")
    return named[["partnership", "label", *columns[1:]]].sort_values(
        ["partnership", "start"], kind="stable", ignore_index=True
    )


def standing(
    register: Register, *, placed: str = "middle", rater: str = "any", carried: float = CARRIED_MONTHS
) -> pd.DataFrame:
    """Give where each partnership stands at the end of the observed period, and how it got there.

    Returns
    -------
    DataFrame
        One row a partnership: `partnership`, `label`, `unit`, `non_state`, `non_state_name`, `state`, `state_name`,
        `non_state_kind`, `state_kind`, `begin` (time), `first_stage`, `stage` (the last held; ordered categoricals, NA
        where never assessed), `status` (at the end; NA where it had not begun), `last_assessed` (time), `assessments`
        (count; both by the end of the period), `up`, `down` (counts, within the period), `mechanisms` (`;`-separated,
        in the order they were set up).
    """
    frame = spells(register, placed=placed, rater=rater, carried=carried)
    held = frame[frame["status"] == "assessed"]
    every = placed_assessments(register, placed=placed, rater=rater)
    rated = every[_observed(every["date"], register, before=True)].groupby("partnership")["date"]
    by, held_by = frame.groupby("partnership"), held.groupby("partnership")
    level = held["stage"].cat.codes.astype(int)
    step = level.groupby(held["partnership"]).diff()
    every = placed_mechanisms(register, placed=placed)
    set_up = every[_observed(every["date"], register, before=True)].groupby("partnership")["mechanism"]
    columns = ["label", "unit", "non_state", "non_state_name", "state", "state_name", "non_state_kind", "state_kind"]
    whose = register.described.set_index("partnership")[columns]
    now = whose.assign(
        begin=by["start"].min(),
        first_stage=held_by["stage"].first(),
        stage=held_by["stage"].last(),
        status=by["status"].last(),
        last_assessed=rated.max(),
        assessments=rated.size().reindex(whose.index).fillna(0).astype(int),
        up=(step > 0).groupby(held["partnership"]).sum().reindex(whose.index).fillna(0).astype(int),
        down=(step < 0).groupby(held["partnership"]).sum().reindex(whose.index).fillna(0).astype(int),
        mechanisms=set_up.agg(lambda words: ";".join(dict.fromkeys(words)))
        .reindex(whose.index)
        .fillna("")
        .astype("str"),
    )
    return now.reset_index()


def assessments_in_order(register: Register, *, placed: str = "middle") -> pd.DataFrame:
    """Give all assessments as they were recorded, in the order in which charts place them.

    Returns
    -------
    DataFrame
        The columns of `assessments`; in the order of partnerships and then of placed date and step, those without a date last.

    Raises
    ------
    ValueNotAllowed
        The placing is not known.
    """
    _check_placing(placed)
    frame = register.assessments
    rows = frame.rename(columns={"date_first": "first", "date_last": "last"})
    at = _times(rows, register, placed)
    number = {key: number for number, key in enumerate(register.partnerships["partnership"])}
    ranked = frame.assign(rank=frame["partnership"].map(number), at=at, level=frame["stage"].cat.codes)
    ranked = ranked.sort_values(["rank", "at", "step", "level"], kind="stable")
    return ranked[list(frame.columns)].reset_index(drop=True)


def cases(register: Register, *, placed: str = "middle") -> pd.DataFrame:
    """Give every assessment with its words: who, where, which stage, by which criterion, and the source's own quote.

    Returns
    -------
    DataFrame
        `partnership`, `label`, `unit`, `date` (as written), `stage`, `rated_by`, `evidence`, `criterion`, `quote`,
        `passage`, `source`, `note`; in the order of `assessments_in_order`.

    Raises
    ------
    ValueNotAllowed
        The placing is not known.
    """
    told = assessments_in_order(register, placed=placed)
    frame = told.join(register.described.set_index("partnership")[["label", "unit"]], on="partnership")
    columns = ["partnership", "label", "unit", "date", "stage", "rated_by", "evidence", "criterion", "quote", "passage"]
    return frame[[*columns, "source", "note"]]


def grid(register: Register, *, every: str = "quarter", placed: str = "middle") -> list[Any]:
    """Give the dates a register is counted on: the last day of each period observed whole or in part.

    Parameters
    ----------
    register : Register
    every : str
        `month`, `quarter`, `half` or `year`.
    placed : str
        Of assessments placed in `order`, the numbers of the order are given instead.

    Returns
    -------
    list of Timestamp or of float
        In order; the last one is the last observed day.

    Raises
    ------
    ValueNotAllowed
        The period is not known.
    """
    if every not in _EVERY:
        raise ValueNotAllowed.of("every", every, tuple(_EVERY))
    if placed == "order":
        return [float(k) for k in range(1, _told(register) + 1)]
    first, last = (pd.Timestamp(day) for day in register.observed)
    months = pd.period_range(first, last, freq="M")
    closing = months[(months.month % _EVERY[every] == 0) | (months == months[-1])]
    ends = closing.to_timestamp(how="end").floor("D")
    return list(ends.where(ends <= last, last))


def with_attributes(frame: pd.DataFrame, register: Register, attributes: Sequence[str]) -> pd.DataFrame:
    """Join attributes of the partnership onto a frame with a column `partnership`.

    Raises
    ------
    ValueNotAllowed
        There is no such attribute.
    """
    if not attributes:
        return frame
    described = register.described
    for name in attributes:
        if name not in described or name == "partnership":
            raise ValueNotAllowed.of("attribute", name, [c for c in described.columns if c != "partnership"])
    columns = described.set_index("partnership")[list(attributes)]
    actors = (register.whole or register).actors
    levels = {
        "unit": [unit.code for unit in register.units],
        "non_state": list(actors.loc[actors["side"] == "non_state", "actor"]),
        "state": list(actors.loc[actors["side"] == "state", "actor"]),
    }
    for name in attributes:
        if name in levels:
            values = levels[name] + [""] * bool((columns[name] == "").any())
            columns = columns.assign(**{name: columns[name].astype(pd.CategoricalDtype(values))})
    return frame.join(columns, on="partnership")


def told_in_order(register: Register) -> bool:
    """Whether a register tells no date to within a year, but the order of things."""
    rated = register.assessments
    if rated.empty or not rated["step"].notna().any():
        return False
    days = (rated["date_last"] - rated["date_first"]).dt.days
    return bool(((days > 366) | days.isna()).all())


def _check_placing(placed: str) -> None:
    if placed not in (*PLACINGS, "order"):
        raise ValueNotAllowed.of("placed", placed, (*PLACINGS, "order"))


def _check_rater(rater: str) -> None:
    if rater not in raters():
        raise ValueNotAllowed.of("rater", rater, raters())


def _check_differ(differ: str) -> None:
    if differ not in ("lower", "higher"):
        raise ValueNotAllowed.of("differ", differ, ("lower", "higher"))


def _place_plain(first: pd.Series, last: pd.Series, placed: str) -> pd.Series:
    if placed == "start":
        return first
    if placed == "end":
        return last
    return (first + (last - first) / 2).dt.floor("D")


def _ranks(frame: pd.DataFrame) -> pd.Series:
    """Rank the assessments of each partnership by step and date; those not told apart share one."""
    ordered = frame.sort_values(["partnership", "step", "first", "last"], kind="stable")
    told = ordered[["partnership", "step", "first", "last"]]
    new = ~told.duplicated()
    return new.groupby(ordered["partnership"]).cumsum().astype(float).reindex(frame.index)


def _told(register: Register) -> int:
    """Count the places of the order; those of the whole register, so that a narrowed one has the same."""
    whole = dated(register.whole or register)
    return int(_ranks(whole).max()) if len(whole) else 1


def _beside(mechanisms: pd.DataFrame, register: Register) -> pd.Series:
    """Place each mechanism in the order, with the last assessment told up to its step.

    One whose step is not told stands at the first assessment; `first` and `last` show how little is known.
    """
    rated = dated(register)
    rated = rated.assign(rank=_ranks(rated))[["partnership", "step", "rank"]]
    pairs = mechanisms[["partnership", "step"]].reset_index(names="row").merge(rated, on="partnership")
    told = pairs[(pairs["step_y"] <= pairs["step_x"]).fillna(False).to_numpy(dtype=bool)]
    return told.groupby("row")["rank"].max().reindex(mechanisms.index).astype(float).fillna(1.0)


def _observed(times: pd.Series, register: Register, *, before: bool = False) -> np.ndarray:
    """Say which times lie in the observed period (or before it); those not known and those of an order do."""
    if not pd.api.types.is_datetime64_any_dtype(times):
        return np.ones(len(times), dtype=bool)
    first, last = (pd.Timestamp(day) for day in register.observed)
    return (times.isna() | ((times <= last) & (before | (times >= first)))).to_numpy()


def _ordered_pieces(rows: pd.DataFrame, register: Register) -> pd.DataFrame:
    """Lay out the assessments in their order; a partnership never assessed is one piece."""
    last = _told(register) + 1.0
    same = (rows["partnership"] == rows["partnership"].shift(-1)).to_numpy()
    assessed = pd.DataFrame(
        {
            "partnership": rows["partnership"],
            "start": rows["date"].astype(float),
            "end": np.where(same, rows["date"].astype(float).shift(-1), last),
            "level": rows["stage"].cat.codes,
            "status": pd.Categorical(["assessed"] * len(rows), dtype=_STATUS),
            "seen": rows["date"].astype(float),
        }
    )
    never = register.partnerships.loc[~register.partnerships["partnership"].isin(rows["partnership"]), "partnership"]
    rest = pd.DataFrame({"partnership": never, "start": 1.0, "end": last, "level": -1, "seen": np.nan})
    rest = rest.assign(status=pd.Categorical(["not_assessed"] * len(rest), dtype=_STATUS))
    both = pd.concat([assessed, rest]) if len(rest) else assessed
    return both.sort_values(["partnership", "start"], kind="stable").reset_index(drop=True)


@kept
def _steps(register: Register) -> pd.DataFrame:
    """Rank the declared steps of each partnership within each interval they share, and count them."""
    parts = [
        register.assessments[["partnership", "date_first", "date_last", "step"]],
        register.mechanisms[["partnership", "start_first", "start_last", "step"]],
    ]
    names = ["partnership", "first", "last", "step"]
    frame = pd.concat([part.set_axis(names, axis=1) for part in parts]).dropna().drop_duplicates()
    shared = frame.groupby(["partnership", "first", "last"])["step"]
    return frame.assign(rank=shared.rank(method="dense").astype(float), of=shared.transform("nunique"))


def _times(frame: pd.DataFrame, register: Register, placed: str) -> pd.Series:
    """Give each assessment its date, or its place in the order."""
    return _ranks(frame) if placed == "order" else _place(frame, _steps(register), placed)


def _place(frame: pd.DataFrame, steps: pd.DataFrame, placed: str) -> pd.Series:
    plain = _place_plain(frame["first"], frame["last"], placed)
    if steps.empty:
        return plain
    ranked = frame[["partnership", "first", "last", "step"]].merge(
        steps, on=["partnership", "first", "last", "step"], how="left", validate="many_to_one"
    )
    back = {"start": 1.0, "middle": 0.5, "end": 0.0}[placed]
    share = ((ranked["rank"] - back) / ranked["of"]).to_numpy()
    spread = (frame["first"] + (frame["last"] - frame["first"]) * np.nan_to_num(share)).dt.floor("D")
    return plain.where(np.isnan(share) | (ranked["of"] == 1).to_numpy(), spread)


def _one_a_date(rows: pd.DataFrame, differ: str) -> pd.DataFrame:
    _check_differ(differ)
    keep: Literal["first", "last"] = "first" if differ == "lower" else "last"
    level = rows["stage"].cat.codes
    ordered = rows.assign(level=level).sort_values(["partnership", "date", "level"], kind="stable")
    return ordered.drop_duplicates(["partnership", "date"], keep=keep).drop(columns="level").reset_index(drop=True)


@kept
def _lives(register: Register, placed: str) -> pd.DataFrame:
    """Give each partnership's begin and (exclusive) end, the same whoever's ratings count and never against them."""
    frame = register.partnerships
    lives = pd.DataFrame(
        {
            "partnership": frame["partnership"],
            "begin": _place_plain(frame["start_first"], frame["start_last"], placed),
            "end": _place_plain(frame["end_first"], frame["end_last"], placed),
        }
    )
    rated = placed_assessments(register, placed=placed)[["partnership", "date"]]
    set_up = placed_mechanisms(register, placed=placed)[["partnership", "date"]]
    assessed = rated.groupby("partnership")["date"].agg(["min", "max"]).reindex(lives["partnership"])
    told = pd.concat([rated, set_up]).groupby("partnership")["date"].min()
    earliest, latest = assessed["min"].reset_index(drop=True), assessed["max"].reset_index(drop=True)
    begin = lives["begin"].fillna(told.reindex(lives["partnership"]).reset_index(drop=True))
    begin = begin.fillna(pd.Timestamp(register.observed[0]))
    begin = begin.where(~(earliest < begin), earliest)
    known = lives["end"].notna()
    end = lives["end"].where(~(latest > lives["end"]), latest)
    after = np.datetime64(register.observed[1], "us") + _DAY
    return lives.assign(
        # placed apart, the start of a short partnership may fall after its end
        begin=begin.where(~(end < begin), end),
        end=(end + _DAY).where(known, after),
        known_end=known,
    )


def _pieces(rows: pd.DataFrame, lives: pd.DataFrame, carried: float, register: Register) -> pd.DataFrame:
    """Lay out assessed, not-assessed and ended pieces of each life, empty ones included."""
    by = lives.set_index("partnership")
    end = by["end"].reindex(rows["partnership"]).to_numpy()
    same = (rows["partnership"] == rows["partnership"].shift(-1)).to_numpy()
    follow = np.where(same, rows["date"].shift(-1).to_numpy(), end)
    limit = np.isfinite(carried)
    days = np.timedelta64(round(carried * 365.25 / 12), "D") if limit else _DAY
    known_to = np.minimum(follow, rows["date"].to_numpy() + days) if limit else follow
    first = rows.drop_duplicates("partnership").set_index("partnership")["date"].reindex(lives["partnership"])
    last = (np.datetime64(register.observed[1], "us") + _DAY).astype("datetime64[us]")

    def piece(whose: pd.Series, start: Any, until: Any, status: str, seen: Any = None) -> pd.DataFrame:
        frame = pd.DataFrame({"partnership": whose.to_numpy(), "start": start, "end": until})
        none = np.full(len(frame), np.datetime64("NaT", "us"))
        code = rows["stage"].cat.codes.to_numpy() if status == "assessed" else np.full(len(frame), -1)
        return frame.assign(
            level=code, status=pd.Categorical([status] * len(frame), dtype=_STATUS), seen=none if seen is None else seen
        )

    begin_to = first.to_numpy().copy()
    never = np.isnat(begin_to)
    begin_to[never] = lives["end"].to_numpy()[never]
    ended = lives[lives["known_end"]]
    return pd.concat(
        [
            piece(rows["partnership"], rows["date"].to_numpy(), known_to, "assessed", rows["date"].to_numpy()),
            piece(rows["partnership"], known_to, follow, "not_assessed"),
            piece(lives["partnership"], lives["begin"].to_numpy(), begin_to, "not_assessed"),
            piece(ended["partnership"], ended["end"].to_numpy(), np.full(len(ended), last), "ended"),
        ],
        ignore_index=True,
    )


def _clipped(pieces: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
    clipped = pieces.assign(
        start=pieces["start"].where(pieces["start"] >= start, start), end=pieces["end"].where(pieces["end"] <= end, end)
    )
    kept = clipped[(clipped["start"] < clipped["end"])]
    return kept.sort_values(["partnership", "start"], kind="stable").reset_index(drop=True)


def _joined(pieces: pd.DataFrame, register: Register) -> pd.DataFrame:
    """Join touching pieces of one state, and say what followed each spell."""
    key = ["partnership", "level", "status"]
    changes = (pieces[key] != pieces[key].shift()).any(axis=1)
    apart = (pieces["start"] != pieces["end"].shift()).to_numpy()
    number = (changes | apart).cumsum()
    groups = pieces.groupby(number, sort=False)
    frame = groups.agg(
        {"partnership": "first", "level": "first", "status": "first", "start": "first", "end": "last", "seen": "max"}
    ).reset_index(drop=True)
    scale = register.scale
    states = [*scale.keys, "ended", "not_assessed"]
    status = frame["status"].astype(str)
    stage = pd.Categorical.from_codes(frame["level"], dtype=scale.dtype)
    named = pd.Series(stage, index=frame.index).astype(object).where(status == "assessed", status)
    follows = (frame["partnership"] == frame["partnership"].shift(-1)) & (frame["end"] == frame["start"].shift(-1))
    into = named.shift(-1).where(follows)
    step = frame["level"].shift(-1) - frame["level"]
    both = follows & (status == "assessed") & (status.shift(-1) == "assessed")
    outcome = pd.Series("censored", index=frame.index)
    outcome = outcome.mask(both & (step > 0), "up").mask(both & (step < 0), "down")
    outcome = outcome.mask(into == "ended", "ended").mask((into == "not_assessed") & (status == "assessed"), "stale")
    outcome = outcome.mask((status == "not_assessed") & into.isin(scale.keys), "assessed")
    return pd.DataFrame(
        {
            "partnership": frame["partnership"].astype("str"),
            "stage": stage,
            "status": frame["status"],
            "start": frame["start"],
            "end": frame["end"],
            "seen": frame["seen"],
            "into": pd.Categorical(into, categories=states),
            "outcome": pd.Categorical(outcome, dtype=_OUTCOME),
        }
    )
