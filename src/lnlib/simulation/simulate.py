"""A register drawn from declared rates, for demonstration and for proving the measures. It is evidence of nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from lnlib.errors import LnlibError, RegisterError
from lnlib.reference import vocabulary
from lnlib.register.checking import check
from lnlib.register.model import Register
from lnlib.register.package import DESCRIPTOR, check_folder, write_package
from lnlib.register.problems import of_severity
from lnlib.register.raw_rows import RawRegister, RawTable
from lnlib.register.schema import TABLES
from lnlib.simulation.actors import invent_actors
from lnlib.simulation.declared_rates import Rates
from lnlib.simulation.drawn_lives import drawn, live
from lnlib.simulation.records import record_assessments, record_mechanisms, record_partnerships

RATES_FILE = "rates.yml"
_BESIDE = (RATES_FILE, "README.md")


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

    Examples
    --------
    >>> rates = Rates.declared({"period": "2009/2014", "rates": {"up": {"coalition": 0.5}}})
    >>> len(simulate(rates, partnerships=5, seed=1, provinces=["Battambang"]).partnerships)
    5
    """
    if partnerships < 1:
        raise LnlibError(f"partnerships should be a whole number from 1, not '{partnerships}'")
    if seed < 0:
        raise LnlibError(f"seed should be a whole number from 0, not '{seed}'")
    random = np.random.Generator(np.random.PCG64(seed))
    chosen = [rates.places.read(province)[0] for province in provinces] if provinces else list(rates.places.codes)
    home = _provinces(rates, partnerships, chosen, random)
    start = _starts(rates, partnerships, random)
    order = np.argsort(start, kind="stable")
    home, start = home[order], start[order]
    actors, described = invent_actors(rates, home, random)
    described = described.assign(home=home, start=start)
    _draw_functions(rates, described, random)
    lives = live(rates, described, random=random)
    tables = {
        "actors": actors,
        "partnerships": record_partnerships(rates, described, lives, random),
        "assessments": record_assessments(rates, described, lives, random),
        "mechanisms": record_mechanisms(rates, described, lives, random),
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
    write_package(register, folder, beside=_BESIDE, more=lambda stage: (stage / RATES_FILE).write_bytes(text))
    return register


def _kind(folder: Path) -> str:
    try:
        return str(json.loads((folder / DESCRIPTOR).read_text("utf-8"))["register"]["kind"])
    except (ValueError, KeyError, TypeError):
        return ""


def _register(rates: Rates, tables: dict[str, pd.DataFrame], *, partnerships: int, seed: int) -> Register:
    raw = {
        name: RawTable(name, _columns(frame, name), f"{name}.csv", np.arange(2, len(frame) + 2))
        for name, frame in tables.items()
    }
    checked = check(RawRegister({}, raw, Path()), scale=rates.scale, places=rates.places)
    refused = of_severity(checked.problems, "error")
    if refused:
        raise RegisterError(f"these rates make rows that a register refuses: {refused[0]}")
    return Register(
        title=rates.title,
        kind="simulated",
        scale=rates.scale,
        places=rates.places,
        tables=checked.tables,
        frame=rates.frame,
        period=rates.period,
        description=(
            f"SIMULATED: {partnerships} partnerships drawn from the rates in {RATES_FILE} with seed {seed}. "
            "Every actor is invented. It is evidence of nothing."
        ),
        licence=rates.licence,
        problems=checked.problems,
    )


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
    dates: np.ndarray = first + np.floor(random.random(partnerships) * days).astype("timedelta64[D]")
    return dates


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
    hybrid: np.ndarray = np.all(has[:, [words.index(word) for word in sorted(vocabulary.HYBRID)]], axis=1)
    return hybrid


def _joined(has: np.ndarray, words: list[str]) -> np.ndarray:
    different, which = np.unique(has, axis=0, return_inverse=True)
    texts = [";".join(word for word, there in zip(words, row, strict=True) if there) for row in different]
    return np.array(texts, dtype=object)[which.reshape(-1)]
