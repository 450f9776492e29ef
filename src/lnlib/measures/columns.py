"""The columns of the frames that measures are given: are they there, and of the right kind.

Every measure asks here, so that a wrong frame is refused with the same words everywhere. The columns are agreed in
`docs/columns.md`: times are dates or plain numbers, stages are ordered categoricals whose categories are the scale.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lnlib.errors import ColumnMissing, ValueNotAllowed, listed

YEAR_DAYS = 365.25
_YEAR_MICROSECONDS = YEAR_DAYS * 86_400_000_000.0


def require(frame: pd.DataFrame, columns: Sequence[Hashable], *, caller: str) -> None:
    """Refuse a frame that lacks one of `columns`.

    Examples
    --------
    >>> require(pd.DataFrame({"stage": [1]}), ["stage", "date"], caller="transitions")
    Traceback (most recent call last):
    lnlib.errors.ColumnMissing: transitions needs column date; the frame has: stage
    """
    missing = [str(column) for column in columns if column not in frame.columns]
    if missing:
        raise ColumnMissing.of(missing, [str(column) for column in frame.columns], caller=caller)


def option(name: str, value: Any, allowed: Sequence[Any]) -> Any:
    """Return a choice; raise if it is not one of those allowed.

    Examples
    --------
    >>> option("grid", "quater", ("month", "quarter"))
    Traceback (most recent call last):
    lnlib.errors.ValueNotAllowed: grid 'quater' is not known; did you mean 'quarter'? Allowed: month, quarter
    """
    if not isinstance(value, Hashable) or value not in allowed:
        raise ValueNotAllowed.of(name, value, [str(word) for word in allowed])
    return value


def fraction(name: str, value: float) -> float:
    """Return a number; raise if it is not strictly between 0 and 1.

    >>> fraction("level", 0.95)
    0.95
    """
    if not 0 < value < 1:
        raise ValueNotAllowed(f"{name} must lie strictly between 0 and 1, but got {value}")
    return float(value)


def positive(name: str, value: float) -> float:
    """Return a number; raise if it is not above zero.

    >>> positive("lag", 1)
    1.0
    """
    if not value > 0:
        raise ValueNotAllowed(f"{name} must be above 0, but got {value}")
    return float(value)


def names(by: str | Sequence[str]) -> list[str]:
    """Write one column name or several as a list.

    >>> names("province"), names(("province", "kind"))
    (['province'], ['province', 'kind'])
    """
    return [by] if isinstance(by, str) else list(by)


def stages_of(frame: pd.DataFrame, column: str = "stage", *, caller: str = "the measure") -> pd.Index:
    """Read the scale, lowest stage first, from an ordered categorical column.

    Examples
    --------
    >>> list(stages_of(pd.DataFrame({"stage": pd.Categorical(["low"], ["low", "high"], ordered=True)})))
    ['low', 'high']
    """
    require(frame, [column], caller=caller)
    dtype = frame[column].dtype
    if not isinstance(dtype, pd.CategoricalDtype) or not dtype.ordered:
        kind = "an unordered categorical" if isinstance(dtype, pd.CategoricalDtype) else str(dtype)
        raise ValueNotAllowed(
            f"{caller} needs column {column} as an ordered categorical, its categories the scale, lowest first, "
            f"but got {kind}"
        )
    if len(dtype.categories) == 0:
        raise ValueNotAllowed(f"{caller} needs at least one category in column {column}, but got none")
    return dtype.categories


def stage_codes(frame: pd.DataFrame, column: str = "stage", *, caller: str = "the measure") -> np.ndarray:
    """Return each row's place on the scale, 0 the lowest; −1 where the stage is not known.

    >>> stage_codes(pd.DataFrame({"stage": pd.Categorical(["high", None], ["low", "high"], ordered=True)}))
    array([ 1, -1], dtype=int8)
    """
    stages_of(frame, column, caller=caller)
    return np.asarray(frame[column].cat.codes)


def staged(codes: Any, stages: Sequence[Any] | pd.Index) -> pd.Categorical:
    """Write places on the scale (−1: not known) as an ordered categorical.

    >>> list(staged([1, 0], ["low", "high"]))
    ['high', 'low']
    """
    return pd.Categorical.from_codes(np.asarray(codes), categories=pd.Index(stages), ordered=True)


def worded(codes: Any, words: Sequence[str]) -> Any:
    """Write places in a list of words (−1: none) as a categorical without order.

    >>> list(worded([1, 0], ["up", "down"]))
    ['down', 'up']
    """
    return pd.Categorical.from_codes(np.asarray(codes), categories=pd.Index(words), ordered=False)


def words_of(frame: pd.DataFrame, column: str, allowed: Sequence[str], *, caller: str) -> np.ndarray:
    """Return the place of each row's word among those `allowed`; −1 where it is NA.

    Raises
    ------
    ColumnMissing, ValueNotAllowed
        Where the column is not there, or holds a word that is not allowed.

    Examples
    --------
    >>> words_of(pd.DataFrame({"status": ["ended"]}), "status", ["assessed", "ended"], caller="shares")
    array([1], dtype=int8)
    """
    require(frame, [column], caller=caller)
    values = frame[column]
    if not isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype("category")
    found = values.cat.categories
    place = pd.Index(allowed).get_indexer(found)
    codes = values.cat.codes.to_numpy()
    for strange in np.flatnonzero(place < 0):
        if (codes == strange).any():  # a category that no row holds does no harm
            raise ValueNotAllowed.of(column, found[int(strange)], list(allowed))
    return np.append(place, -1).astype(np.int8)[codes]  # small, for a million rows


def times(values: Any, *, name: str = "time") -> np.ndarray:
    """Return times as `datetime64[us]` or as floats; nothing else is a time.

    Raises
    ------
    ValueNotAllowed
        Where the values are neither dates nor numbers, or are dates with a time zone.

    Examples
    --------
    >>> times(pd.Series([1, 2]))
    array([1., 2.])
    """
    series = values if isinstance(values, pd.Series) else pd.Series(values)
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        raise ValueNotAllowed(f"{name} must be dates without a time zone, but got {series.dtype}")
    if pd.api.types.is_datetime64_dtype(series.dtype):
        return series.to_numpy().astype("datetime64[us]", copy=False)
    if pd.api.types.is_numeric_dtype(series.dtype) and not pd.api.types.is_bool_dtype(series.dtype):
        return series.to_numpy(dtype=float, na_value=np.nan)
    if len(series) == 0:  # an empty list or column has no kind of its own
        return np.empty(0)
    raise ValueNotAllowed(f"{name} must be datetime64 or numbers, but got {series.dtype}")


def moment(value: Any, *, like: np.ndarray, name: str) -> Any:
    """Return one moment as the same kind of time as a column of times.

    >>> moment("2012-06-30", like=times(pd.to_datetime(["2011-01-01"])), name="start")
    np.datetime64('2012-06-30T00:00:00.000000')
    """
    if is_dates(like):
        try:
            stamp = pd.Timestamp(value)
        except (TypeError, ValueError) as error:
            raise ValueNotAllowed(f"{name} must be a date, but got {value!r}") from error
        if pd.isna(stamp) or isinstance(value, (int, float)):
            raise ValueNotAllowed(f"{name} must be a date, but got {value!r}")
        return stamp.to_datetime64().astype("datetime64[us]")
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)) or np.isnan(value):
        raise ValueNotAllowed(f"{name} must be a number, as the times of the frame are, but got {value!r}")
    return float(value)


def is_dates(values: np.ndarray) -> bool:
    """Return whether times are dates rather than plain numbers.

    >>> is_dates(times([1.5]))
    False
    """
    return bool(np.issubdtype(values.dtype, np.datetime64))


def times_of(frame: pd.DataFrame, column: str, *, caller: str) -> np.ndarray:
    """Return a column of times, as `times` does; none may be missing.

    Raises
    ------
    ColumnMissing, ValueNotAllowed
        Where the column is not there, is no time, or has a time missing.

    Examples
    --------
    >>> times_of(pd.DataFrame({"date": [0.5, None]}), "date", caller="transitions")
    Traceback (most recent call last):
    lnlib.errors.ValueNotAllowed: transitions needs every date, but 1 of 2 are missing
    """
    require(frame, [column], caller=caller)
    found = times(frame[column], name=f"column {column}")
    missing = int(np.count_nonzero(np.isnat(found) if is_dates(found) else np.isnan(found)))
    if missing:
        raise ValueNotAllowed(f"{caller} needs every {column}, but {missing} of {len(found)} are missing")
    return found


def years_between(start: Any, end: Any) -> np.ndarray:
    """Return durations: of dates in years of 365.25 days, of plain numbers in their own unit.

    Raises
    ------
    ValueNotAllowed
        Where one side is dates and the other numbers.

    Examples
    --------
    >>> years_between(pd.to_datetime(["2010-01-01"]), pd.to_datetime(["2014-01-01"]))
    array([4.])
    >>> years_between([1.0], [3.5])
    array([2.5])
    """
    first, last = (
        values if isinstance(values, np.ndarray) and values.dtype.kind in "Mf" else times(values)
        for values in (start, end)
    )
    if is_dates(first) != is_dates(last) and len(first) and len(last):
        raise ValueNotAllowed("durations need dates on both sides, or numbers on both sides, but got one of each")
    if is_dates(first):
        return (last - first) / np.timedelta64(1, "us") / _YEAR_MICROSECONDS
    return last - first


def later(start: np.ndarray, years: Any) -> np.ndarray:
    """Return the times that lie so many years (or units, of plain numbers) after `start`.

    >>> later(times(pd.to_datetime(["2010-01-01"])), 4).astype("datetime64[D]")
    array(['2014-01-01'], dtype='datetime64[D]')
    """
    if is_dates(start):
        dates: np.ndarray = start + np.rint(np.asarray(years) * _YEAR_MICROSECONDS).astype("timedelta64[us]")
        return dates
    numbers: np.ndarray = start + np.asarray(years)
    return numbers


def codes_of(frame: pd.DataFrame, column: str = "partnership", *, caller: str) -> tuple[np.ndarray, pd.Index]:
    """Return the rank of each row's value, and the values in order.

    Fastest for a categorical or an integer column.

    Examples
    --------
    >>> codes_of(pd.DataFrame({"partnership": ["b", "a", "b"]}), caller="shares")[0]
    array([1, 0, 1])
    """
    require(frame, [column], caller=caller)
    values = frame[column]
    missing = int(np.count_nonzero(values.isna().to_numpy()))
    if missing:
        raise ValueNotAllowed(f"{caller} needs every {column}, but {missing} of {len(values)} are missing")
    if isinstance(values.dtype, pd.CategoricalDtype):
        codes, labels = np.asarray(values.cat.codes), values.cat.categories
    elif isinstance(values.dtype, np.dtype) and values.dtype.kind in "iu" and len(values):
        numbers = values.to_numpy()
        low, high = int(numbers.min()), int(numbers.max())
        if high - low > 4 * len(numbers) + 1000:  # too sparse to count on
            return _factorized(values)
        codes, labels = numbers - low, pd.RangeIndex(low, high + 1)
    else:
        return _factorized(values)
    held = np.bincount(codes, minlength=len(labels)) > 0
    if not held.all():
        codes, labels = (np.cumsum(held) - 1)[codes], labels[held]
    return codes.astype(np.int64, copy=False), labels


def _factorized(values: pd.Series) -> tuple[np.ndarray, pd.Index]:
    codes, labels = pd.factorize(values, sort=True)
    return codes.astype(np.int64, copy=False), pd.Index(labels)


def in_order(codes: np.ndarray, *keys: np.ndarray) -> np.ndarray | slice:
    """Return the order of rows by `codes` and then by each of `keys`; a plain slice where they are in order already.

    >>> in_order(np.array([1, 0, 0]), np.array([0.0, 2.0, 1.0]))
    array([2, 1, 0])
    >>> in_order(np.array([0, 0, 1]), np.array([1.0, 2.0, 0.0]))
    slice(None, None, None)
    """
    settled = codes[1:] > codes[:-1]
    held = codes[1:] == codes[:-1]
    for key in keys:
        settled |= held & (key[1:] > key[:-1])
        held &= key[1:] == key[:-1]
    if (settled | held).all():
        return slice(None)
    return np.lexsort((*reversed(keys), codes))


def groups(
    frame: pd.DataFrame, by: str | Sequence[str], *, caller: str, taken: Sequence[str] = ()
) -> tuple[np.ndarray, pd.DataFrame]:
    """Return the group number of each row, and the groups in order, one row each.

    The categories of a categorical column all stay in, also those that no row holds: an empty province is a group.
    Of other columns, those combinations are groups that some row holds. Rows where a column is NA are a group of
    their own, last, so that nothing is dropped unseen. With no columns there is one group.

    Raises
    ------
    ColumnMissing, ValueNotAllowed
        Where a column is not there, or has a name that the result needs itself (`taken`).

    Examples
    --------
    >>> frame = pd.DataFrame({"province": pd.Categorical(["02", "02"], ["01", "02"])})
    >>> codes, found = groups(frame, "province", caller="shares")
    >>> codes, list(found["province"])
    (array([1, 1]), ['01', '02'])
    """
    columns = names(by)
    require(frame, columns, caller=caller)
    clash = [column for column in columns if column in taken]
    if clash:
        raise ValueNotAllowed(f"{caller} gives column {listed(clash)} itself; group by other columns")
    if not columns:
        return np.zeros(len(frame), dtype=np.int64), pd.DataFrame(index=pd.RangeIndex(1))
    whole = [isinstance(frame[column].dtype, pd.CategoricalDtype) for column in columns]
    parts, levels = [], []
    for column, all_of_it in zip(columns, whole, strict=True):
        values = frame[column]
        part, level = (values.cat.codes.to_numpy(), values.cat.categories) if all_of_it else _factorized(values)
        parts.append(np.where(part < 0, len(level), part).astype(np.int64))  # NA comes after the last level
        levels.append(level)
    sizes = [len(level) + 1 for level in levels]
    key = np.ravel_multi_index(tuple(parts), tuple(sizes))
    held = np.unique(key)
    every = np.unique(np.concatenate([held, _crossed(held, sizes, whole, levels)]))
    return np.searchsorted(every, key), pd.DataFrame(
        {
            column: _taken(level, part, dtype=frame[column].dtype)
            for column, level, part in zip(columns, levels, np.unravel_index(every, sizes), strict=True)
        }
    )


def _taken(level: pd.Index, part: np.ndarray, *, dtype: Any) -> pd.Series:
    """Return levels by their position; the position after the last is NA."""
    result = pd.Series(level).astype(object).reindex(np.where(part < len(level), part, -1))
    return result.reset_index(drop=True).astype(dtype)


def _crossed(held: np.ndarray, sizes: list[int], whole: list[bool], levels: list[pd.Index]) -> np.ndarray:
    """Cross every category of the categorical columns with the combinations held of the other columns."""
    if not any(whole):
        return held
    parts = np.unravel_index(held, sizes)
    others = [part for part, all_of_it in zip(parts, whole, strict=True) if not all_of_it]
    combinations = np.unique(np.stack(others, axis=1), axis=0) if others else np.zeros((1, 0), dtype=np.int64)
    product = np.indices([len(combinations)] + [len(level) for level, w in zip(levels, whole, strict=True) if w])
    chosen = combinations[product[0].ravel()]
    from_others, from_wholes = iter(chosen.T), iter(product[1:])
    flat: np.ndarray = np.ravel_multi_index(
        tuple(next(from_wholes).ravel() if w else next(from_others) for w in whole), sizes
    )
    return flat


def spread_over(result: pd.DataFrame, *, rows: int) -> pd.DataFrame:
    """Repeat each group `rows` times, for a result with so many rows a group.

    >>> list(spread_over(pd.DataFrame({"province": ["01", "02"]}), rows=2)["province"])
    ['01', '01', '02', '02']
    """
    return result.iloc[np.repeat(np.arange(len(result)), rows)].reset_index(drop=True)
