"""A register drawn from declared rates, for demonstration and for proving the measures. It is evidence of nothing."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from lnlib.errors import LnlibError, RegisterError
from lnlib.places import Place
from lnlib.register import vocabulary
from lnlib.register.lives import YEAR, Lives, drawn, live
from lnlib.register.model import Register
from lnlib.register.opening import from_raw
from lnlib.register.package import DESCRIPTOR, check_folder, write_package
from lnlib.register.rates import Rates, Side
from lnlib.register.raw import RawRegister, RawTable
from lnlib.register.tables import TABLES

RATES_FILE = "rates.yml"
_BESIDE = (RATES_FILE, "README.md")
_NATIONWIDE = "national"
_OWN_DISTRICTS = 9


def simulate(rates: Rates, *, partnerships: int, seed: int, provinces: Sequence[object] | None = None) -> Register:
    """Draw a register from declared rates.

    Parameters
    ----------
    rates : Rates
        What to draw from.
    partnerships : int
        How many.
    seed : int
        The same rates, number, provinces and seed give the same register.
    provinces : sequence of str, optional
        Codes or names of the only provinces to use; by default all.

    Returns
    -------
    Register
        Of kind `simulated`; every actor is plainly invented.

    Raises
    ------
    LnlibError
        No partnership is asked for, or more are declared for provinces than asked for.
    ValueNotAllowed
        A province is not known.

    Examples
    --------
    >>> rates = Rates.declared({"period": "2009/2014", "rates": {"up": {"coalition": 0.5}}})
    >>> len(simulate(rates, partnerships=5, seed=1, provinces=["Battambang"]).partnerships)
    5
    """
    if partnerships < 1:
        raise LnlibError(f"partnerships should be a whole number from 1, not '{partnerships}'")
    random = np.random.Generator(np.random.PCG64(seed))
    chosen = [rates.places.read(province)[0] for province in provinces] if provinces else list(rates.places.codes)
    home = _provinces(rates, partnerships, chosen, random)
    start = _starts(rates, partnerships, random)
    order = np.argsort(start, kind="stable")
    home, start = home[order], start[order]
    actors, described = _actors(rates, home, random)
    described = described.assign(home=home, start=start)
    _draw_functions(rates, described, random)
    lives = live(rates, described, random=random)
    tables = {
        "actors": actors,
        "partnerships": _partnerships(rates, described, lives, random),
        "assessments": _assessments(rates, described, lives, random),
        "mechanisms": _mechanisms(rates, described, lives, random),
    }
    return _register(rates, tables, partnerships=partnerships, seed=seed)


def simulate_to(
    out: str | Path, *, partnerships: int, rates: str | Path, seed: int, provinces: Sequence[object] | None = None
) -> Register:
    """Draw a register and write it as a Data Package with its rates beside it, whole or not at all.

    Raises
    ------
    RegisterError
        The folder holds something else than a simulated register, or cannot be written.
    LnlibError
        The rates file is wrong; the message says where.
    """
    folder, declared = Path(out), Path(rates)
    check_folder(folder, beside=_BESIDE)
    if (folder / DESCRIPTOR).is_file() and _kind(folder) != "simulated":
        raise RegisterError(f"{folder} holds a register that is not simulated; it is not written over")
    register = simulate(Rates.load(declared), partnerships=partnerships, seed=seed, provinces=provinces)
    text = declared.read_bytes()
    write_package(register, folder, beside=_BESIDE)
    if not (folder / RATES_FILE).is_file() or (folder / RATES_FILE).read_bytes() != text:
        (folder / RATES_FILE).write_bytes(text)
    return register


def _kind(folder: Path) -> str:
    try:
        return str(json.loads((folder / DESCRIPTOR).read_text("utf-8"))["register"]["kind"])
    except (ValueError, KeyError, TypeError):
        return ""


def _register(rates: Rates, tables: dict[str, pd.DataFrame], *, partnerships: int, seed: int) -> Register:
    about = {
        "title": rates.title,
        "description": (
            f"SIMULATED: {partnerships} partnerships drawn from the rates in {RATES_FILE} with seed {seed}. "
            "Every actor is invented. It is evidence of nothing."
        ),
        "licenses": [{"name": rates.licence}],
        "register": {
            "kind": "simulated",
            "scale": rates.scale.as_declared(),
            "places": rates.places.key,
            "frame": rates.frame,
            "period": rates.period.text,
        },
    }
    raw = {
        name: RawTable(name, _columns(frame, name), f"{name}.csv", np.arange(2, len(frame) + 2))
        for name, frame in tables.items()
    }
    register, checked = from_raw(RawRegister(about, raw, Path()))
    refused = [problem for problem in checked.problems if problem.severity == "error"]
    if refused:
        raise RegisterError(f"these rates make rows that a register refuses: {refused[0]}")
    return replace(register, path=None)


def _columns(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    return pd.DataFrame(
        {column: frame[column].astype("str") if column in frame else "" for column in TABLES[name].names}, dtype="str"
    )


def _provinces(rates: Rates, partnerships: int, chosen: list[str], random: np.random.Generator) -> np.ndarray:
    exact = {code: rates.counts[code] for code in chosen if code in rates.counts}
    weights = [0.0 if code in exact else rates.weights.get(code, 1.0) for code in chosen]
    rest = partnerships - sum(exact.values())
    if rest < 0:
        raise LnlibError(f"{sum(exact.values())} partnerships are declared for provinces, more than {partnerships}")
    if rest and not any(weights):
        raise LnlibError(f"no province is left for {rest} of {partnerships} partnerships")
    fixed = np.repeat(np.arange(len(chosen)), [exact.get(code, 0) for code in chosen])
    positions = np.concatenate([fixed, drawn(weights, rest, random=random)]) if rest else fixed
    shuffled = positions[np.argsort(random.random(partnerships), kind="stable")]
    return np.array(chosen, dtype=object)[shuffled]


def _starts(rates: Rates, partnerships: int, random: np.random.Generator) -> np.ndarray:
    waves = list(rates.starts)
    wave = drawn(list(rates.starts.values()), partnerships, random=random)
    first = np.array([when.first for when in waves], dtype="datetime64[D]")[wave]
    days = np.array([(when.last - when.first).days + 1 for when in waves])[wave]
    return first + np.floor(random.random(partnerships) * days).astype("timedelta64[D]")


def _actors(rates: Rates, home: np.ndarray, random: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make the actors, and say for each partnership who they are and of which kind and tier."""
    n = len(home)
    ngos = max(1, round(n * rates.non_state.per_partnership))
    ngo_kinds = _kinds(rates.non_state, ngos, random)
    non_state = _choose_non_state(home, ngos, random)

    kinds = list(rates.state.kinds)
    weights = [rates.state.kinds[kind].weight for kind in kinds]
    nationwide = [rates.state.kinds[kind].tier == _NATIONWIDE for kind in kinds]
    local = [0.0 if wide else weight for weight, wide in zip(weights, nationwide, strict=True)]
    wide = [weight if wide else 0.0 for weight, wide in zip(weights, nationwide, strict=True)]
    in_capital = random.random(n) * sum(weights) < sum(wide)
    pools = np.where(in_capital, "", home)
    state = np.zeros(n, dtype=int)
    state_kind: list[str] = []
    state_home: list[str] = []
    for pool in sorted(set(pools)):
        members = np.flatnonzero(pools == pool)
        size = max(1, round(len(members) * rates.state.per_partnership))
        state[members] = len(state_kind) + _shared_out(len(members), size, random)
        state_kind += [kinds[kind] for kind in drawn(local if pool else wide, size, random=random)]
        state_home += [pool] * size
    non_state = _without_twins(non_state, state, ngos)

    codes = rates.places.by_code
    one, other = _keys("N", ngos), _keys("S", len(state_kind))
    tiers = [rates.non_state.kinds[kind].tier for kind in ngo_kinds]
    state_tiers = [rates.state.kinds[kind].tier for kind in state_kind]
    where = [f" ({codes[code].name()})" if code else "" for code in state_home]
    names = _names(rates.non_state, ngo_kinds, [""] * ngos) + _names(rates.state, state_kind, where)
    actors = pd.DataFrame(
        {
            "actor": [*one, *other],
            "name": names,
            "kind": [*ngo_kinds, *state_kind],
            "tier": [*tiers, *state_tiers],
            "province": [""] * ngos + state_home,
            "source": "simulated",
        }
    )
    used = np.r_[np.isin(np.arange(ngos), non_state), np.isin(np.arange(len(state_kind)), state)]
    described = pd.DataFrame(
        {
            "non_state": np.array(one, dtype=object)[non_state],
            "state": np.array(other, dtype=object)[state],
            "non_state_kind": np.array(ngo_kinds, dtype=object)[non_state],
            "state_kind": np.array(state_kind, dtype=object)[state],
            "tier": np.array(state_tiers, dtype=object)[state],
        }
    )
    return actors[used], described


def _kinds(side: Side, size: int, random: np.random.Generator) -> list[str]:
    kinds = list(side.kinds)
    return [kinds[kind] for kind in drawn([side.kinds[kind].weight for kind in kinds], size, random=random)]


def _choose_non_state(home: np.ndarray, ngos: int, random: np.random.Generator) -> np.ndarray:
    """Each works in up to three provinces, some in many partnerships and some in one."""
    codes = sorted(set(home))
    works_in = np.floor(random.random((ngos, 3)) * len(codes)).astype(int)
    liking = 0.2 + random.random(ngos)
    chosen = np.zeros(len(home), dtype=int)
    for position, code in enumerate(codes):
        members = np.flatnonzero(home == code)
        there = np.flatnonzero((works_in == position).any(axis=1))
        there = there if len(there) else np.arange(ngos)
        chosen[members] = there[drawn(list(liking[there]), len(members), random=random)]
    return chosen


def _shared_out(members: int, size: int, random: np.random.Generator) -> np.ndarray:
    """Every actor of a pool once, the others by chance."""
    others = np.floor(random.random(max(0, members - size)) * size).astype(int)
    return np.concatenate([np.arange(min(size, members)), others])


def _without_twins(non_state: np.ndarray, state: np.ndarray, ngos: int) -> np.ndarray:
    """Give twins of a pair another non-state actor, as far as there are others."""
    for _ in range(min(ngos - 1, 100)):
        twin = pd.DataFrame({"a": non_state, "b": state}).duplicated().to_numpy()
        if not twin.any():
            break
        non_state = np.where(twin, (non_state + 1) % ngos, non_state)
    return non_state


def _keys(letter: str, size: int) -> list[str]:
    width = max(2, len(str(size)))
    return [f"{letter}{number:0{width}d}" for number in range(1, size + 1)]


def _names(side: Side, kinds: list[str], where: list[str]) -> list[str]:
    numbers = pd.Series(kinds).groupby(pd.Series(kinds)).cumcount() + 1
    called = [side.kinds[kind].called for kind in kinds]
    return [f"Simulated {word} {n:02d}{place}" for word, n, place in zip(called, numbers, where, strict=True)]


def _draw_functions(rates: Rates, described: pd.DataFrame, random: np.random.Generator) -> None:
    n = len(described)
    words = [word for word in vocabulary.words("function") if word in rates.functions]
    has = np.column_stack([random.random(n) < rates.functions[word] for word in words] or [np.zeros((n, 0), bool)])
    if words:
        has[~has.any(axis=1), int(np.argmax([rates.functions[word] for word in words]))] = True
    described["functions"] = _joined(has, words)
    described["hybrid"] = _both(has, words)

    sectors = [word for word in vocabulary.words("sector") if rates.sectors.get(word)]
    works = np.zeros((n, len(sectors)), dtype=bool)
    if sectors:
        weights = [rates.sectors[word] for word in sectors]
        works[np.arange(n), drawn(weights, n, random=random)] = True
        second = drawn(weights, n, random=random)
        more = np.flatnonzero(random.random(n) < rates.second_sector)
        # who draws the same again takes the next one, so that the declared share has two
        second = np.where(works[np.arange(n), second], (second + 1) % len(sectors), second)
        works[more, second[more]] = True
    described["sectors"] = _joined(works, sectors)
    described["multi_sector"] = works.sum(axis=1) > 1


def _both(has: np.ndarray, words: list[str]) -> np.ndarray:
    if not set(words) >= vocabulary.HYBRID:
        return np.zeros(len(has), dtype=bool)
    return has[:, [words.index(word) for word in sorted(vocabulary.HYBRID)]].all(axis=1)


def _joined(has: np.ndarray, words: list[str]) -> np.ndarray:
    different, which = np.unique(has, axis=0, return_inverse=True)
    texts = [";".join(word for word, there in zip(words, row, strict=True) if there) for row in different]
    return np.array(texts, dtype=object)[which.reshape(-1)]


def _partnerships(rates: Rates, described: pd.DataFrame, lives: Lives, random: np.random.Generator) -> pd.DataFrame:
    n = len(described)
    province, district = _recorded_places(rates, described, random)
    ended = np.isfinite(lives.end)
    own = list(rates.ends) or ["other"]
    reason = np.array(own, dtype=object)[drawn([rates.ends.get(word, 1.0) for word in own], n, random=random)]
    reason = np.where(lives.closed, "project_closed", reason)
    return pd.DataFrame(
        {
            "partnership": _keys("P", n),
            "non_state": described["non_state"],
            "state": described["state"],
            "province": province,
            "district": district,
            "sectors": described["sectors"],
            "functions": described["functions"],
            "start": _written(rates, _days(described, np.arange(n), np.zeros(n)), random),
            "end": _written(rates, _days(described, np.arange(n), lives.end), random),
            "end_reason": np.where(ended, reason, ""),
            "source": "simulated",
        }
    )


def _recorded_places(
    rates: Rates, described: pd.DataFrame, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Record a province as it was at the start; where it was or will be split, with a district."""
    province = described["home"].to_numpy(dtype=object).copy()
    district = np.full(len(province), "", dtype=object)
    draw = random.random(len(province))
    start = described["start"].to_numpy().astype("datetime64[D]")
    for daughter in rates.places.places:
        if not daughter.split_from or daughter.since is None:
            continue
        mother = rates.places.by_code[daughter.split_from]
        own = [f"Simulated district {number} of {mother.name()}" for number in range(1, _OWN_DISTRICTS + 1)]
        for place, names in ((mother, own), (daughter, list(daughter.split_districts))):
            there = np.flatnonzero(province == place.code)
            if names:
                district[there] = np.array(names, dtype=object)[(draw[there] * len(names)).astype(int)]
        early = (province == daughter.code) & (start <= np.datetime64(_last_day(daughter)))
        province[early] = mother.code
    return province, district


def _last_day(daughter: Place) -> dt.date:
    assert daughter.since is not None
    return daughter.since.last


def _assessments(rates: Rates, described: pd.DataFrame, lives: Lives, random: np.random.Generator) -> pd.DataFrame:
    n = len(described)
    horizon = (np.datetime64(rates.period.last) - described["start"].to_numpy().astype("datetime64[D]")).astype(int)
    known = np.minimum(lives.end, (horizon + 1) / YEAR)
    rated = random.random(n) >= rates.never_assessed
    in_gap = random.random(n) < rates.gap_share
    gap = np.where(in_gap, random.random(n) * known, np.inf)
    frames = []
    for rater, visiting in rates.visits.items():
        owner, time = _visits(visiting.rate, visiting.at_start, known, random)
        stage = lives.stage_at(owner, time)
        wrong, up = random.random(len(owner)) < visiting.misrates, random.random(len(owner)) < 0.5
        up = np.where(stage == 0, True, np.where(stage == len(rates.scale.keys) - 1, False, up))
        stage = np.where(wrong, stage + np.where(up, 1, -1), stage)
        evidence = list(visiting.evidence) or [""]
        kind = drawn([visiting.evidence.get(word, 1.0) for word in evidence], len(owner), random=random)
        frame = pd.DataFrame(
            {
                "owner": owner,
                "time": time,
                "day": _days(described, owner, time),
                "stage": np.array(rates.scale.keys, dtype=object)[stage],
                "rated_by": rater,
                "evidence": np.array(evidence, dtype=object)[kind],
            }
        )
        missed = (time >= gap[owner]) & (time < gap[owner] + rates.gap_years)
        frames.append(frame[rated[owner] & ~missed])
    if not frames:
        return pd.DataFrame({"partnership": []})
    every = pd.concat(frames, ignore_index=True)
    # one rater rates once a day
    every = every.drop_duplicates(["owner", "day", "rated_by"]).sort_values(["owner", "time"], kind="stable")
    every = every.reset_index(drop=True)
    every["date"] = _written(rates, every["day"].to_numpy(), random)
    return every.assign(
        partnership=np.array(_keys("P", n), dtype=object)[every["owner"]],
        step=_steps(every, ["owner", "date", "rated_by"]),
        source="simulated",
    )


def _visits(
    rate: float, at_start: float, known: np.ndarray, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Visits at a constant rate while partnerships live: whose and when."""
    first = np.flatnonzero(random.random(len(known)) < at_start)
    owners, times = [first], [np.zeros(len(first))]
    clock, alive = np.zeros(len(known)), np.arange(len(known)) if rate else np.array([], dtype=int)
    while len(alive):
        clock[alive] += -np.log1p(-random.random(len(alive))) / rate
        alive = alive[clock[alive] < known[alive]]
        owners.append(alive)
        times.append(clock[alive])
    return np.concatenate(owners), np.concatenate(times)


def _mechanisms(rates: Rates, described: pd.DataFrame, lives: Lives, random: np.random.Generator) -> pd.DataFrame:
    owner, which, start, until = lives.mechanisms
    names = np.array([*rates.mechanisms, ""], dtype=object)
    frame = pd.DataFrame(
        {
            "partnership": np.array(_keys("P", len(described)), dtype=object)[owner],
            "mechanism": names[which],
            "start": _written(rates, _days(described, owner, start), random),
            "end": _written(rates, _days(described, owner, until), random),
            "source": "simulated",
        }
    )
    return frame.assign(step=_steps(frame, ["partnership", "mechanism", "start"]))


def _steps(frame: pd.DataFrame, same: list[str]) -> np.ndarray:
    """Give a step to rows, in order already, that their written dates do not tell apart."""
    step = frame.groupby(same, sort=False).cumcount() + 1
    return np.where(frame.duplicated(same, keep=False), step.astype("str"), "")


def _days(described: pd.DataFrame, owner: np.ndarray, time: np.ndarray) -> np.ndarray:
    """Give the day on which a time of a life falls; not a time where it is infinite."""
    start = described["start"].to_numpy().astype("datetime64[D]")[owner]
    days = np.floor(np.where(np.isfinite(time), time, 0) * YEAR).astype("timedelta64[D]")
    return np.where(np.isfinite(time), start + days, np.datetime64("NaT", "D"))


def _written(rates: Rates, days: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Write days as precisely as the declared mix has it."""
    precisions = list(rates.precision)
    how = drawn(list(rates.precision.values()), len(days), random=random)
    different, which = np.unique(days, return_inverse=True)
    texts = np.array([[_text(day, name) for name in precisions] for day in different.tolist()] or [[""]], dtype=object)
    return texts[which, how] if len(days) else np.array([], dtype=object)


def _text(day: dt.date | None, precision: str) -> str:
    if day is None:
        return ""
    month = {
        "day": f"{day.month:02d}-{day.day:02d}",
        "month": f"{day.month:02d}",
        "quarter": f"Q{(day.month + 2) // 3}",
        "half": f"H{(day.month + 5) // 6}",
    }[precision]
    return f"{day.year}-{month}"
