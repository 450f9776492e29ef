"""A story's page: its words are the record's, escaped, and it asks nothing of anybody."""

import re
from html.parser import HTMLParser

import pytest
from register_rows import ACTORS, made, partnership, rated, set_up

import lnlib as ln
from lnlib.analyses.stories import Stories, fragment, story
from lnlib.analyses.stories.story_drawing import drawing
from lnlib.analyses.stories.story_page import page
from lnlib.reference.scales import Scale
from lnlib.words import languages

HOSTILE = '<script>alert(1)</script> =cmd() $x^2$ {n} %s "quoted" \u202eright to left'
SHOWN = HOSTILE.replace("\u202e", "")  # the sign that turns the letters after it is not shown; they are


class Words(HTMLParser):
    """The text of a page, and its elements with their attributes."""

    def __init__(self, text):
        super().__init__()
        self.words, self.elements, self._inside = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self._inside.append(tag)

    def handle_endtag(self, tag):
        while self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data):
        if "style" not in self._inside:
            self.words.append(data)

    @property
    def text(self):
        return re.sub(r"\s+", " ", " ".join(self.words))


def test_the_page_says_the_whole_record(small):
    text = Words(page(story(small, "P4"))).text
    for message in ("Seen Once Society", "NGO", "Office of the eastern province", "Memot", "Education", "Feb 2012"):
        assert message in text
    for message in (
        "20 Jan 2013",
        "Coalition",
        "Independent rater",
        "Document",
        'They "met" once',
        "report.pdf",
        "p. 3",
    ):
        assert message in text
    assert "1 assessment" in text
    assert "No mechanism is recorded" in text


def test_the_source_line_says_the_kind_of_data_once():
    register = made(partnerships=[partnership("P1")], kind="simulated", title="A register (simulated data)")
    assert Words(page(story(register, "P1"))).text.count("imulated data") == 1


def test_one_source_of_the_whole_record_is_named_once():
    def text(*sources):
        register = made(
            partnerships=[partnership("P", source="minutes.pdf")],
            assessments=[rated("P", f"201{i}", "coalition", source=source) for i, source in enumerate(sources)],
            mechanisms=[set_up("P", "mou", source="minutes.pdf")],
        )
        return Words(page(story(register, "P"))).text

    alike = text("minutes.pdf", "minutes.pdf")
    assert alike.count("minutes.pdf") == 1
    assert "Source of the whole record minutes.pdf" in alike
    apart = text("minutes.pdf", "report.pdf")
    assert (apart.count("Source minutes.pdf"), apart.count("Source report.pdf")) == (3, 1)
    assert "Source of the whole record" not in apart


def test_a_partnership_never_assessed_says_so(small):
    text = Words(page(story(small, "P3"))).text
    assert "Nobody assessed this partnership" in text
    assert "Not assessed" in text


def test_what_a_register_says_is_shown_as_those_letters_and_never_run():
    actors = [{**ACTORS[0], "name": HOSTILE, "note": HOSTILE}, *ACTORS[1:]]
    register = made(
        actors=actors,
        partnerships=[partnership("P<1>", note=HOSTILE, district=HOSTILE, source=HOSTILE)],
        assessments=[
            rated("P<1>", "2011", "coalition", quote=HOSTILE, criterion=HOSTILE, source=HOSTILE, note=HOSTILE)
        ],
        mechanisms=[set_up("P<1>", "mou", "2011", quote=HOSTILE, passage=HOSTILE)],
        title=HOSTILE,
    )
    read = Words(page(story(register, "P<1>")))
    assert [tag for tag, _ in read.elements if tag == "script"] == []
    assert read.text.count(SHOWN) >= 11
    isolated = [tag for tag, _ in read.elements if tag == "bdi"]
    assert len(isolated) >= read.text.count(SHOWN) - 2  # title and source line are blocks of their own


@pytest.mark.parametrize("language", languages())
def test_a_fragment_names_nothing_outside_itself(small, language):
    for one in Stories(small, language=language):
        text = fragment(one, level=3)
        assert not re.search(r"(src|href|url\()\s*=?\s*[\"'(]", text)
        assert "<h3>" in text
        assert "<h1" not in text


def test_the_drawing_has_a_box_for_every_span_in_the_colours_of_the_figures(small):
    drawn = drawing(story(small, "P2"))
    stages, assessed, training = drawn.rows
    assert [box.status for box in stages.boxes][-1] == "ended"
    assert sum(box.width for box in stages.boxes) <= 100.1
    for one, after in zip(stages.boxes, stages.boxes[1:], strict=False):
        assert one.left + one.width == pytest.approx(after.left, abs=0.02)
    assert [box.sure for box in assessed.boxes] == [False, True, True]
    assert training.name == "Joint training"
    assert [box.text for box in drawn.key][:3] == ["Coalition", "Collaboration", "Ended"]
    assert drawn.course.startswith("Not assessed (May 2010 to Sep 2010), then Coalition (")
    assert drawn.course.endswith("; Joint training (Jun 2010).")


def test_a_longer_scale_has_a_colour_for_each_stage():
    scale = Scale.load("frey")
    register = made(
        partnerships=[partnership("P")],
        assessments=[rated("P", f"201{i}", key) for i, key in enumerate(scale.keys[:4])],
        scale="frey",
    )
    key = drawing(story(register, "P")).key
    assert len({box.fill for box in key if box.status == "assessed"}) == 4


def test_stories_are_saved_one_page_each_and_said_in_words(small, tmp_path):
    result = Stories(small).save(tmp_path)
    assert sorted(path.name for path in (tmp_path / "stories").iterdir()) == [
        "P1.html",
        "P2.html",
        "P3.html",
        "P4.html",
    ]
    assert result._repr_mimebundle_()["text/plain"] == "4 stories, a page for each partnership"
    before = {path.name: path.read_bytes() for path in (tmp_path / "stories").iterdir()}
    Stories(small).save(tmp_path)
    assert before == {path.name: path.read_bytes() for path in (tmp_path / "stories").iterdir()}


def test_the_finding_counts_what_the_stories_hold(small):
    assert Stories(small).finding == (
        "4 stories with 7 assessments and 2 mechanisms; 1 partnership is known to have ended and 1 was never assessed"
    )
    assert Stories(ln.open_register("learning-note-17")).finding == (
        "7 stories with 9 assessments and 13 mechanisms; "
        "no partnership is known to have ended and all were assessed at least once"
    )
    assert Stories(made(partnerships=[])).finding == "No partnership is recorded, so there is no story"
    assert Stories(ln.open_register("demonstration"), language="km").finding.replace("\u200b", "") == (
        "រឿង ១៦០ ជាមួយ ការវាយតម្លៃ ៨៥១ និង យន្តការ ៣៨៥; ភាពជាដៃគូ ៦៦ ដឹងថាបានបញ្ចប់ ហើយ ១៣ មិនដែលត្រូវបានវាយតម្លៃ"
    )


def test_without_a_folder_nothing_is_written(small, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Stories(small).save()
    assert list(tmp_path.iterdir()) == []


def test_keys_that_no_file_system_takes_stay_apart(tmp_path):
    register = made(partnerships=[partnership("a/b"), partnership("a:b", non_state="N2")])
    Stories(register).save(tmp_path)
    assert len(list((tmp_path / "stories").iterdir())) == 2
