"""What the gallery shows: every chart, drawn of a register as a notebook would draw it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import notebook_figures
import pandas as pd

import lnlib as ln
from lnlib.analyses.around_start import start_ratios
from lnlib.analyses.cases import case_rows
from lnlib.analyses.claims import Claims, Evaluation, claim_sentences, evaluate
from lnlib.analyses.specifications import specifications
from lnlib.charts import (
    actor_matrix,
    agreement,
    calendar,
    case_matrix,
    cohort,
    event_study,
    flows,
    forest,
    incidence,
    index_plot,
    occupation,
    paths,
    province_dumbbell,
    province_heat,
    province_mix,
    province_tiles,
    share_lines,
    share_panels,
    specification_curve,
    stage_mix,
    transition_matrix,
)
from lnlib.exhibits.figure import Exhibit
from lnlib.history.attributes import with_attributes
from lnlib.measures.counts import agreement as agreeing
from lnlib.measures.counts import cohorts
from lnlib.measures.counts import flows as flowing
from lnlib.measures.counts.observed import coverage
from lnlib.measures.counts.shares import shares
from lnlib.measures.counts.transitions import transitions
from lnlib.measures.curves import occupation as occupying
from lnlib.measures.curves.first_passage import first_passage
from lnlib.measures.panel import model as panel
from lnlib.measures.panel.group_multipliers import group_multipliers
from lnlib.measures.panel.model_occupation import model_occupation
from lnlib.measures.pooling import pooled_shares
from lnlib.register import Register


@dataclass(frozen=True)
class Scene:
    """A register, whole or narrowed to a province, and how its dates are read."""

    name: str
    title: str
    register: str
    frame: str
    province: str = ""
    placed: str = "middle"
    period_from: str = ""  # first date observed; empty: the register's own
    pictures: tuple[str, ...] = ()  # those of `PICTURES` that it shows anew; empty: all

    @property
    def whole(self) -> Register:
        """The register, not narrowed."""
        return _opened(self.register, self.frame, self.period_from)

    @property
    def here(self) -> Register:
        """The register, narrowed to the province if there is one."""
        return _narrowed(self)

    @property
    def choices(self) -> dict[str, Any]:
        """What a notebook would have chosen."""
        return {"placed": self.placed, "rater": "any", "carried": 18}

    @property
    def order(self) -> bool:
        """Whether the order in which a source tells things stands in the place of time."""
        return self.placed == "order"


DATED = ("mix", "shares", "index", "cohort", "flows", "paths", "calendar", "kinds-over-time", "heat")  # over the period
SCENES = (
    Scene("learning-note-17", "Learning Note 17, coded", "learning-note-17", "24", placed="order"),
    Scene("national", "Demonstration, national", "demonstration", "25"),
    Scene(
        "later-start", "Demonstration, observed from 2011", "demonstration", "25", period_from="2011-04", pictures=DATED
    ),
    Scene("large-province", "Demonstration, a large province (12)", "demonstration", "25", "12"),
    Scene("one-partnership", "Demonstration, one partnership (24)", "demonstration", "25", "24"),
    Scene("empty-province", "Demonstration, no partnership (23)", "demonstration", "25", "23"),
)


@cache
def _opened(name: str, frame: str, period_from: str) -> Register:
    return ln.open_register(name, frame=frame, period_from=period_from)


@cache
def _narrowed(scene: Scene) -> Register:
    return scene.whole.where(province=scene.province) if scene.province else scene.whole


Made = tuple[pd.DataFrame, dict[str, Any]]


def _of_any_language(measure: Callable[[Scene], Made]) -> Callable[[Scene, str], Made]:
    """Measure each scene once, for its exhibits in every language."""
    once = cache(measure)
    return lambda scene, language: once(scene)  # noqa: ARG005 - as what puts words into its data


@_of_any_language
def _mix(scene: Scene) -> Made:
    return shares(ln.spells(scene.here, **scene.choices), dates=_dates(scene)), {}


@_of_any_language
def _cohort(scene: Scene) -> Made:
    dates = _dates(scene)
    return cohorts.cohorts(
        ln.spells(scene.here, **scene.choices), start=dates[(len(dates) - 1) // 2], end=dates[-1]
    ), {}


@_of_any_language
def _flows(scene: Scene) -> Made:
    dates = _dates(scene, "year")
    return flowing.flows(ln.spells(scene.here, **scene.choices), dates=dates if scene.order else dates[1::2]), {}


@_of_any_language
def _spells(scene: Scene) -> Made:
    return ln.spells(scene.here, **scene.choices), {}


@_of_any_language
def _lines(scene: Scene) -> Made:
    return ln.timelines(scene.here, **scene.choices), {}


@_of_any_language
def _transitions(scene: Scene) -> Made:
    return transitions(ln.visits(scene.here, placed=scene.placed)), {"order": scene.order}


def _passage(scene: Scene, language: str, *, by: str = "") -> Made:
    spells = ln.spells(scene.here, **scene.choices, attributes=[by] if by else [])
    to = scene.whole.scale.keys[-1 if by else 1]
    if by:
        groups = spells[by].value_counts().index[:3]
        spells = spells[spells[by].isin(groups)]
    found = first_passage(spells, to=to, by=by or ())
    names = {"names": {key: ln.Words.load(language)(f"tier.{key}") for key in found[by].unique()}} if by else {}
    return found, {"to": to, "order": scene.order, **({"by": by} if by else {}), **names}


@_of_any_language
def _occupation(scene: Scene) -> Made:
    found = occupying.occupation(ln.spells(scene.here, **scene.choices))
    if scene.order or scene.province:
        return found, {"order": scene.order}
    fit = panel.panel_model(ln.visits(scene.here, placed=scene.placed))
    start = found[found["time"] == 0].set_index("stage")["probability"].to_dict()
    times = [0.25 * quarter for quarter in range(21)]
    return found, {"model": model_occupation(fit, starting=start, over=times)}


@_of_any_language
def _agreement(scene: Scene) -> Made:
    seen = pd.concat([ln.visits(scene.here, placed=scene.placed, rater=rater) for rater in ("state", "non_state")])
    pairs = agreeing.rated_pairs(seen, period=1.0 if scene.order else "half")
    return agreeing.agreement_table(pairs), {"kappa": agreeing.kappa(pairs)}


def _by_unit(scene: Scene, language: str, *, value: bool = False) -> Made:
    spells = ln.spells(scene.whole, **scene.choices, attributes=["unit"])
    found = shares(spells, dates=_dates(scene, "half"), by="unit")
    return ln.named_units(found, scene.whole, language=language), {"value": scene.whole.scale.keys[1]} if value else {}


def _by_unit_once(scene: Scene, language: str) -> Made:
    found, _ = _by_unit(scene, language)
    return found.drop_duplicates(["unit", "date", "stage"]), {}


def _dumbbell(scene: Scene, language: str) -> Made:
    deepest, dates = scene.whole.scale.keys[-1], _dates(scene, "half")
    spells = ln.spells(scene.whole, **scene.choices, attributes=["unit"])
    ends = shares(spells, dates=[dates[(len(dates) - 1) // 2], dates[-1]], by="unit")
    pooled = pooled_shares(ends[ends["stage"] == deepest], within=["date"])
    named = ln.named_units(pooled, scene.whole, language=language)
    return named.drop_duplicates(["unit", "date"]), {"value": deepest}


@_of_any_language
def _kinds(scene: Scene) -> Made:
    kinds = ["state_kind", "non_state_kind"]
    spells = ln.spells(scene.here, **scene.choices, attributes=kinds)
    return shares(spells, dates=_dates(scene)[-1:], by=kinds), {}


@_of_any_language
def _by_kind(scene: Scene) -> Made:
    spells = ln.spells(scene.here, **scene.choices, attributes=["non_state_kind"])
    return shares(spells, dates=_dates(scene), by="non_state_kind"), {"by": "non_state_kind"}


def _ratios(scene: Scene, language: str) -> Made:
    """Kinds of state partners, each beside all together; of the order of a source there are no rates."""
    seen = ln.visits(scene.here, placed=scene.placed)
    if scene.order or seen["partnership"].nunique() < 2:
        return pd.DataFrame(columns=[*forest.COLUMNS]), {"order": scene.order}
    words, kinds = ln.Words.load(language), scene.here.described.set_index("partnership")["state_kind"]
    found = group_multipliers(seen.assign(kind=seen["partnership"].map(kinds)), by="kind", moves="up")
    listed = found.set_index("kind").reindex([kind for kind in words.entries["kind"] if kind in set(found["kind"])])
    return listed.reset_index().assign(
        label=lambda rows: [words(f"kind.{kind}") for kind in rows["kind"]],
        compared_with=words("together"),
        ratio=lambda rows: rows["multiplier"],
        shown=lambda rows: rows["n"] >= 5,
    ), {}


def _claims(scene: Scene, language: str) -> Made:
    """Return the ratios of the claims of the note."""
    return claim_sentences.ratio_rows(_evaluation(scene), language=language), {"order": scene.order}


@cache
def _evaluation(scene: Scene) -> Evaluation:
    return evaluate(Claims.load(), scene.whole, placed=scene.placed)


def _calendar(scene: Scene, language: str) -> Made:
    """Return a row for each province, and of one province a row for each partnership."""
    by = "partnership" if scene.province else "unit"
    attributes = [] if scene.province else ["unit"]
    spells = ln.spells(scene.here, **scene.choices, attributes=attributes)
    seen = pd.concat([ln.visits(scene.here, placed=scene.placed, rater=rater) for rater in calendar.RATERS])
    found = coverage(with_attributes(seen, scene.here, attributes), spells, dates=_dates(scene, "half"), by=by).rename(
        columns={by: "unit"}
    )
    names = {unit.code: unit.name(language) for unit in scene.whole.units}
    if scene.province:
        names = dict(zip(scene.here.described["partnership"], scene.here.described["label"], strict=True))
    rows = {"rows": "partnership"} if scene.province else {}
    return found.assign(label=found["unit"].astype(str).map(names).fillna("")), rows


def _cases(scene: Scene, language: str) -> Made:
    return case_rows(scene.here, placed=scene.placed, language=language), {}


def _specifications(scene: Scene, language: str) -> Made:
    return _specified(scene, language), {}


@cache
def _specified(scene: Scene, language: str) -> pd.DataFrame:
    return specifications(scene.here, ln.Choices.of(scene.here, placed=scene.placed), language=language)


@_of_any_language
def _around(scene: Scene) -> Made:
    options = {"mechanism": "mou", "order": scene.order}
    if scene.order:  # there are no rates
        return pd.DataFrame(columns=[*event_study.COLUMNS]), options
    return start_ratios(scene.here, "mou", placed=scene.placed), options


def _dates(scene: Scene, every: str = "quarter") -> list[Any]:
    return ln.grid(scene.here, every=every, placed=scene.placed)


@dataclass(frozen=True)
class Picture:
    """A chart with what makes its data; `whole` ones are not drawn of a single province."""

    name: str
    chart: Any
    make: Callable[[Scene, str], Made]
    whole: bool = False
    coded: bool = False  # drawn only of a register that was coded from documents
    sampled: bool = False  # shares with intervals: not drawn of such a register, which is no sample
    every: str = "quarter"
    chosen: tuple[str, ...] = ("placed", "rater", "carried")  # which of a notebook's choices it rests on


PICTURES = (
    Picture("cases", case_matrix, _cases, coded=True, chosen=("placed",)),
    Picture("mix", stage_mix, _mix),
    Picture("shares", share_lines, _mix, sampled=True),
    Picture("index", index_plot, _spells),
    Picture("cohort", cohort, _cohort, sampled=True),
    Picture("flows", flows, _flows),
    Picture("paths", paths, _lines),
    Picture("transitions", transition_matrix, _transitions, chosen=("placed", "rater")),
    Picture("incidence", incidence, _passage),
    Picture("incidence-by-tier", incidence, partial(_passage, by="tier")),
    Picture("occupation", occupation, _occupation),
    Picture("agreement", agreement, _agreement, every="half", chosen=("placed",)),
    Picture("ratios", forest, _ratios, chosen=("placed", "rater"), sampled=True),
    Picture("claims", forest, _claims, whole=True, chosen=("placed",)),
    Picture("calendar", calendar, _calendar, every="half", chosen=("placed",)),
    Picture("kinds", actor_matrix, _kinds),
    Picture("kinds-over-time", share_panels, _by_kind, sampled=True),
    Picture("specifications", specification_curve, _specifications, whole=True, chosen=(), sampled=True),
    Picture("around-start", event_study, _around, whole=True, chosen=("placed", "rater")),
    Picture("tiles", province_tiles, _by_unit, whole=True),
    Picture("tiles-value", province_tiles, partial(_by_unit, value=True), whole=True, sampled=True),
    Picture("heat", province_heat, partial(_by_unit, value=True), whole=True, every="half", sampled=True),
    Picture("provinces", province_mix, _by_unit_once, whole=True),
    Picture("dumbbell", province_dumbbell, _dumbbell, whole=True, sampled=True),
)


def exhibits(scene: Scene, language: str, charts: Collection[str] = ()) -> Iterator[Exhibit]:
    """Yield the exhibits of a scene in a language: all, or those of the charts named.

    A chart that is not among `PICTURES` is drawn as the notebook draws it that comes first.
    """
    for picture in PICTURES:
        if (picture.coded and scene.whole.kind != "coded") or (picture.sampled and scene.whole.counts_only):
            continue
        if scene.pictures and picture.name not in scene.pictures:
            continue
        if not (picture.whole and scene.province) and (not charts or picture.name in charts):
            yield exhibit(scene, picture, language)
    for chart, notebook in by_notebooks().items():
        if not charts or chart in charts:
            yield from _as_drawn(scene, chart, notebook, language)


def by_notebooks() -> dict[str, Path]:
    """Return the charts that are not among `PICTURES`, each with the notebook whose figure stands in the gallery."""
    pictured = {picture.chart.__name__.rpartition(".")[2] for picture in PICTURES}
    return {chart: path for chart, path in notebook_figures.drawn_by().items() if chart not in pictured}


def _as_drawn(scene: Scene, chart: str, notebook: Path, language: str) -> Iterator[Exhibit]:
    province = {"province": scene.province} if scene.province else {}
    if province and not notebook_figures.is_of_provinces(notebook):
        return
    chosen = {"register": scene.register, "frame": scene.frame, "period_from": scene.period_from, "language": language}
    chosen |= {**scene.choices, **province}
    for number, figure in enumerate(notebook_figures.figures(notebook, chart, **chosen), 1):
        ending = f"-{number}" if number > 1 else ""
        yield replace(figure, name=f"{scene.name}.{chart}{ending}.{language}", number=1)


def exhibit(scene: Scene, picture: Picture, language: str, *, number: int = 1) -> Exhibit:
    """Return one exhibit of a scene."""
    data, options = picture.make(scene, language)
    return Exhibit(
        f"{scene.name}.{picture.name}.{language}",
        picture.chart,
        data,
        scene.here,
        number,
        choices={name: scene.choices[name] for name in picture.chosen} | {"every": picture.every},
        language=language,
        options=options,
    )
