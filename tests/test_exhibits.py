import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from figure_files import pdf_page, picture, svg_told, svg_words
from matplotlib.figure import Figure
from register_rows import ACTORS, made, partnership, rated

from lnlib.charts import stage_mix
from lnlib.errors import ColumnMissing, LnlibError, ValueNotAllowed
from lnlib.exhibits.figure import (
    DATA_MIME,
    DESCRIPTION_MIME,
    FORMATS,
    OUT_VARIABLE,
    Exhibit,
    choice_notes,
    context,
    source_line,
)
from lnlib.exhibits.source_and_choices import METHOD_MIME
from lnlib.history.grid import grid
from lnlib.history.spells import spells
from lnlib.intake import open_register
from lnlib.measures.counts.shares import shares
from lnlib.words import Words

ROOT = Path(__file__).parent.parent
CHOICES = {"placed": "middle", "rater": "any", "carried": 18, "every": "half"}
ALT = (
    "Stacked bar chart. Partnerships by stage each half-year, all provinces, 2010–2013. "
    "The one partnership with a current assessment in December 2013 was in coalition."
)
SOURCE = "Source: Small register. Simulated data."
DESCRIPTION = (
    "Stacked bar chart of partnerships by stage, June 2010 to December 2013. The one partnership with a current assessment in December 2013 was in coalition. At June 2010: Coalition 1, Collaboration 0 and Integrated 0, 1 not assessed, 0 ended. "
    "At December 2013: Coalition 1, Collaboration 0 and Integrated 0, 2 not assessed, 1 ended. "
    "Source: Small register. Simulated data."
)


def exhibit(register, name="02-over-time-mix", **more):
    result = {"placed": more.get("choices", {}).get("placed", "middle")}
    data = shares(spells(register, **result), dates=grid(register, every="half", **result))
    return Exhibit(name, stage_mix, data, register, **{"number": 1, "choices": CHOICES, **more})


class Counted:
    """A chart that counts how often it is drawn."""

    __name__ = "lnlib.charts.counted"

    def __init__(self, asks):
        self.asks, self.times = asks, 0

    def draw(self, data, *, sheet, labels, **options):
        self.times += 1
        self.asks(sheet)
        sheet.open(10)
        return sheet.figure

    def describe(self, data, *, words, labels, **options):
        return f"{len(data)} rows."

    def finding(self, data, *, words, labels, **options):
        return "One bar"


DATA = pd.DataFrame({"date": pd.to_datetime(["2011-03-31"]), "label": ["=1+1"], "share": [0.25], "n": [4]})


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """The exhibit of the small register, and the folder that it was saved to."""
    folder = tmp_path_factory.mktemp("out")
    small = open_register(ROOT / "tests" / "registers" / "small")
    return exhibit(small).save(folder), folder


def files(folder):
    return sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())


# --- what is saved ---------------------------------------------------------------------------------------------------


def test_an_exhibit_is_saved_in_every_width_and_format_with_its_data_and_its_words(saved):
    _, folder = saved
    assert files(folder) == [
        "data/02-over-time-mix.csv",
        "exhibits/02-over-time-mix.json",
        *(
            f"figures/02-over-time-mix.{width}.{form}"
            for width in ("column", "two-columns")
            for form in ("bare.pdf", "bare.svg", "pdf", "png", "svg")
        ),
    ]


@pytest.mark.parametrize("width", ["column", "two-columns"])
def test_every_figure_says_its_source_and_kind_of_data(saved, width):
    message = "Source: Small register. Simulated data."
    shown, _ = saved
    assert message in " ".join(svg_words(shown.rendered(width, "svg")))
    page, about = pdf_page(shown.rendered(width, "pdf"))
    assert message in page.extract_text()
    assert message in about.subject
    assert message in picture(shown.rendered(width, "png")).info["Description"]


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("coded", "Coded from documents, not a sample."),
        ("field", "Field data."),
        ("simulated", "Simulated data."),
        ("unstated", "Kind of data not stated."),
    ],
)
def test_each_kind_of_data_is_said_in_words(kind, message):
    register = made(partnerships=[partnership("A")], kind=kind, title="The title")
    assert source_line(register, Words.load()) == f"Source: The title. {message}"


@pytest.mark.parametrize("width", ["column", "two-columns"])
def test_a_framed_figure_marks_a_draft_translation_and_a_bare_one_does_not(width):
    small = open_register(ROOT / "tests" / "registers" / "small")
    shown = exhibit(small, language="km")
    mark = "សេចក្ដីព្រាងបកប្រែមិនទាន់មានអ្នកចេះភាសាខ្មែរអានពិនិត្យ។"

    def drawn(bare):
        words = "".join(svg_words(shown.rendered(width, "svg", bare=bare)))
        return "".join(words.replace("\u200b", "").split())

    assert drawn(bare=False).endswith(mark)
    assert mark not in drawn(bare=True)
    assert "ព្រាង" not in shown.entry()["source"]  # pages and packs, which set words themselves, say it once


def test_a_translation_that_was_read_carries_no_mark(saved):
    shown, _ = saved
    assert "translation" not in " ".join(svg_words(shown.rendered("column", "svg")))


def test_a_title_that_says_the_kind_of_data_says_it_once():
    register = made(partnerships=[partnership("A")], kind="simulated", title="A register (simulated data)")
    assert source_line(register, Words.load()) == "Source: A register (simulated data)."
    assert "ទិន្នន័យ" in source_line(register, Words.load("km"))  # in the reader's language it is not said yet


def test_words_of_an_svg_stay_words_and_carry_description_and_no_date(saved):
    shown, _ = saved
    svg = shown.rendered("column", "svg").decode()
    assert "The one partnership with a current assessment in December 2013 was in coalition" in " ".join(
        svg_words(svg.encode())
    )
    assert f"<dc:description>{ALT} {SOURCE}</dc:description>" in svg
    assert "<dc:date>" not in svg


@pytest.mark.parametrize("width", ["column", "two-columns"])
def test_an_svg_is_one_image_with_its_title_and_alt_text_for_who_cannot_see_it(saved, width):
    shown, _ = saved
    named, described = svg_told(shown.rendered(width, "svg"))
    assert (named, described) == (shown.heading.title, f"{ALT} {SOURCE}")


def test_the_title_and_alt_text_of_an_svg_are_found_where_several_are_on_one_page(saved):
    shown, _ = saved
    other = Exhibit("other", stage_mix, shown.data, shown.register, title='"A" & <b>')
    page = b"".join(one.rendered("column", "svg").partition(b"<svg")[2].join((b"<svg", b"")) for one in (shown, other))
    ids = re.findall(rb' id="((?:title|desc)-[^"]*)"', page)
    assert len(set(ids)) == 4
    assert svg_told(other.rendered("column", "svg")) == ('"A" & <b>', f"{other.alt} {SOURCE}")


def test_fonts_of_a_pdf_are_embedded_as_truetype_and_it_has_a_title(saved):
    shown, _ = saved
    page, about = pdf_page(shown.rendered("column", "pdf"))
    fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]
    assert {font["/Subtype"] for font in fonts} == {"/Type0"}
    for descendant in (font["/DescendantFonts"][0].get_object() for font in fonts):
        assert descendant["/Subtype"] == "/CIDFontType2"
        assert "/FontFile2" in descendant["/FontDescriptor"]
    assert about.title == shown.heading.title
    assert about.creation_date is None


@pytest.mark.parametrize(("width", "mm"), [("column", 85), ("two-columns", 178)])
def test_a_png_has_its_print_size_at_300_dots_per_inch(saved, width, mm):
    image = picture(saved[0].rendered(width, "png"))
    assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    assert image.width == pytest.approx(mm / 25.4 * 300, abs=1)


def test_the_csv_is_what_is_drawn(saved):
    shown, folder = saved
    read = pd.read_csv(folder / "data" / "02-over-time-mix.csv", parse_dates=["date"])
    drawn = shown.data.assign(stage=shown.data["stage"].astype("str"))
    pd.testing.assert_frame_equal(read, drawn, check_dtype=False, check_exact=True)


def test_a_text_that_a_spreadsheet_would_run_is_guarded_and_a_number_is_not():
    data = pd.DataFrame({"label": ["=1+1", "@x", None, "plain"], "change": [-1, 2, 3, 4], "date": pd.NaT})
    text = Exhibit("a", Counted(None), data, made(partnerships=[partnership("A")])).csv()
    assert text == "label,change,date\n'=1+1,-1,\n'@x,2,\n,3,\nplain,4,\n"


def test_the_entry_names_words_files_numbers_and_digests(saved):
    shown, folder = saved
    entry = json.loads((folder / "exhibits" / "02-over-time-mix.json").read_text("utf-8"))
    assert entry == json.loads(json.dumps({**shown.entry(), "order": 1}))
    assert {key: entry[key] for key in ("name", "number", "kind", "language", "chart", "partnerships")} == {
        "name": "02-over-time-mix",
        "number": "Figure 1",
        "kind": "simulated",
        "language": "en",
        "chart": "stage_mix",
        "partnerships": 4,
    }
    assert (entry["alt"], entry["description"]) == (ALT, DESCRIPTION)
    assert entry["source"] == "Source: Small register. Simulated data."
    assert entry["rows"] == len(shown.data)
    assert sorted([entry["data"], "exhibits/02-over-time-mix.json", *entry["figures"], *entry["bare"]]) == files(folder)
    assert len(entry["digests"]["data"]) == len(entry["digests"]["register"]) == 16
    assert set(entry["versions"]) == {"lnlib", "matplotlib", "pandas"}


def test_the_digest_of_the_register_follows_its_rows(small):
    one = exhibit(small).entry()["digests"]
    other = exhibit(small.where(province="17")).entry()["digests"]
    assert one["register"] != other["register"]
    assert exhibit(small).entry()["digests"] == one


AGAIN = """
import hashlib, sys
sys.path.insert(0, {tests!r})
from test_exhibits import exhibit
from lnlib.intake import open_register
shown = exhibit(open_register({small!r}))
for form in ("svg", "pdf", "png"):
    print(hashlib.sha256(shown.rendered("column", form)).hexdigest())
print(hashlib.sha256(repr(shown.entry()).encode()).hexdigest())
"""


@pytest.mark.slow
def test_two_processes_make_the_same_bytes(saved, tmp_path):
    shown, _ = saved
    code = AGAIN.format(tests=str(ROOT / "tests"), small=str(ROOT / "tests" / "registers" / "small"))
    ran = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "7"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    made_here = [shown.rendered("column", form) for form in FORMATS] + [repr(shown.entry()).encode()]
    assert ran.stdout.split() == [hashlib.sha256(content).hexdigest() for content in made_here]


def test_the_same_process_makes_the_same_bytes_again(saved, small):
    again = exhibit(small)
    for form in FORMATS:
        assert again.rendered("column", form) == saved[0].rendered("column", form), form


# --- where it is saved -----------------------------------------------------------------------------------------------


def fresh(asks=lambda sheet: None):
    """An exhibit of a chart that draws next to nothing, and asks its sheet something."""
    return Exhibit("05-plain", Counted(asks), DATA, made(partnerships=[partnership("A")]))


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The same, already rendered."""
    return fresh().save(tmp_path_factory.mktemp("plain"))


def test_without_a_folder_nothing_is_drawn_or_written(tmp_path, monkeypatch):
    plain = fresh()
    monkeypatch.delenv(OUT_VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    assert plain.save() is plain
    assert files(tmp_path) == []
    assert plain.chart.times == 0


def test_a_batch_names_the_folder_in_the_environment_and_a_notebook_goes_before_it(plain, tmp_path, monkeypatch):
    monkeypatch.setenv(OUT_VARIABLE, str(tmp_path / "batch"))
    plain.save()
    assert len(files(tmp_path / "batch")) == 12
    plain.save(tmp_path / "own")
    assert files(tmp_path / "own") == files(tmp_path / "batch")


def test_saving_again_replaces_whole_files_and_leaves_nothing_else(plain, tmp_path):
    plain.save(tmp_path)
    (tmp_path / "data" / "05-plain.csv").write_text("half")
    before = files(tmp_path)
    plain.save(tmp_path)
    assert files(tmp_path) == before
    assert (tmp_path / "data" / "05-plain.csv").read_text() == plain.csv()


def test_a_file_in_the_way_of_a_folder_is_said_in_a_sentence(plain, tmp_path):
    (tmp_path / "out").write_text("in the way")
    with pytest.raises(LnlibError) as error:
        plain.save(tmp_path / "out")
    assert str(error.value) == f"exhibit 05-plain cannot be written to {tmp_path / 'out'}: Not a directory"


def test_a_folder_that_cannot_be_written_keeps_what_it_had(plain, tmp_path, monkeypatch):
    plain.save(tmp_path)
    for name in files(tmp_path):
        (tmp_path / name).write_text("as it was")
    had = files(tmp_path)

    def refused(self, target):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refused)
    with pytest.raises(LnlibError) as error:
        plain.save(tmp_path)
    assert str(error.value) == f"exhibit 05-plain cannot be written to {tmp_path}: Permission denied"
    assert files(tmp_path) == had
    assert {(tmp_path / name).read_text() for name in had} == {"as it was"}


def test_an_exhibit_that_cannot_be_drawn_writes_nothing(tmp_path, small):
    broken = Exhibit("a", stage_mix, exhibit(small).data.drop(columns="n_ended"), small, title="Given")
    with pytest.raises(ColumnMissing, match="chart stage_mix needs column n_ended"):
        broken.save(tmp_path)
    assert files(tmp_path) == []


def test_each_width_is_drawn_once(tmp_path):
    plain = fresh(lambda sheet: None).save(tmp_path)
    assert plain.chart.times == 2
    plain._repr_mimebundle_()
    plain.save(tmp_path)
    for width in plain.theme.widths:
        for form in FORMATS:
            plain.rendered(width, form)
    assert plain.chart.times == 2


def test_a_format_or_width_that_is_not_known_is_refused(plain):
    with pytest.raises(ValueNotAllowed) as error:
        plain.rendered(form="jpg")
    assert str(error.value) == "format 'jpg' is not known; did you mean 'png'? Allowed: svg, pdf, png"
    with pytest.raises(ValueNotAllowed) as error:
        plain.rendered("half")
    assert str(error.value) == "width 'half' is not known. Allowed: column, two-columns"


def test_a_notebook_shows_a_picture_and_as_text_the_alternative_text(saved):
    bundle = saved[0]._repr_mimebundle_()
    assert set(bundle) == {"image/png", "text/plain", DATA_MIME, DESCRIPTION_MIME, METHOD_MIME}
    assert bundle[DESCRIPTION_MIME] == DESCRIPTION
    assert bundle[METHOD_MIME].splitlines() == saved[0].method
    assert bundle["text/plain"] == ALT
    assert picture(bundle["image/png"]).width == pytest.approx(178 / 25.4 * 300, abs=1)


def test_stored_outputs_see_any_number_that_changed_and_no_last_digit(saved):
    def result(**columns):
        return exhibit_of(DATA.assign(**columns))._repr_mimebundle_()[DATA_MIME]

    def exhibit_of(data):
        return Exhibit("a", Counted(lambda sheet: None), data, made(partnerships=[partnership("A")]))

    assert result(share=0.25) == result(share=0.25 + 1e-12) != result(share=0.2501)
    assert result(n=4) != result(n=5)


# --- names -----------------------------------------------------------------------------------------------------------


def stem(name):
    return Exhibit(name, Counted(None), DATA, SimpleNamespace()).stem


def test_a_plain_name_is_its_own_stem():
    assert stem("05-province-02+25-mix") == "05-province-02+25-mix"


@pytest.mark.parametrize("name", ["Mix", "a/b", "../up", "con:", "a b", "ខ្មែរ", "x" * 300, ".hidden", "-", "a-"])
def test_any_other_name_has_a_stem_that_is_safe_and_its_own(name):
    assert set(stem(name)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-+")
    assert 6 <= len(stem(name)) <= 130
    assert not stem(name).startswith("-")
    assert stem(name) != name


def test_names_that_differ_have_stems_that_differ():
    names = ["mix", "Mix", "MIX", "mi x", "mi/x", "mi-x", "mi--x", "ខ្មែរ", "ខ្មែ", "a" * 200, "a" * 201]
    assert len({stem(name) for name in names}) == len(names)


# --- words -----------------------------------------------------------------------------------------------------------


def test_the_alternative_text_is_type_of_chart_subject_and_finding(small):
    assert exhibit(small).alt == ALT
    assert exhibit(small).description == DESCRIPTION


@pytest.mark.parametrize("length", [100, 200, 1000])
def test_an_alternative_text_is_never_longer_than_250_characters(small, length):
    long = exhibit(small, subtitle="word " * (length // 5))
    assert len(long.alt) <= 250
    assert long.alt.startswith("Stacked bar chart. ")
    assert long.alt.endswith("The one partnership with a current assessment in December 2013 was in coalition.")


def test_the_heading_says_finding_and_indicator_and_only_its_own_notes(small):
    shown = exhibit(small, notes=["An own sentence.", "least_n"], choices={**CHOICES, "rater": "state", "least_n": 5})
    heading = shown.heading
    assert heading.number == "Figure 1"
    assert heading.title == "The one partnership with a current assessment in December 2013 was in coalition"
    assert heading.subtitle == "Partnerships by stage each half-year, all provinces, 2010–2013"
    words = Words.load()
    assert heading.notes == (words("rater.state"), "An own sentence.")
    assert shown.method == [words("carried", months=18), words("placed.middle"), words("least_n", least=5)]


def test_bare_is_the_drawing_without_the_words_around_it(saved):
    shown, _ = saved
    framed, bare = (shown.rendered("column", "svg", bare=bare) for bare in (False, True))
    inside = set(svg_words(bare))
    assert {"Coalition", "Not assessed"} <= inside <= set(svg_words(framed))
    around = " ".join([*shown.heading.notes, shown.heading.title, shown.heading.subtitle, SOURCE, "Figure 1"])
    assert not [words for words in inside if words in around and len(words) > 10]
    whole, part = (picture(shown.rendered("column", "png", bare=bare)) for bare in (False, True))
    assert whole.width == part.width
    assert part.height < 0.8 * whole.height


def test_a_figure_with_nothing_to_show_is_a_sentence_and_no_file(small, tmp_path):
    none = exhibit(small.where(province="05"))
    assert none.save(tmp_path) is none
    assert files(tmp_path) == []
    bundle = none._repr_mimebundle_()
    assert bundle["text/markdown"] == bundle["text/plain"] == none.empty
    assert none.empty == f"{Words.load()('stage_mix.finding_unknown')}."
    assert "image/png" not in bundle


def test_a_title_with_english_fragments_is_marked_once_at_its_end(small):
    chart = Counted(None)
    chart.finding = lambda *_, **__: "Deux partenariats, non-state actor [not translated], and ended [not translated]"
    exhibit = Exhibit("bar", chart, DATA, small)
    assert exhibit.heading.title == "Deux partenariats, non-state actor, and ended [not translated]"
    assert exhibit.alt == "Chart. Deux partenariats, non-state actor, and ended [not translated]."


def test_a_title_and_subtitle_that_are_given_stand(small):
    heading = exhibit(small, number=0, title="My title", subtitle="My subtitle").heading
    assert (heading.number, heading.title, heading.subtitle) == ("", "My title", "My subtitle")


@pytest.mark.parametrize(
    ("choices", "notes"),
    [
        ({}, []),
        ({"carried": 6, "placed": "start", "rater": "state"}, ["carried", "placed.start", "rater.state"]),
        ({"carried": 6, "placed": "order", "rater": "any"}, ["placed.order"]),
        ({"carried": 6, "placed": "order", "rater": "state"}, ["placed.order", "rater.state"]),
    ],
)
def test_choices_call_for_their_sentences(choices, notes):
    assert choice_notes(choices) == notes
    assert set(notes) <= set(Words.load().keys())


def test_an_order_names_no_years(small):
    result = exhibit(small, choices={**CHOICES, "placed": "order"})
    assert result.heading.subtitle == "Partnerships by stage, in the order the source tells, all provinces"
    assert result.heading.notes == ()
    assert result.method == [Words.load()("placed.order")]
    assert "201" not in result.alt


@pytest.mark.parametrize(
    ("narrowed", "place"),
    [
        ({}, "all provinces"),
        ({"province": 2}, "Battambang"),
        ({"province": "02", "actor": "A1"}, "Battambang, River Watch"),
    ],
)
def test_the_place_is_what_the_register_was_narrowed_to(small, narrowed, place):
    assert context(small.where(**narrowed), Words.load(), {})["place"] == place


def test_the_heading_names_the_one_province_that_its_subtitle_states_in_every_spelling(small):
    assert exhibit(small).heading.places == ()
    here = exhibit(small.where(province="02")).heading
    assert "Battambang" in here.subtitle
    assert {"Battambang", "បាត់ដំបង"} <= set(here.places)
    assert exhibit(small.where(province="02"), language="km").heading.places == here.places
    assert exhibit(small.where(province="02"), subtitle="My subtitle").heading.places == ()
    assert exhibit(small.where(province=["02", "17"])).heading.places == ()


def test_an_empty_register_is_drawn_and_says_so(small):
    empty = exhibit(small.where(province="Takeo"))
    assert empty.heading.title == "No partnership is recorded here"
    result = [line for line in svg_words(empty.rendered("column", "svg")) if "recorded" in line]
    assert result == ["Figure 1. No partnership is recorded here"]  # the title says it, and nothing says it again
    own = exhibit(small.where(province="Takeo"), title="Takeo")
    assert "No partnership is recorded here" in svg_words(own.rendered("column", "svg"))


def test_dollars_tags_and_line_breaks_from_a_cell_are_shown_as_signs():
    name = "Office of $x^2$ & <script>alert(1)</script>\nin two\x01lines"
    actors = [{**ACTORS[0], "name": name}, *ACTORS[1:]]
    register = made(
        partnerships=[partnership("A")],
        assessments=[rated("A", "2011", "coalition")],
        actors=actors,
        title="A\n$y_1$ <b>",
    ).where(actor="N1")
    shown = exhibit(register)
    svg = shown.rendered("two-columns", "svg")
    written = " ".join(" ".join(svg_words(svg)).split())
    assert "Office of $x^2$ & <script>alert(1)</script> in two lines" in written
    assert "Source: A $y_1$ <b>. Simulated data." in written
    assert b"<script>alert" not in svg
    assert shown.rendered("two-columns", "pdf").startswith(b"%PDF")


def test_a_house_style_of_ones_own_draws_the_exhibit(tmp_path, small):
    house = tmp_path / "house.yml"
    house.write_text('ink: "#222244"\n')
    svg = exhibit(small, house=str(house)).rendered("column", "svg")
    assert b"#222244" in svg
    assert b"#1a1a1a" not in svg


def test_every_part_is_looked_up_and_not_guessed(small):
    with pytest.raises(ValueNotAllowed, match="language 'xx' is not known"):
        _ = exhibit(small, language="xx").alt
    with pytest.raises(LnlibError, match=r"house style none\.yml does not exist"):
        exhibit(small, house="none.yml").draw()


def test_drawing_gives_a_figure_of_the_width(small):
    figure = exhibit(small).draw("column")
    assert isinstance(figure, Figure)
    assert figure.get_figwidth() * 25.4 == pytest.approx(85)
