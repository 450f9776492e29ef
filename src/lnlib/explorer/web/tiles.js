// The country as a grid of tiles: arrow keys move, Enter or a click chooses a province or lets it go.
export default {
  render({ model, el }) {
    const group = document.createElement("div");
    group.className = "lnx-map";
    const name = document.createElement("div");
    name.className = "lnx-label";
    const every = document.createElement("button");
    every.type = "button";
    every.className = "lnx-every";
    every.addEventListener("click", () => choose(""));
    const grid = document.createElement("div");
    grid.className = "lnx-tiles";
    grid.setAttribute("role", "group");
    const help = document.createElement("div");
    help.className = "lnx-help";
    help.id = `lnx-${Math.random().toString(36).slice(2)}`;
    grid.setAttribute("aria-describedby", help.id);
    group.append(name, every, grid, help);
    el.append(group);
    let at = null;

    function choose(key) {
      model.set("value", model.get("value") === key ? "" : key);
      model.save_changes();
    }
    function move(tile, rows, cols) {
      const from = [Number(tile.dataset.row), Number(tile.dataset.col)];
      const ahead = [...grid.children]
        .map((other) => [other, Number(other.dataset.row) - from[0], Number(other.dataset.col) - from[1]])
        .filter(([, down, right]) => (rows ? down * rows > 0 : right * cols > 0))
        .map(([other, down, right]) => [other, rows ? Math.abs(down) + 3 * Math.abs(right) : Math.abs(right) + 3 * Math.abs(down)])
        .sort((one, two) => one[1] - two[1]);
      if (ahead.length) {
        at = ahead[0][0].dataset.key;
        stops();
        ahead[0][0].focus();
      }
    }
    function stops() {
      const tiles = [...grid.children];
      const stop = tiles.find((tile) => tile.dataset.key === at) ?? tiles.find((tile) => tile.classList.contains("on")) ?? tiles[0];
      tiles.forEach((tile) => (tile.tabIndex = tile === stop ? 0 : -1));
    }
    const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    function mark() {
      const value = model.get("value");
      [...grid.children].forEach((tile) => {
        const on = tile.dataset.key === value;
        tile.classList.toggle("on", on);
        tile.setAttribute("aria-pressed", String(on));
      });
      every.classList.toggle("on", value === "");
      every.setAttribute("aria-pressed", String(value === ""));
      stops();
    }
    function build() {
      const focused = grid.contains(document.activeElement) ? document.activeElement.dataset.key : null;
      const tiles = model.get("tiles");
      const top = Math.min(...tiles.map((tile) => tile.row));
      const left = Math.min(...tiles.map((tile) => tile.col));
      const most = Math.max(1, ...tiles.map((tile) => tile.n));
      name.textContent = model.get("label");
      grid.setAttribute("aria-label", model.get("label"));
      every.textContent = model.get("every");
      help.textContent = [model.get("unstated"), model.get("help")].filter(Boolean).join(". ");
      grid.replaceChildren(
        ...tiles.map((tile) => {
          const box = document.createElement("button");
          box.type = "button";
          box.className = "lnx-tile";
          box.classList.toggle("none", tile.n === 0);
          box.dataset.key = tile.key;
          box.dataset.row = tile.row;
          box.dataset.col = tile.col;
          box.style.gridRow = String(tile.row - top + 1);
          box.style.gridColumn = String(tile.col - left + 1);
          box.style.setProperty("--share", String(Math.sqrt(tile.n / most)));
          // where letters stand out better in the colour of the ground: sooner on a dark page
          box.classList.toggle("full", Math.sqrt(tile.n / most) > 0.88);
          box.classList.toggle("deep", Math.sqrt(tile.n / most) > 0.7);
          box.setAttribute("aria-label", tile.said);
          box.title = tile.said;
          const short = document.createElement("span");
          short.textContent = tile.label;
          const count = document.createElement("b");
          count.textContent = tile.count;
          box.append(short, count);
          box.addEventListener("click", () => choose(tile.key));
          box.addEventListener("focus", () => ((at = tile.key), stops()));
          box.addEventListener("keydown", (event) => {
            const step = steps[event.key];
            if (!step) return;
            event.preventDefault();
            event.stopPropagation();
            move(box, ...step);
          });
          return box;
        }),
      );
      mark();
      if (focused !== null) [...grid.children].find((tile) => tile.dataset.key === focused)?.focus();
    }
    const off = [["change:value", mark], ["change:tiles", build]];
    off.forEach(([event, done]) => model.on(event, done));
    build();
    return () => off.forEach(([event, done]) => model.off(event, done));
  },
};
