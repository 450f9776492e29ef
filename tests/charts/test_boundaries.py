import json

import numpy as np
import pytest

from lnlib.charts.boundaries import Boundaries, area
from lnlib.errors import LnlibError

SQUARE = [[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]
HOLE = [[0.5, 0.5], [1.5, 0.5], [1.5, 1.5], [0.5, 1.5], [0.5, 0.5]]


def feature(code="01", kind="Polygon", coordinates=None, **properties):
    return {
        "type": "Feature",
        "properties": {"code": code, **properties},
        "geometry": {"type": kind, "coordinates": [SQUARE] if coordinates is None else coordinates},
    }


def collection(*features):
    return {"type": "FeatureCollection", "features": list(features)}


def read(*features, code="code"):
    return Boundaries.of(collection(*features), code=code, place="provinces.geojson")


def refused(*features, code="code"):
    with pytest.raises(LnlibError) as caught:
        read(*features, code=code)
    return str(caught.value)


def test_polygons_and_multipolygons_are_read_by_code():
    far = [[[x + 5, y] for x, y in SQUARE]]
    found = read(feature("01"), feature("02", "MultiPolygon", [[SQUARE], far]), feature("01", coordinates=far))
    assert {code: len(paths) for code, paths in found.shapes.items()} == {"01": 2, "02": 2}


def test_degrees_of_longitude_shrink_with_the_latitude():
    high = [[x, y + 59] for x, y in SQUARE]
    (path,) = read(feature(coordinates=[high])).shapes["01"]
    assert path.vertices[:, 0].max() == pytest.approx(2 * np.cos(np.deg2rad(60)))
    assert path.vertices[:, 1].max() == 61


@pytest.mark.parametrize("hole", [HOLE, HOLE[::-1]])
@pytest.mark.parametrize("outer", [SQUARE, SQUARE[::-1]])
def test_a_hole_turns_the_other_way_whatever_the_file_does(outer, hole):
    (path,) = read(feature(coordinates=[outer, hole])).shapes["01"]
    rings = path.to_polygons(closed_only=True)
    assert area(rings[0]) > 0 > area(rings[1])


def test_a_number_is_a_code_too():
    assert list(read(feature(12)).shapes) == ["12"]


def test_a_file_is_read(tmp_path):
    file = tmp_path / "own.geojson"
    file.write_text(json.dumps(collection(feature("07"))), "utf-8")
    assert list(Boundaries.read(file, code="code").shapes) == ["07"]
    file.write_text("{", "utf-8")
    with pytest.raises(LnlibError, match=r"^own\.geojson is not JSON: Expecting property name"):
        Boundaries.read(file, code="code")
    with pytest.raises(LnlibError, match=r"^boundary file none\.geojson does not exist$"):
        Boundaries.read("none.geojson", code="code")


def test_bad_geojson_is_refused_by_feature():
    at = "provinces.geojson: feature 1"
    assert refused() == "provinces.geojson: the FeatureCollection has no features"
    assert refused(feature(name="Kep"), code="cod") == f"{at} has no property 'cod'; did you mean 'code'?"
    assert refused(feature(None, name="Kep"), code="code") == f"{at} has nothing in its property 'code'"
    assert refused(feature(name="Kep"), code="adm1") == f"{at} has no property 'adm1'; it has: code, name"
    assert refused({"type": "Feature"}) == f"{at} has no property 'code'; it has: none"
    assert (
        refused(feature(kind="Point", coordinates=[1, 2]))
        == f"{at} (01) needs a Polygon or MultiPolygon, but got Point"
    )
    assert refused({**feature(), "geometry": None}) == f"{at} (01) needs a Polygon or MultiPolygon, but got no geometry"
    for coordinates in ([], [[]], SQUARE, [[["a", "b"]]], "ring", [[[1], [2], [3], [1]]]):
        said = refused(feature(coordinates=coordinates))
        assert said.startswith(f"{at} (01) has ")
    assert refused(feature(coordinates=[SQUARE[:-1]])) == (
        f"{at} (01) has a ring that does not close: 4 positions or more are needed, the last as the first"
    )
    metres = [[x + 480000, y + 1270000] for x, y in SQUARE]
    assert refused(feature(coordinates=[metres])) == (
        f"{at} (01) has the position 480002, 1270002; longitude and latitude in degrees (WGS 84) are needed"
    )


@pytest.mark.parametrize(("content", "said"), [([], "list"), ({"type": "Feature"}, "Feature")])
def test_only_a_feature_collection_will_do(content, said):
    with pytest.raises(LnlibError, match=rf"^own: GeoJSON of type FeatureCollection is needed, but got {said}$"):
        Boundaries.of(content, code="code", place="own")


def test_codes_must_be_those_of_the_units():
    found = read(feature("2"), feature("12"))
    found.check(["2", "12"])
    with pytest.raises(LnlibError, match=r"^provinces\.geojson has no shape for 02; is '02' meant by '2'\?$"):
        found.check(["02", "12"])
    with pytest.raises(
        LnlibError, match=r"^provinces\.geojson has shapes of units that are not known: 2; is '2' meant by '12'\?$"
    ):
        found.check(["12"])
