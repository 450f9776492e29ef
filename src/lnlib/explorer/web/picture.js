// The exhibit as drawn, and under it the story of the partnership that is pointed at.
const WIDE = 560; // pixels from which the print width of two columns can be read
const PLACE = "line-"; // what the id of a line's place begins with; see lnlib.charts.paths

export default {
  render({ model, el }) {
    const figure = document.createElement("figure");
    figure.className = "lnx-picture";
    const sheet = document.createElement("div");
    sheet.className = "lnx-sheet";
    // a root of its own: the ids and the style of a figure stay with it
    const inside = sheet.attachShadow({ mode: "open" });
    const hint = document.createElement("p");
    hint.className = "lnx-hint";
    const lacking = document.createElement("p");
    lacking.className = "lnx-lacking";
    lacking.setAttribute("role", "status");
    const story = document.createElement("section");
    story.className = "lnx-story";
    story.setAttribute("aria-live", "polite");
    story.tabIndex = 0; // a long one is read with the arrow keys
    figure.append(lacking, sheet, hint, story);
    el.append(figure);
    let waiting = 0;

    const point = (key) => {
      clearTimeout(waiting);
      waiting = setTimeout(() => {
        if (model.get("pointed") === key) return;
        model.set("pointed", key);
        model.save_changes();
      }, 120);
    };
    const draw = () => {
      const style = document.createElement("style");
      style.textContent = `
        svg { display: block; width: 100%; height: auto; }
        [id^="${PLACE}"] path { pointer-events: all; cursor: pointer; }
        [id^="${PLACE}"]:hover path, [id^="${PLACE}"].on path { fill: rgb(42 127 116 / 14%) !important; }
        [id^="${PLACE}"]:focus { outline: none; }
        [id^="${PLACE}"]:focus path { stroke: #b3321b; stroke-width: 1.4; fill: rgb(42 127 116 / 14%) !important; }`;
      const text = model.get("svg");
      sheet.hidden = !text;
      if (!text) {
        inside.replaceChildren();
        return;
      }
      const svg = document.importNode(new DOMParser().parseFromString(text, "image/svg+xml").documentElement, true);
      svg.querySelectorAll("title, desc, metadata").forEach((part) => part.remove()); // a title would be a tooltip
      svg.removeAttribute("aria-labelledby");
      svg.removeAttribute("aria-describedby");
      const lines = model.get("lines");
      const places = [...svg.querySelectorAll(`[id^="${PLACE}"]`)];
      svg.setAttribute("role", places.length ? "group" : "img");
      svg.setAttribute("aria-label", model.get("alt"));
      places.forEach((place, i) => {
        const key = place.id.slice(PLACE.length);
        place.setAttribute("role", "button");
        place.setAttribute("aria-label", lines[key] ?? key);
        place.setAttribute("tabindex", i ? "-1" : "0");
        place.addEventListener("mouseenter", () => point(key));
        place.addEventListener("click", () => place.focus());
        place.addEventListener("focus", () => point(key));
        place.addEventListener("keydown", (event) => {
          if (event.key === "Escape" && !story.hidden) {
            event.stopPropagation();
            return point("");
          }
          const step = { ArrowDown: 1, ArrowUp: -1, Home: -places.length, End: places.length }[event.key];
          if (!step) return;
          event.preventDefault();
          event.stopPropagation();
          const next = places[Math.min(Math.max(i + step, 0), places.length - 1)];
          places.forEach((other) => other.setAttribute("tabindex", other === next ? "0" : "-1"));
          next.focus();
          const covered = next.getBoundingClientRect().bottom > story.getBoundingClientRect().top;
          if (covered && !story.hidden) next.scrollIntoView({ block: "center" });
        });
      });
      inside.replaceChildren(style, svg);
      mark();
    };
    const mark = () => {
      const pointed = model.get("pointed");
      inside.querySelectorAll(`[id^="${PLACE}"]`).forEach((place) => {
        place.classList.toggle("on", place.id.slice(PLACE.length) === pointed);
      });
    };
    const say = () => {
      hint.textContent = model.get("hint");
      hint.hidden = !model.get("hint");
      lacking.textContent = model.get("lacking");
      lacking.hidden = !model.get("lacking");
    };
    // the story is written, and all the register says in it escaped, by lnlib.stories
    const tell = () => {
      story.innerHTML = model.get("story");
      story.setAttribute("aria-label", model.get("heading"));
      story.hidden = !model.get("story");
      mark();
    };
    const off = [
      ["change:svg", draw],
      ["change:hint", say],
      ["change:lacking", say],
      ["change:story", tell],
      ["change:pointed", mark],
    ];
    off.forEach(([event, done]) => model.on(event, done));
    draw();
    say();
    tell();
    const seen = new ResizeObserver(() => {
      if (!figure.clientWidth) return;
      const width = figure.clientWidth < WIDE ? "column" : "two-columns";
      if (model.get("width") === width) return;
      model.set("width", width);
      model.save_changes();
    });
    seen.observe(figure);
    return () => {
      seen.disconnect();
      off.forEach(([event, done]) => model.off(event, done));
    };
  },
};
