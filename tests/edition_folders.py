"""Editions written by hand, small and quick: what the batch leaves in a folder, with pictures of a few pixels."""

import io
import json

from PIL import Image

REGISTER = {"title": "Small register", "kind": "simulated", "licence": "CC0-1.0", "sources": [{"title": "Made up"}]}
DATA = "unit,stage,count,share\n02,low,3,0.5\n02,high,3,0.5\n03,low,1,1.0\n"
MADE_FROM = {
    "notebook": "n1",
    "parameters": {"carried": 18},
    "register": {"all": "r1"},
    "files": {"words/en.yml": "w1"},
    "code": "c1",
    "versions": {"python": "3.11.7", "pandas": "3.1.1"},
}
TABLE = (
    '<table><tr><th style="text-align:left">Who &amp; what</th><th style="text-align:right">n</th></tr>'
    "<tr><td>&lt;script&gt;</td><td>4</td></tr></table>"
)


def png(colour="white", size=(40, 20), spot=None):
    picture = Image.new("RGB", size, colour)
    if spot:
        picture.putpixel(spot, (0, 0, 0))
    buffer = io.BytesIO()
    picture.save(buffer, "png", dpi=(300, 300))
    return buffer.getvalue()


def figure(name="02-mix", *, data=DATA, picture=None, **more):
    """An entry with its files beside it."""
    files = {f"figures/{name}.{width}.png": picture or png() for width in ("column", "two-columns")}
    files |= {f"figures/{name}.two-columns.pdf": b"%PDF-", f"figures/{name}.two-columns.svg": b"<svg/>"}
    entry = {
        "name": name,
        "exhibit": "figure",
        "number": "Figure 1",
        "title": "Three of six were low",
        "subtitle": "By unit",
        "notes": ["A note."],
        "source": "Source: Small register. Simulated data.",
        "kind": "simulated",
        "language": "en",
        "alt": "Bar chart where three of six were low.",
        "figures": sorted(files),
        "widths": {"column": 85, "two-columns": 178},
        "partnerships": 4,
        "data": f"data/{name}.csv",
        "register": REGISTER,
        "digests": {"data": "d", "register": "r"},
        "versions": {"lnlib": "0.1.0"},
        "run": "02-over-time/all",
        "made_from": MADE_FROM,
        **more,
    }
    return entry, {**files, f"data/{name}.csv": data.encode()}


def table(name="02-standing", *, data=DATA, page=TABLE, **more):
    files = {f"tables/{name}.html": page.encode(), f"tables/{name}.docx": b"PK"}
    entry, own = figure(name, data=data)
    result = {
        "exhibit": "table",
        "number": "Table 1",
        "title": "Where they stand",
        "figures": [],
        "tables": sorted(files),
    }
    return {**entry, **result, **more}, {**files, f"data/{name}.csv": own[f"data/{name}.csv"]}


def write_edition(folder, *exhibits, title="A small edition", runs=None):
    """Write exhibits as an edition's folder; a run is (id, label, state)."""
    for _, files in exhibits:
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "exhibits.json").write_text(json.dumps([entry for entry, _ in exhibits]), encoding="utf-8")
    runs = runs or [("02-over-time/all", "How did they move?", "ok")]
    result = [{"id": key, "label": label, "state": state} for key, label, state in runs]
    (folder / "report.json").write_text(json.dumps({"title": title, "runs": result}), encoding="utf-8")
    return folder
