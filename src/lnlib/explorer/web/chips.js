// Choices as buttons in a row: one of them, or any number.
function button(key, label, model, list) {
  const chip = document.createElement("button");
  chip.type = "button";
  chip.className = "lnx-chip";
  chip.dataset.key = key;
  chip.textContent = label;
  chip.addEventListener("click", () => choose(model, key));
  chip.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const chips = [...list.children];
    const next = chips[(chips.indexOf(chip) + step + chips.length) % chips.length];
    next.focus();
    if (model.get("single")) choose(model, next.dataset.key);
  });
  return chip;
}

function choose(model, key) {
  const value = model.get("value");
  const next = value.includes(key) ? value.filter((one) => one !== key) : [...value, key];
  if (model.get("single") && value.includes(key)) return;
  model.set("value", model.get("single") ? [key] : next);
  model.save_changes();
}

export default {
  render({ model, el }) {
    const group = document.createElement("div");
    group.className = "lnx-chips";
    const name = document.createElement("div");
    name.className = "lnx-label";
    name.id = `lnx-${Math.random().toString(36).slice(2)}`;
    const list = document.createElement("div");
    list.className = "lnx-list";
    list.setAttribute("aria-labelledby", name.id);
    group.append(name, list);
    el.append(group);

    const mark = () => {
      const value = model.get("value");
      const single = model.get("single");
      [...list.children].forEach((chip, i) => {
        const on = value.includes(chip.dataset.key);
        chip.setAttribute(single ? "aria-checked" : "aria-pressed", String(on));
        chip.classList.toggle("on", on);
        chip.tabIndex = single && !(on || (i === 0 && !value.length)) ? -1 : 0;
      });
    };
    const build = () => {
      const focused = list.contains(document.activeElement) ? document.activeElement.dataset.key : null;
      const single = model.get("single");
      name.textContent = model.get("label");
      list.setAttribute("role", single ? "radiogroup" : "group");
      list.replaceChildren(...model.get("options").map(([key, label]) => button(key, label, model, list)));
      if (single) [...list.children].forEach((chip) => chip.setAttribute("role", "radio"));
      group.classList.toggle("big", model.get("big"));
      group.hidden = !model.get("options").length;
      mark();
      if (focused !== null) [...list.children].find((chip) => chip.dataset.key === focused)?.focus();
    };
    const off = [["change:value", mark], ["change:options", build], ["change:label", build]];
    off.forEach(([event, done]) => model.on(event, done));
    build();
    return () => off.forEach(([event, done]) => model.off(event, done));
  },
};
