from __future__ import annotations

import unicodedata

import pytest

from lnlib.errors import LnlibError, ValueNotAllowed
from lnlib.reference.places import COLUMNS, Places, folded_place

CAMBODIA = Places.load()
HEADER = ",".join(COLUMNS)
# a small country: a lake province, split in two in 2005, and an island
MADE_UP = f"""{HEADER}
A,MU-A,Lakeland,,Lake Land,0,0,,,,
B,MU-B,Isle,,,1,1,,,,
C,MU-C,New Lakeland,,,0,1,2005-07,,A,Reedham;Marsh End
"""


@pytest.fixture
def made_up(tmp_path):
    (tmp_path / "made-up.csv").write_text(MADE_UP, "utf-8")
    return Places.load(tmp_path / "made-up.csv")


def test_the_shipped_places_agree_with_their_iso_codes():
    assert CAMBODIA.codes == tuple(f"{code:02d}" for code in range(1, 26))
    assert all(int(place.iso.removeprefix("KH-")) == int(place.code) for place in CAMBODIA.places)


@pytest.mark.parametrize("place", CAMBODIA.places, ids=lambda place: place.code)
def test_every_name_and_spelling_finds_its_province(place):
    for word in (*place.names, *place.spellings, place.iso):
        assert CAMBODIA.read(word)[0] == place.code
        assert CAMBODIA.read(unicodedata.normalize("NFD", word.upper()))[0] == place.code
    assert CAMBODIA.read(int(place.code))[0] == place.code


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("02", ("02", "code")),
        ("2", ("02", "number")),
        (2, ("02", "number")),
        (2.0, ("02", "number")),
        ("២", ("02", "number")),
        ("Battambang Province", ("02", "name")),
        ("kampong-cham", ("03", "name")),
        ("ខេត្តកំពង់ចាម", ("03", "name")),
        ("Kompong  Cham", ("03", "alias")),
        ("Takéo", ("21", "name")),
        ("KH-25", ("25", "alias")),
    ],
)
def test_how_a_province_was_found(value, found):
    assert CAMBODIA.read(value) == found


def test_coeng_ta_and_coeng_da_look_alike_and_are_read_alike():
    kandal, oddar = CAMBODIA.by_code["08"].names[1], CAMBODIA.by_code["22"].names[1]
    for name, code in ((kandal, "08"), (oddar, "22")):
        typed_otherwise = name.replace("\u17d2\u178a", "\u17d2\u178f")
        assert typed_otherwise != name
        assert CAMBODIA.read(typed_otherwise) == (code, "name")


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("Batambang", "; did you mean 'Battambang'?"),
        ("Kampong Chmam", "; did you mean 'Kampong Cham'?"),
        ("Kompong Chnamg", "; did you mean 'Kompong Chnang', Kampong Chhnang (04)?"),
        ("99", "."),
        ("", "."),
        ("province", "."),
        (True, "."),
    ],
)
def test_a_near_miss_is_suggested_never_taken(value, hint):
    with pytest.raises(ValueNotAllowed) as error:
        CAMBODIA.read(value)
    assert str(error.value) == (
        f"province '{value}' is not known{hint} "
        "Allowed: a code from 01 (Banteay Meanchey) to 25 (Tboung Khmum), or a name"
    )


def test_frames():
    assert CAMBODIA.frames() == ("24", "25")
    assert CAMBODIA.check_frame(None) == "25"
    assert CAMBODIA.check_frame(24) == "24"
    with pytest.raises(ValueNotAllowed) as error:
        CAMBODIA.check_frame("26")
    assert (
        str(error.value)
        == "frame '26' is not known: the frame is the number of provinces of the whole country, for 'cambodia' 24 (without Tboung Khmum) or 25; places names those of another country"
    )


def test_the_frame_of_another_country_counts_its_provinces(made_up):
    assert (made_up.frames(), made_up.check_frame(2)) == (("2", "3"), "2")
    with pytest.raises(ValueNotAllowed) as error:
        made_up.check_frame(25)
    assert "for 'made-up' 2 (without New Lakeland) or 3;" in str(error.value)
    whole = Places("isles", tuple(place for place in made_up.places if not place.split_from))
    with pytest.raises(ValueNotAllowed, match=r"for 'isles' 2; places"):
        whole.check_frame(25)


# province, district, from before the split
CHAM, MEMOT, NO_DISTRICT, LATER = (
    ("03", "Batheay", True),
    ("03", "Memot", True),
    ("03", "", True),
    ("25", "Memot", False),
)


def test_after_the_split_a_record_goes_to_the_daughter_only_if_its_district_moved():
    units = CAMBODIA.units([CHAM, MEMOT, LATER])
    assert len(units) == 25
    assert [CAMBODIA.unit_of(c, d, before=b, units=units) for c, d, b in (CHAM, MEMOT, LATER)] == ["03", "25", "25"]
    assert CAMBODIA.unit_of("03", "", before=False, units=units) == "03"
    assert CAMBODIA.unit_of("", "", before=True, units=units) == ""


def test_mother_and_daughter_are_shown_together_if_a_record_cannot_be_told_apart():
    units = CAMBODIA.units([CHAM, MEMOT, NO_DISTRICT])
    assert len(units) == 24
    both = units[2]
    assert (both.code, both.name(), both.tiles) == ("03+25", "Kampong Cham + Tboung Khmum", ((2, 3), (2, 4)))
    assert {CAMBODIA.unit_of(c, d, before=b, units=units) for c, d, b in (CHAM, MEMOT, NO_DISTRICT, LATER)} == {"03+25"}


def test_before_the_split_all_count_in_the_mother():
    units = CAMBODIA.units([CHAM, MEMOT, NO_DISTRICT], frame="24")
    assert [unit.code for unit in units] == [f"{code:02d}" for code in range(1, 25)]
    assert {CAMBODIA.unit_of(c, d, before=b, units=units) for c, d, b in (CHAM, MEMOT, NO_DISTRICT, LATER)} == {"03"}


def test_a_moved_district_is_found_in_any_spelling_of_case_and_hyphen():
    assert CAMBODIA.moved("03", "krouch-chhmar") == "25"
    assert CAMBODIA.moved("03", "Batheay") == "03"
    assert CAMBODIA.moved("03", "") is None
    assert CAMBODIA.moved("02", "") == "02"


def test_another_countrys_places(made_up):
    assert made_up.key == "made-up"
    assert made_up.frames() == ("2", "3")
    assert made_up.read("lake land") == ("A", "name")
    assert made_up.moved("A", "Marsh End") == "C"
    assert [unit.code for unit in made_up.units([("A", "", True)])] == ["A+C", "B"]
    assert made_up.by_code["B"].name("km") == "Isle"
    with pytest.raises(ValueNotAllowed) as error:
        made_up.read("Ilse")
    assert str(error.value) == (
        "province 'Ilse' is not known; did you mean 'Isle'? Allowed: a code from A (Lakeland) to C (New Lakeland), or a name"
    )


def test_places_write_the_csv_they_are_read_from(made_up, tmp_path):
    assert made_up.as_csv() == MADE_UP
    assert not made_up.shipped
    assert CAMBODIA.shipped
    (tmp_path / "cambodia.csv").write_text(CAMBODIA.as_csv(), "utf-8")
    assert Places.load(tmp_path / "cambodia.csv") == CAMBODIA


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "code,name_en\n",
            f"{{}} lacks column iso, name_km, spellings, row, col, from, until, split_from, split_districts; a places file has {', '.join(COLUMNS)}",
        ),
        (f"{HEADER}\n", "{} names no place"),
        (f"{HEADER}\nA,,Lake,,,x,0,,,,\n", "{}, row 2: row and col are whole numbers, not 'x' and '0'"),
        (f"{HEADER}\n,,Lake,,,0,0,,,,\n", "{}, row 2: code and name_en may not be empty"),
        (f"{HEADER}\nA,,Lake,,,0,0,,,,\nB,,Isle,,,0,0,,,,\n", "{}, row 3: tile (0, 0) is that of Lake already"),
        (f"{HEADER}\nA,,Lake,,,0,0,,,,\nA,,Isle,,,0,1,,,,\n", "{} uses a code twice"),
        (f"{HEADER}\nA,,Lake,,,0,0,,,Z,\n", "{}: 'A' is split from 'Z', which is not a code there"),
        (f"{HEADER}\nA,,Lake,,,0,0,,,,\nB,,Isle,,LAKE,0,1,,,,\n", "'LAKE' would be read as province A and as B"),
        (
            f"{HEADER}\nA,,Lake,,,0,0,then,,,\n",
            "{}, row 2: date 'then' cannot be read; allowed: 2011, 2011-H1, 2011-Q3, 2011-05, 2011-05-03, or two of these with / between",
        ),
    ],
)
def test_what_is_not_a_places_file_says_where(text, message, tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text(text, "utf-8")
    with pytest.raises(LnlibError) as error:
        Places.load(file)
    assert str(error.value) == message.format(file)


def test_places_that_are_not_there(tmp_path):
    with pytest.raises(ValueNotAllowed) as error:
        Places.load("camboda")
    assert str(error.value) == "places 'camboda' is not known; did you mean 'cambodia'? Allowed: cambodia"
    with pytest.raises(LnlibError) as missing:
        Places.load(tmp_path / "none.csv")
    assert str(missing.value) == f"places file {tmp_path / 'none.csv'} does not exist"
    (tmp_path / "latin.csv").write_bytes(b"code\xe9")
    with pytest.raises(LnlibError) as latin:
        Places.load(tmp_path / "latin.csv")
    assert str(latin.value) == f"places file {tmp_path / 'latin.csv'} is not UTF-8 text (byte 4)"


def test_folding_keeps_kampong_cham_and_kampong_chhnang_apart():
    assert folded_place("Kampong Cham") != folded_place("Kampong Chhnang")
    assert folded_place("Krong Preah Sihanouk") == folded_place("preah  sihanouk")
