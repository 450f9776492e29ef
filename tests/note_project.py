"""A small edition with numbers to quote, and notes that quote it."""

import json

from edition_folders import figure, table, write_edition

from lnlib.editions.edition_folder import open_edition
from lnlib.notes.compose import compose
from lnlib.notes.markdown import parse_note

SVG = (
    '<?xml version="1.0" encoding="utf-8"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="240.9pt" height="120pt" '
    'viewBox="0 0 240.9 120"><rect width="200" height="80" fill="#2A7F74"/><text x="10" y="100" '
    "style=\"font-size: 8px; font-family: 'Noto Sans SemiCondensed', 'DejaVu Sans'\">Coalition</text></svg>"
)
FRONT = """---
title: Partnerships that last
series: Learning notes
number: 3
authors: [A. Writer]
date: 2026-11-28
edition: small
language: en
pages: 1
---
"""


def statistic(key, value, unit="partnerships", *, n=None, low=None, high=None, sentence=""):
    sentences = {"en": sentence or f"{key} is {value}.", "km": f"km {key}"}
    return {"key": key, "value": value, "unit": unit, "n": n, "low": low, "high": high, "sentences": sentences}


STATISTICS = (
    statistic("partnerships", 160),
    statistic("provinces", 3, "provinces"),
    statistic("endings", 0, n=160),
    statistic("partnerships.hybrid", 1, n=4),
    statistic("shares.last.integrated", 34, n=83, low=0.31, high=0.517, sentence="34 of 83 stood there."),
    statistic("passage.reached", 0.4265, "share", n=113, low=0.33, high=0.52),
    statistic("passage.median", 2.286, "years", n=113, low=1.78, high=2.87),
    statistic("period.last", "2014-09-30", "date"),
    statistic("assessments.first", None, "date", sentence="The source gives no dates."),
)


def bare_figure(name="02-mix", **more):
    entry, files = figure(name, alt="Bars: 34 of 83 were integrated. Source: Small register.", **more)
    bare = {
        f"figures/{name}.{width}.bare.{form}": SVG.encode() for width in ("column", "two-columns") for form in ("svg",)
    }
    bare |= {file.replace(".png", ".bare.png"): content for file, content in files.items() if file.endswith(".png")}
    return {**entry, "bare": sorted(bare), "method": ["Ratings are carried forward."]}, {**files, **bare}


def numbers(*statistics, placed="middle", place="all provinces"):
    return json.dumps(
        {
            "register": {"title": "Small register"},
            "choices": {"placed": placed, "least_n": 5},
            "words": {"en": {"place": place}},
            "statistics": list(statistics or STATISTICS),
        }
    )


def small_edition(folder, *exhibits, statistics=(), **more):
    write_edition(folder, *(exhibits or (bare_figure(), bare_figure("03-who", title="Who works with whom"), table())))
    (folder / "data").mkdir(exist_ok=True)
    (folder / "data" / "08-inline-statistics.json").write_text(numbers(*statistics, **more), "utf-8")
    return open_edition(folder)


def composed(text, edition, path, *, front=FRONT, **more):
    path.write_text(front + text, "utf-8")
    return compose(parse_note(front + text, path), edition, **more)


def elements(node, kind):
    """Every structure element of a kind below a node."""
    node = node.get_object()
    if isinstance(node, list):
        return [found for one in node for found in elements(one, kind)]
    if not isinstance(node, dict):
        return []
    own = [node] if node.get("/S") == kind else []
    return own + (elements(node["/K"], kind) if "/K" in node else [])
