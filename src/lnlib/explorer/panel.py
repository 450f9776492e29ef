"""The explorer itself: controls, the filter in words, the picture, and what can be taken away."""

from __future__ import annotations

import html
import os
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from lnlib.analyses.stories import fragment, story
from lnlib.charts.paths import PLACE
from lnlib.errors import LnlibError
from lnlib.exhibits.figure import Exhibit
from lnlib.explorer import shelf
from lnlib.explorer.choice import VIEWS, WORDS, Choice
from lnlib.explorer.code import code
from lnlib.explorer.limits import Limits
from lnlib.explorer.made import Made, Maker
from lnlib.explorer.parts import Chips, Picture, Program, TileMap
from lnlib.explorer.run_file import saved_in, write_run
from lnlib.explorer.views import View
from lnlib.history.choices import is_ordinal
from lnlib.reference import vocabulary
from lnlib.register import Register
from lnlib.words import Words

# what stays chosen when another register is opened
_OF_ANY_REGISTER = ("register", "view", "rater", "language")


class Explorer(widgets.VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """A register to be explored without programming.

    Parameters
    ----------
    choice : Choice
        What is shown first.
    maker : Maker
    kept : dict
        Where the choice is kept for the next explorer of the same `key`.
    key : str
    limits : Limits, optional
        What may be opened and where may be saved, of an explorer that is served.
    """

    def __init__(
        self, choice: Choice, *, maker: Maker, kept: dict[str, Choice], key: str, limits: Limits | None = None
    ) -> None:
        self.choice = choice
        self.made: Made | None = None
        self._maker, self._kept, self._key = maker, kept, key
        self._limits = limits
        self._wrong = ""  # why the choice cannot be made anything of
        self._settling = False
        self._settled: Register | None = None
        words = self._words
        self._register = widgets.Combobox(
            value=choice.register,
            options=limits.registers if limits else shelf.names(),
            description=words("explorer.register"),
            placeholder=words("explorer.register_hint"),
            ensure_option=False,
            continuous_update=False,
        )
        self._period_from = self._text("period_from", choice.period_from)
        self._period_to = self._text("period_to", choice.period_to)
        self._no_dates = widgets.HTML()
        self._map = TileMap(
            label=words("explorer.province"), every=words("explorer.every_province"), help=words("explorer.tiles_help")
        )
        self._actor = widgets.Dropdown(
            options=[(words("explorer.every_actor"), "")], description=words("explorer.actor")
        )
        self._non_state = Chips(label=words("explorer.non_state_kinds"))
        self._state = Chips(label=words("explorer.state_kinds"))
        self._chips = {name: Chips(label=words(f"explorer.{name}s")) for name in WORDS if name != "kind"}
        self._when = self._one("", "when", ("ever", "in_force"))
        self._rater = self._one("rater", "raters", ())
        self._time = self._one("time", "times", ())
        self._view = self._one("look", "views", VIEWS)
        self._view.big = True
        self._clear = widgets.Button(description=words("explorer.clear"))
        self._said = widgets.HTML()
        self._picture = Picture(heading=words("explorer.story"))
        folder, params = (limits.folder, limits.params) if limits else saved_in(Path.cwd())
        self._folder = widgets.Text(value=_near(folder), description=words("explorer.folder"))
        self._file = widgets.Text(value=_near(params / "explored.yml"), description=words("explorer.run_file"))
        self._save = widgets.Button(description=words("explorer.save"))
        self._run = widgets.Button(description=words("explorer.run"))
        self._notice = widgets.HTML()
        self._program = Program(
            label=words("explorer.copy"),
            heading=words("explorer.code"),
            copied=words("explorer.copied"),
            not_copied=words("explorer.not_copied"),
        )
        super().__init__(self._laid_out())
        self.add_class("lnx")
        self._observe()
        self._show()

    # --- for a notebook ------------------------------------------------------------------------------------------

    @property
    def exhibit(self) -> Exhibit:
        """The exhibit on show.

        Raises
        ------
        LnlibError
            There is nothing to show; the message is what the explorer says.
        """
        if self.made is None or self.made.exhibit is None:
            raise LnlibError(self._picture.lacking)
        return self.made.exhibit

    @property
    def shown(self) -> View:
        """The chart on show with its data; the errors are those of `exhibit`."""
        assert self.exhibit
        assert self.made
        assert self.made.view
        return self.made.view

    @property
    def register(self) -> Register:
        """The register, narrowed to what is chosen; the errors are those of `exhibit`."""
        return self.exhibit.register

    def _repr_mimebundle_(self, **more: Any) -> Any:
        bundle = super()._repr_mimebundle_(**more)
        said = [self.made.said if self.made else "", self._picture.lacking or self._picture.alt]
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        data["text/plain"] = "\n".join(line for line in said if line)
        return bundle

    # --- controls ------------------------------------------------------------------------------------------------

    @property
    def _words(self) -> Words:
        return Words.load(self.choice.language)

    def _text(self, name: str, value: str) -> widgets.Text:
        hint, label = self._words("explorer.period_hint"), self._words(f"explorer.{name}")
        return widgets.Text(value=value, description=label, placeholder=hint, continuous_update=False)

    def _one(self, label: str, group: str, keys: Iterable[str]) -> Chips:
        said = self._words(f"explorer.{label}") if label else ""
        return Chips(label=said, options=self._labelled(group, keys), single=True)

    def _labelled(self, group: str, keys: Iterable[str]) -> list[list[str]]:
        return [[key, self._words(f"explorer.{group}.{key}")] for key in keys]

    def _laid_out(self) -> list[widgets.Widget]:
        period = widgets.HBox([self._period_from, self._period_to])
        period.add_class("lnx-pair")
        more = [self._non_state, self._state, *self._chips.values(), self._when, self._rater, self._time]
        side = widgets.VBox([self._register, period, self._no_dates, self._map, self._actor, *more, self._clear])
        side.add_class("lnx-side")
        take = widgets.HBox([self._folder, self._save, self._file, self._run])
        take.add_class("lnx-take")
        heading = widgets.HTML(f"<h3>{html.escape(self._words('explorer.take'))}</h3>")
        away = widgets.VBox([heading, take, self._notice, self._program])
        away.add_class("lnx-away")
        shown = widgets.VBox([self._view, self._said, self._picture, away])
        shown.add_class("lnx-shown")
        both = widgets.HBox([side, shown])
        both.add_class("lnx-both")
        return [both]

    def _observe(self) -> None:
        plain = {"register": self._register, "period_from": self._period_from, "period_to": self._period_to}
        for name, control in ({**plain, "province": self._map, "actor": self._actor}).items():
            control.observe(lambda change, name=name: self._choose(**{name: str(change["new"] or "").strip()}), "value")
        for kinds in (self._non_state, self._state):
            kinds.observe(lambda _: self._choose(kind=(*self._non_state.value, *self._state.value)), "value")
        for name, chips in self._chips.items():
            chips.observe(lambda change, name=name: self._choose(**{name: tuple(change["new"])}), "value")
        self._when.observe(lambda change: self._choose(in_force=change["new"] == ["in_force"]), "value")
        self._time.observe(
            lambda change: self._choose(placed="order" if change["new"] == ["order"] else "middle"), "value"
        )
        for name, one in {"rater": self._rater, "view": self._view}.items():
            one.observe(lambda change, name=name: self._choose(**{name: "".join(change["new"][:1])}), "value")
        self._folder.observe(lambda _: self._write_code(), "value")
        self._picture.observe(lambda _: self._draw(), "width")
        self._picture.observe(lambda _: self._tell(), "pointed")
        self._clear.on_click(lambda _: self._choose(**self._nothing_chosen()))
        self._save.on_click(lambda _: self._save_exhibit())
        self._run.on_click(lambda _: self._save_run())

    def _nothing_chosen(self) -> dict[str, Any]:
        plain = Choice()
        return {name: getattr(plain, name) for name in ("province", "actor", "period_from", "period_to", *WORDS)} | {
            "in_force": False,
            "rater": "any",
        }

    def _choose(self, **changed: Any) -> None:
        """Apply the change of a control and show the result."""
        if self._settling:
            return
        try:
            if "register" in changed:
                if self._limits:
                    self._limits.check_register(changed["register"])
                same = {name: getattr(self.choice, name) for name in _OF_ANY_REGISTER}
                self.choice = start(self._maker, Choice(**{**same, **changed}))
            else:
                self.choice = replace(self.choice, **changed)
        except LnlibError as error:
            self._show_lacking(str(error))
            return
        self._kept[self._key] = self.choice
        self._notice.value = ""
        self._show()

    # --- what is shown -------------------------------------------------------------------------------------------

    def _show(self) -> None:
        try:
            self.made = self._maker.make(self.choice)
        except LnlibError as error:
            self._show_lacking(str(error))
            return
        self._wrong = ""
        self._settle(self.made)
        self._said.value = f'<p class="lnx-words" role="status">{html.escape(self.made.said)}</p>'
        self._draw()
        self._write_code()

    def _show_lacking(self, why: str) -> None:
        """Show why there is nothing to draw."""
        self.made, self._wrong = None, why
        self._said.value = ""
        self._draw()
        self._write_code()

    def _settle(self, made: Made) -> None:
        """Bring the controls to what the choice is, without taking that for choices."""
        self._settling = True
        try:
            with self.hold_sync():
                choice, whole = made.choice, made.whole
                if self._settled is None or self._settled.tables is not whole.tables:
                    self._offer(whole)
                    self._settled = whole
                self._register.value = choice.register
                self._period_from.value, self._period_to.value = choice.period_from, choice.period_to
                told = choice.placed == "order"
                self._period_from.disabled = self._period_to.disabled = told
                self._no_dates.value = (
                    f'<p class="lnx-help">{html.escape(self._words("explorer.no_dates"))}</p>' if told else ""
                )
                self._set_tiles(made)
                self._actor.value = choice.actor if choice.actor in dict(self._actor.options).values() else ""
                sides = {
                    side: [k for k in choice.kind if vocabulary.side_of(k) == side] for side in ("state", "non_state")
                }
                self._non_state.value, self._state.value = sides["non_state"], sides["state"]
                for name, chips in self._chips.items():
                    chips.value = list(getattr(choice, name))
                self._when.value = ["in_force" if choice.in_force else "ever"]
                self._time.value = ["order" if told else "dates"]
                self._rater.value, self._view.value = [choice.rater], [choice.view]
        finally:
            self._settling = False

    def _offer(self, whole: Register) -> None:
        """Offer what the register holds."""
        words, described = self._words, whole.described
        held = set(described["non_state"]) | set(described["state"])
        actors = whole.actors[whole.actors["actor"].isin(held)].sort_values("name", kind="stable")
        twice = set(actors.loc[actors["name"].duplicated(keep=False), "name"])
        names = zip(actors["name"].astype(str), actors["actor"].astype(str), strict=True)
        labelled = [(f"{name} ({key})" if name in twice else name, key) for name, key in names]
        self._actor.options = [(words("explorer.every_actor"), ""), *labelled]
        kinds = set(described["non_state_kind"]) | set(described["state_kind"])
        for side, chips in (("non_state", self._non_state), ("state", self._state)):
            chips.options = self._held("kind", {kind for kind in kinds if vocabulary.side_of(kind) == side})
        for name in ("function", "sector"):
            self._chips[name].options = self._held(name, set(";".join(described[f"{name}s"]).split(";")))
        self._chips["tier"].options = self._held("tier", set(described["tier"]))
        self._chips["mechanism"].options = self._held("mechanism", set(whole.mechanisms["mechanism"]))
        self._when.options = self._labelled("when", ("ever", "in_force")) if len(whole.mechanisms) else []
        rated = set(whole.assessments["rated_by"])
        raters = [word for word in vocabulary.words("rated_by") if word in rated]
        self._rater.options = self._labelled("raters", ["any", *raters])
        self._time.options = self._labelled("times", ("dates", "order")) if is_ordinal(whole) else []

    def _held(self, name: str, held: set[str]) -> list[list[str]]:
        labels = self._words.group(name)
        return [[word, labels.get(word, word)] for word in vocabulary.words(WORDS[name]) if word in held]

    def _set_tiles(self, made: Made) -> None:
        words = self._words
        self._map.tiles = [
            {
                "key": unit.code,
                "label": unit.name(made.choice.language),
                "said": words(
                    "explorer.tile",
                    label=unit.name(made.choice.language),
                    partnerships=words("n_partnerships", n=made.tiles.get(unit.code, 0)),
                ),
                "row": row,
                "col": column,
                "n": made.tiles.get(unit.code, 0),
                "count": words.number(made.tiles.get(unit.code, 0)),
            }
            for unit in made.whole.units
            for row, column in unit.tiles
        ]
        self._map.unstated = words("explorer.province_unstated", n=made.tiles.get("", 0))
        self._map.value = made.whole.unit(made.choice.province).code if made.choice.province else ""

    def _draw(self) -> None:
        """Draw the picture at the width there is room for, in one format."""
        picture, exhibit = self._picture, self.made.exhibit if self.made else None
        svg, lines = "", {}
        if exhibit is not None:
            svg = exhibit.rendered(picture.width, "svg").decode()
            if self.choice.view == "paths":
                lines = self._lines(svg)
        hints = {"paths": "point", "agreement": "both_raters"}
        hint = hints.get(self.choice.view, "") if svg else ""
        if self.choice.view == "agreement" and self.choice.rater == "any":
            hint = ""
        with picture.hold_sync():
            picture.lines, picture.alt = lines, exhibit.alt if exhibit is not None else ""
            picture.lacking = self.made.lacking if self.made else self._wrong
            picture.hint = self._words(f"explorer.{hint}") if hint else ""
            picture.svg = svg
            if picture.pointed not in lines:
                picture.pointed, picture.story = "", ""
        if picture.pointed:
            self._tell()
        self._save.disabled = self._run.disabled = not svg

    def _lines(self, svg: str) -> dict[str, str]:
        assert self.made
        labels = self.made.here.described.set_index("partnership")["label"]
        drawn = [html.unescape(key) for key in re.findall(rf'<g id="{PLACE}([^"]*)"', svg)]
        return {key: self._words("explorer.line", label=labels[key]) for key in drawn}

    def _tell(self) -> None:
        """Show the story of the partnership under the pointer."""
        picture = self._picture
        if self.made is None or picture.pointed not in picture.lines:
            picture.story = ""
            return
        told = story(self.made.here, picture.pointed, language=self.choice.language, **self.choice.told)
        picture.story = fragment(told, level=3)

    # --- what is taken away --------------------------------------------------------------------------------------

    def _write_code(self) -> None:
        made = self.made
        self._program.code = (
            code(made.choice, made.here, out=self._folder.value) if made is not None and made.exhibit else ""
        )

    def _save_exhibit(self) -> None:
        if self.made is None or self.made.exhibit is None:
            return
        self._notify(self._words("explorer.saving"))
        try:
            folder = Path(self._folder.value.strip() or ".")
            if self._limits:
                self._limits.check_folder(folder)
            self.made.exhibit.save(folder)
        except LnlibError as error:
            self._notify(str(error), wrong=True)
            return
        files = folder / "figures" / f"{self.made.exhibit.stem}.*"
        self._notify(self._words("explorer.saved", path=files))

    def _save_run(self) -> None:
        if self.made is None or self.made.exhibit is None:
            return
        title = self._words("explorer.written_title", filter=self.made.said)
        try:
            if self._limits:
                self._limits.check_run_file(Path(self._file.value.strip()).expanduser())
            path = write_run(self.choice, self._file.value.strip(), title=title, words=self._words)
        except LnlibError as error:
            self._notify(str(error), wrong=True)
            return
        self._notify(self._words("explorer.written", path=_near(path)))

    def _notify(self, said: str, *, wrong: bool = False) -> None:
        look = "lnx-wrong" if wrong else "lnx-done"
        lines = "<br>".join(html.escape(line) for line in said.splitlines())
        self._notice.value = f'<p class="{look}" role="status">{lines}</p>'


def start(maker: Maker, choice: Choice) -> Choice:
    """Read a register that tells no dates in the order it tells things; one that cannot be opened is left to be said."""
    try:
        opened = maker.shelf.open(choice.register, choice.frame)
    except LnlibError:
        return choice
    return replace(choice, placed="order" if is_ordinal(opened) else "middle")


def _near(path: Path) -> str:
    """Write a path as seen from here, where it is near."""
    try:
        near = os.path.relpath(path)
    except ValueError:  # another drive
        return str(path)
    return Path(near).as_posix() if near.count("..") < 3 else str(path)
