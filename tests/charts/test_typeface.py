"""The typeface that comes with the installation: the same files everywhere, before the system's, with a rescan on a miss."""

import shutil
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import pytest
from fontTools.ttLib import TTFont
from matplotlib.font_manager import FontProperties, findfont, fontManager

from lnlib.charts.style import typeface
from lnlib.charts.style.house_style import Theme
from lnlib.charts.style.typeface import FALLBACK, ITALIC, KHMER, LATIN, SHIPPED
from lnlib.errors import LnlibError

SMALL = Path(__file__).parent.parent / "registers" / "small"


@pytest.fixture
def listed(monkeypatch):
    """Leave matplotlib's list of fonts, and what was found in it, as they were."""
    before = list(fontManager.ttflist)
    yield fontManager.ttflist
    fontManager.ttflist[:] = before
    for cached in (fontManager._findfont_cached, typeface._has):
        cached.cache_clear()


def test_a_static_font_of_each_weight_is_chosen_by_name():
    typeface.register()
    for face in SHIPPED:
        for weight, file in zip(("normal", "bold"), face.files(), strict=True):
            assert findfont(FontProperties(family=face.family, weight=weight)) == str(file)
            with TTFont(file) as font:
                assert "fvar" not in font
                assert font["OS/2"].usWeightClass == {"normal": 400, "bold": 700}[weight]
                assert font["name"].getDebugName(1) == face.family


def test_italics_are_made_for_documents_and_left_out_of_figures():
    typeface.register()
    for style, file in zip(("Italic", "Bold Italic"), ITALIC.files(), strict=True):
        assert findfont(FontProperties(family=ITALIC.family, style="italic")) != str(file)
        with TTFont(file) as font:
            assert font["post"].italicAngle < 0
            assert [font["name"].getDebugName(number) for number in (1, 2)] == [LATIN.family, style]


def test_it_writes_latin_and_khmer():
    assert typeface.writes(LATIN.family, "AZaz09éŁộ₫–—…“”’×−·")
    assert typeface.writes(KHMER.family, "កខគ្រាំ៩៛៘")
    assert not typeface.writes(LATIN.family, "ក")


@pytest.mark.slow
def test_what_is_made_is_the_same_bytes_each_time_and_kept():
    kept = [file.read_bytes() for file in KHMER.files()]  # made before, by another process or this one
    assert KHMER.instances() == kept


def test_it_comes_before_a_font_of_the_system_by_its_name(listed, tmp_path):
    other = tmp_path / "system.ttf"
    shutil.copy(LATIN.files()[0], other)
    fontManager.addfont(other)
    typeface.register.cache_clear()
    typeface.register()
    assert findfont(FontProperties(family=LATIN.family)) == str(LATIN.files()[0])


def test_a_font_is_found_the_moment_it_is_installed(listed, tmp_path, monkeypatch):
    theme = Theme.declared({"fonts": ["Institute Sans"]}, place="house.yml")
    assert theme.missing_fonts == ["Institute Sans"]
    with pytest.raises(LnlibError, match="none of the fonts of the house style is installed"):
        theme.rc()
    installed = tmp_path / "institute.ttf"
    with TTFont(LATIN.files()[0]) as font:
        font["name"].setName("Institute Sans", 1, 3, 1, 0x409)
        font["name"].removeNames(nameID=1, platformID=1)
        font.save(installed)
    monkeypatch.setattr(typeface.font_manager, "findSystemFonts", lambda: [str(installed)])
    assert theme.missing_fonts == []
    assert theme.families[0] == "Institute Sans"
    assert typeface.families(["Institute Sans", "No Such Font"]) == (
        "Institute Sans",
        LATIN.family,
        KHMER.family,
        FALLBACK,
    )
    assert typeface.writes("Institute Sans", "Aé")


def test_a_house_style_none_of_whose_fonts_is_installed_is_refused():
    theme = Theme.declared({"fonts": ["No Such Font", "Nor This One"]}, place="house.yml")
    with pytest.raises(LnlibError) as raised:
        theme.rc()
    assert str(raised.value) == (
        "none of the fonts of the house style is installed: No Such Font, Nor This One; install one, or name "
        "'Noto Sans SemiCondensed', which comes with lnlib"
    )


def test_a_generic_family_is_left_to_matplotlib():
    theme = Theme.declared({"fonts": ["serif"]}, place="house.yml")
    assert theme.families == ("serif", LATIN.family, KHMER.family, FALLBACK)


def test_no_font_of_the_system_is_used():
    Theme.load().families  # noqa: B018  # registers the typeface
    folders = {str(typeface.cache_folder()), mpl.get_data_path()}
    used = [findfont(FontProperties(family=family)) for family in Theme.load().families]
    assert all(any(path.startswith(folder) for folder in folders) for path in used), used


@pytest.mark.slow
def test_a_cache_that_cannot_be_written_is_done_without(tmp_path):
    wrong = tmp_path / "file"
    wrong.write_text("")
    code = (
        "from lnlib.charts.style import typeface;\n"
        "import tempfile; print(str(typeface.cache_folder()).startswith(tempfile.gettempdir()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"XDG_CACHE_HOME": str(wrong), "MPLCONFIGDIR": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "True\n"


DIGESTS = """
import hashlib, sys
import matplotlib as mpl
from matplotlib import font_manager

listed = font_manager.fontManager.ttflist
listed[:] = [font for font in listed if font.fname.startswith(mpl.get_data_path())]
font_manager.findSystemFonts = lambda *_, **__: sys.argv[2:]
for file in sys.argv[2:]:
    font_manager.fontManager.addfont(file)

import lnlib as ln
from lnlib.charts import paths, stage_mix
from lnlib.measures.counts.shares import shares

register = ln.open_register(sys.argv[1])
mix = shares(ln.spells(register), dates=ln.grid(register, every="year"))
for language in ("en", "km"):
    for chart, data in ((stage_mix, mix), (paths, ln.timelines(register))):
        exhibit = ln.Exhibit("a", chart, data, register, language=language)
        for form in ("svg", "pdf", "png"):
            print(hashlib.sha256(exhibit.rendered("column", form)).hexdigest())
"""


@pytest.mark.slow
def test_a_figure_is_the_same_bytes_whatever_fonts_the_machine_has(tmp_path):
    """Once without any font but those of the installation, once with others that have the names of Noto's families."""
    others = []
    for name in ("Noto Sans", "Noto Sans Khmer", *(face.family for face in SHIPPED)):
        with TTFont(f"{mpl.get_data_path()}/fonts/ttf/DejaVuSerif.ttf") as font:
            for number in (1, 16):
                font["name"].setName(name, number, 3, 1, 0x409)
            others.append(str(tmp_path / f"{name}.ttf"))
            font.save(others[-1])
    found = []
    # the shipped typeface as it was made before, for it is the same bytes each time, and takes ten seconds
    (tmp_path / "cache" / "lnlib").mkdir(parents=True)
    (tmp_path / "cache" / "lnlib" / "fonts").symlink_to(typeface.cache_folder().absolute())
    for place, fonts in (("bare", []), ("other", others)):
        home = tmp_path / place
        home.mkdir()
        done = subprocess.run(
            [sys.executable, "-c", DIGESTS, str(SMALL), *fonts],
            env={"HOME": str(home), "XDG_CACHE_HOME": str(tmp_path / "cache"), "MPLCONFIGDIR": str(home), "PATH": ""},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        found.append(done.stdout.split())
    assert len(set(found[0])) == 12
    assert found[0] == found[1]
