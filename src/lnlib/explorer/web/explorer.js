// The explorer's page. What is chosen stands in the address; the server answers what an address shows, in one piece.
import { keep, read, write } from "./address.js";

const { near } = window; // of near.js, which the index of an edition has too
const page = JSON.parse(document.getElementById("page").textContent);
const say = page.words;
const at = (id) => document.getElementById(id);
const WIDE = 560; // pixels from which the print width of two columns can be read
const BUSY_AFTER = 300, POINT_AFTER = 120, WALK = 350; // ms
const WORDS = ["tier", "function", "sector", "mechanism"];
const DATED = ["began", "moved_up", "moved_back", "last_assessed"]; // columns of the list
const SHARED = page.shared; // by both choices
const TAB = Math.random().toString(36).slice(2);

// --- what is chosen: two sets of values (the second or null), and what of the picture is followed ---------------------
let state = read();
let editing = 0;
let known = null; // what can be chosen of the register on show
let answer = null; // what is on show
let sides = []; // the figure of each choice

const number = (n) => n.toLocaleString("en").replace(/[0-9,]/g, (sign) => (sign === "," ? say.thousands : say.digits[sign]));
const query = (more) => write(state, more);
const beside = () => (editing && state.second ? state.second : state.first);

// Change what is chosen; what is as by default does not stand in the address.
function choose(changed, { followed = false } = {}) {
  for (const [name, value] of Object.entries(changed)) {
    const set = SHARED.includes(name) ? state.first : beside();
    if (value === "" || value === false || value === null) delete set[name];
    else set[name] = value;
  }
  if (!followed) state.rest = state.rest.sort ? { sort: state.rest.sort } : {};
  keep(state);
  show();
}

function follow(changed) {
  for (const [name, value] of Object.entries(changed)) {
    if (value) state.rest[name] = value;
    else delete state.rest[name];
  }
  keep(state);
}

addEventListener("popstate", () => {
  state = read();
  if (!state.second) editing = 0;
  show();
});

// --- asking the server ----------------------------------------------------------------------------------------------
async function ask(path, { signal, body } = {}) {
  let response;
  try {
    response = await fetch(path, { signal, method: body ? "POST" : "GET", body });
  } catch (error) {
    if (error.name === "AbortError") return null;
    return { reason: say.gone };
  }
  if (response.status === 409) return null;
  try {
    return await response.json();
  } catch (error) {
    if (error.name === "AbortError") return null;
    return { reason: response.status === 403 ? say.refused : say.gone };
  }
}

let waiting = null;
function width() {
  const room = at("figures").clientWidth / (state.second && innerWidth >= 900 ? 2 : 1);
  return room < WIDE ? "column" : "two-columns";
}

async function show() {
  waiting?.abort();
  const mine = (waiting = new AbortController());
  const drawn = width();
  document.documentElement.dataset.ready = "no";
  const sign = setTimeout(() => {
    at("busy").textContent = say.busy;
    at("busy").hidden = false;
    at("figures").setAttribute("aria-busy", "true");
  }, BUSY_AFTER);
  try {
    const register = new URLSearchParams(Object.entries(state.first).filter(([name]) => ["register", "frame", "language"].includes(name))).toString();
    const asked = [
      known?.asked === register ? known : ask(`/options?${register}`, { signal: mine.signal }),
      ask(`/show?${query({ width: drawn, tab: TAB })}`, { signal: mine.signal }),
    ];
    const listed = askList(); // is made while the browser draws the picture
    const [options, shown] = await Promise.all(asked);
    if (mine !== waiting) return;
    if (!shown || !options) return show(); // an older request overtook this one on the way
    const refusal = shown.reason ?? options.reason;
    if (refusal) return refuse(refusal);
    if (options.asked !== register) offer({ ...options, asked: register });
    answer = { ...shown, width: drawn };
    settle();
    draw();
    await Promise.all([list(listed), tell(state.rest.story ?? "", { pinned: true })]);
    if (mine !== waiting) return;
  } finally {
    clearTimeout(sign);
    if (mine === waiting) {
      at("busy").hidden = true;
      at("figures").removeAttribute("aria-busy");
      document.documentElement.dataset.ready = "yes";
    }
  }
}

// One sentence where the picture would be; nothing of an earlier choice stays beside it.
function refuse(reason) {
  answer = null;
  sides = [];
  at("figures").className = "";
  at("figures").replaceChildren(element("p", { className: "reason", role: "alert", textContent: reason }));
  for (const id of ["table", "take"]) at(id).hidden = true;
  at("table").removeAttribute("aria-busy");
  at("story").hidden = true;
  settle();
}

// --- building -------------------------------------------------------------------------------------------------------
function element(name, { role, ...given } = {}, ...children) {
  const made = Object.assign(document.createElement(name), given);
  if (role) made.setAttribute("role", role);
  made.append(...children);
  return made;
}

// What can be chosen of the register that is open.
function offer(options) {
  known = options;
  at("register-title").textContent = options.title;
  const top = Math.min(...options.units.map((unit) => unit.row)), left = Math.min(...options.units.map((unit) => unit.col));
  at("tiles").replaceChildren(
    ...options.units.map((unit) => {
      const tile = element("button", { type: "button" }, element("span", { textContent: unit.label }), element("b"));
      Object.assign(tile.dataset, { code: unit.code, row: unit.row, col: unit.col });
      tile.style.gridArea = `${unit.row - top + 1} / ${unit.col - left + 1}`;
      return tile;
    }),
  );
  for (const group of document.querySelectorAll("details.words")) {
    const words = options.words[group.dataset.words];
    group.hidden = !words.length;
    group.querySelector(".list").replaceChildren(
      ...words.map(([value, label]) => {
        const box = element("input", { type: "checkbox", value });
        box.addEventListener("change", () => chooseWords(group.dataset.words));
        return element("label", {}, box, element("span", { textContent: label }));
      }),
    );
  }
  at("stage").replaceChildren(...options.stages.map(([value, textContent]) => element("option", { value, textContent })));
  at("rater").replaceChildren(...["any", ...options.raters].map((value) => element("option", { value, textContent: say.raters[value] })));
  at("rater").parentElement.hidden = options.raters.length < 2;
  at("time-field").hidden = !options.ordinal;
  for (const id of ["period-from", "period-to"]) at(id).max = options.months.length - 1;
}

function chooseWords(name) {
  const chosen = (group) => [...document.querySelectorAll(`details.words[data-words="${group}"] .list input:checked`)].map((box) => box.value);
  if (name === "state" || name === "non_state") choose({ kind: [...chosen("non_state"), ...chosen("state")].join(";") });
  else choose({ [name]: chosen(name).join(";") });
}

// Bring the controls to what is chosen.
function settle() {
  const own = beside(), first = state.first;
  const several = (name) => (own[name] ?? "").split(";").filter(Boolean);
  at("compare").setAttribute("aria-pressed", String(Boolean(state.second)));
  at("editing").hidden = !state.second;
  for (const radio of document.querySelectorAll("[name=editing]")) radio.checked = Number(radio.value) === editing + 1;
  at("register").value = first.register ?? page.registers[0];
  for (const group of document.querySelectorAll("details.words")) {
    const chosen = several(["state", "non_state"].includes(group.dataset.words) ? "kind" : group.dataset.words);
    let n = 0;
    for (const box of group.querySelectorAll(".list input")) {
      box.checked = chosen.includes(box.value);
      n += box.checked;
    }
    group.querySelector(".count").textContent = n ? `(${n})` : "";
  }
  at("in-force").checked = own.in_force === "yes";
  at("rater").value = own.rater ?? "any";
  const view = first.view ?? "mix", order = known?.ordinal && (first.placed ?? "order") === "order";
  at("time").value = order ? "order" : "middle";
  at("period").hidden = !known || order;
  at("no-dates").hidden = !order;
  for (const radio of document.querySelectorAll("[name=view]")) radio.checked = radio.value === view;
  for (const radio of document.querySelectorAll("[name=scale]")) radio.checked = radio.value === (first.scale ?? "count");
  for (const box of document.querySelectorAll("[name=hide]")) box.checked = (first.hide ?? "").split(";").includes(box.value);
  at("every").value = first.every ?? "";
  const mixed = ["mix", "provinces"].includes(view), reaching = view === "pace" || (view === "provinces" && first.scale === "share");
  for (const id of ["scale", "hide"]) at(id).hidden = !mixed;
  at("every-field").hidden = order || !mixed || (view === "provinces" && reaching); // shares of provinces are of the last date
  at("stage-field").hidden = !reaching;
  at("stage").value = first.stage ?? known?.stages[0][0] ?? "";
  at("drawn-as").hidden = !mixed && !reaching;
  const label = known?.actors.find(([key]) => key === own.actor)?.[1] ?? own.actor ?? "";
  if (document.activeElement !== at("actor") || at("actors").hidden) at("actor").value = label;
  const chosen = ["province", "actor", "period_from", "kind", "rater", ...WORDS].filter((name) => own[name]).length + (own.period_to && !own.period_from ? 1 : 0);
  at("chosen").textContent = chosen ? `(${chosen})` : "";
  settleTiles(several("province"));
  settlePeriod();
  at("search").value = state.rest.search ?? "";
  for (const link of document.querySelectorAll("[data-language]")) {
    const there = new URLSearchParams(query());
    there.set("language", link.dataset.language);
    link.href = `/?${there}`;
  }
}

function settleTiles(chosen) {
  const mine = answer?.shown[editing] ?? answer?.shown[0];
  const tiles = [...at("tiles").children], counts = mine?.tiles ?? {};
  const codes = mine?.choice?.province ?? chosen;
  const most = Math.max(1, ...Object.values(counts));
  const focused = tiles.find((tile) => tile === document.activeElement);
  for (const tile of tiles) {
    const n = counts[tile.dataset.code] ?? 0, label = tile.firstChild.textContent;
    tile.classList.toggle("none", !n);
    tile.classList.toggle("full", n / most > 0.75);
    tile.style.setProperty("--share", n / most);
    tile.lastChild.textContent = mine ? number(n) : "";
    tile.setAttribute("aria-label", mine ? `${label}: ${n === 1 ? say.one : say.many.replace("{n}", number(n))}` : label);
    tile.setAttribute("aria-pressed", String(codes.includes(tile.dataset.code)));
  }
  const stop = focused ?? tiles.find((tile) => tile.getAttribute("aria-pressed") === "true") ?? tiles[0];
  for (const tile of tiles) tile.tabIndex = tile === stop ? 0 : -1;
  at("every-province").setAttribute("aria-pressed", String(!codes.length));
  at("places").textContent = mine?.places ?? "";
}

function settlePeriod() {
  if (!known) return;
  const months = known.months, own = beside();
  const place = (value, otherwise) => {
    const found = months.findIndex((month) => month.value === (value ?? "").slice(0, 7));
    return found < 0 ? otherwise : found;
  };
  const period = (answer?.shown[editing] ?? answer?.shown[0])?.period ?? [];
  at("period-from").value = place(own.period_from && (period[0] ?? own.period_from), 0);
  at("period-to").value = place(own.period_to && (period[1] ?? own.period_to), months.length - 1);
  sayPeriod();
}

function sayPeriod() {
  for (const id of ["period-from", "period-to"]) {
    const month = known.months[at(id).value];
    at(`${id}-said`).textContent = month.label;
    at(id).setAttribute("aria-valuetext", month.label);
  }
}

// --- the picture ----------------------------------------------------------------------------------------------------
const STYLE = `
  svg { display: block; width: 100%; height: auto; }
  .hit { fill: transparent; stroke: none; pointer-events: all; cursor: pointer; outline: none; }
  .hit:hover, .hit.on { fill: rgb(29 27 24 / 14%); }
  .hit:focus-visible { stroke: #a3260b; stroke-width: 1.4; fill: rgb(29 27 24 / 14%); }
  @media print { .hit { display: none; } }`;

function draw() {
  const two = answer.shown.length > 1;
  at("figures").className = two ? "two" : "";
  sides = answer.shown.map((one, side) => figure(one, side, two));
  at("figures").replaceChildren(...sides.map((one) => one.element));
  const any = answer.shown.some((one) => one.n);
  at("table").hidden = !any;
  const mine = answer.shown[editing] ?? answer.shown[0];
  at("take").hidden = !mine.svg;
  at("of-side").replaceChildren(...which(editing));
  at("program").querySelector("pre").textContent = mine.code;
  for (const link of document.querySelectorAll("[data-form]")) {
    link.href = `/file/${link.dataset.form}?${query({ side: editing ? "2" : "", mark: "", story: "" })}`;
    link.download = `${mine.name}.${link.dataset.form}`;
  }
  mark();
}

// Which of two choices it is.
function which(side) {
  return state.second ? [element("span", { className: "which", textContent: `${say.sides[side]} ` })] : [];
}

function figure(one, side, two) {
  const made = element("figure");
  made.dataset.side = side + 1;
  const summary = element("p", { className: "summary", role: "status" });
  if (two) summary.append(...which(side));
  summary.append(one.summary);
  made.append(summary);
  if (!one.svg) {
    made.append(element("p", { className: "reason", role: "status", textContent: one.reason }));
    return { element: made, hits: new Map() };
  }
  const sheet = element("div", { className: "sheet" });
  const inside = sheet.attachShadow({ mode: "open" }); // the ids of a figure stay with it
  const svg = document.importNode(new DOMParser().parseFromString(one.svg, "image/svg+xml").documentElement, true);
  svg.querySelectorAll("title, desc, metadata").forEach((part) => part.remove()); // a title would be a tooltip
  svg.removeAttribute("aria-labelledby");
  svg.removeAttribute("aria-describedby");
  const hits = hitsOf(svg, one, side);
  svg.setAttribute("role", hits.size ? "group" : "img");
  svg.setAttribute("aria-label", one.alt);
  inside.append(element("style", { textContent: STYLE }), svg);
  const hint = element("p", { textContent: one.hint });
  const long = element("details", {}, element("summary", { textContent: say.description }), element("p", { textContent: one.description }));
  made.append(sheet, element("div", { className: "under" }, hint, long));
  return { element: made, hits };
}

// Over everything that is drawn, what answers to the pointer and to the keyboard.
function hitsOf(svg, one, side) {
  const layer = document.createElementNS("http://www.w3.org/2000/svg", "g");
  const hits = new Map();
  for (const group of svg.querySelectorAll("g[id]")) {
    const label = one.marks[group.id], path = group.querySelector("path");
    if (label === undefined || !path) continue;
    const hit = path.cloneNode(false);
    for (const name of [...hit.getAttributeNames()]) if (name !== "d" && name !== "transform") hit.removeAttribute(name);
    hit.setAttribute("class", "hit");
    hit.setAttribute("role", "button");
    hit.setAttribute("aria-label", label);
    hit.setAttribute("tabindex", hits.size ? "-1" : "0");
    hit.dataset.mark = group.id;
    hits.set(group.id, hit);
    layer.append(hit);
    hit.addEventListener("pointerenter", (event) => point(hit, side, event));
    hit.addEventListener("pointermove", (event) => place(event.clientX, event.clientY));
    hit.addEventListener("pointerleave", () => leave());
    hit.addEventListener("focus", () => {
      if (hit.matches(":focus-visible")) point(hit, side);
    });
    hit.addEventListener("blur", () => (at("number").hidden = true));
    hit.addEventListener("click", () => press(hit, side));
    hit.addEventListener("keydown", (event) => move(event, hit, hits, side));
  }
  svg.append(layer);
  return hits;
}

const partnership = (hit) => (hit.dataset.mark.startsWith("line-") ? hit.dataset.mark.slice(5) : "");

let pointing = 0;
function point(hit, side, event) {
  clearTimeout(pointing);
  const key = partnership(hit);
  if (!key || !event) {
    at("number").textContent = hit.getAttribute("aria-label");
    at("number").hidden = false;
    const box = hit.getBoundingClientRect();
    place(event?.clientX ?? box.x + box.width / 2, event?.clientY ?? box.y);
  }
  if (key && !state.rest.story) {
    // who walks over other lines to a story that is open does not lose it
    pointing = setTimeout(() => tell(key, { side }), event && !at("story").hidden ? WALK : POINT_AFTER);
  }
}

function place(x, y) {
  const box = at("number").getBoundingClientRect();
  at("number").style.left = `${Math.min(Math.max(x + 14, 4), innerWidth - box.width - 4)}px`;
  at("number").style.top = `${y - box.height - 14 < 4 ? y + 22 : y - box.height - 14}px`;
}

function leave() {
  at("number").hidden = true;
  clearTimeout(pointing);
}

function press(hit, side) {
  at("number").hidden = true;
  const key = partnership(hit);
  if (key) return pin(key, side);
  follow({ mark: hit.dataset.mark, side: side ? "2" : "", page: "", search: "", story: "" });
  tell("");
  mark();
  list().then(() => {
    at("table-heading").focus({ preventScroll: true });
    at("table").scrollIntoView({ block: "nearest" });
  });
}

function move(event, hit, hits, side) {
  const all = [...hits.values()], i = all.indexOf(hit);
  const bars = hit.dataset.mark.startsWith("bar:");
  let next = null;
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    return press(hit, side);
  }
  if (event.key === "Home") next = all[0];
  else if (event.key === "End") next = all.at(-1);
  else if (event.key.startsWith("Arrow")) next = bars ? besideBar(hit, all, event.key) : all[i + (["ArrowDown", "ArrowRight"].includes(event.key) ? 1 : -1)];
  else return;
  event.preventDefault();
  event.stopPropagation();
  if (!next) return;
  for (const other of all) other.setAttribute("tabindex", other === next ? "0" : "-1");
  next.focus();
  const covered = !at("story").hidden && next.getBoundingClientRect().bottom > at("story").getBoundingClientRect().top;
  if (covered) next.scrollIntoView({ block: "center" });
}

// The bar of another date, or the one above or below it on the same date.
function besideBar(hit, all, key) {
  const [, date, kind] = hit.dataset.mark.split(":"), middle = (one) => one.getBoundingClientRect().top;
  const here = all.filter((one) => one.dataset.mark.split(":")[1] === date && one.getBoundingClientRect().height).sort((one, other) => middle(one) - middle(other));
  if (key === "ArrowUp" || key === "ArrowDown") return here[here.indexOf(hit) + (key === "ArrowDown" ? 1 : -1)];
  const there = Number(date) + (key === "ArrowRight" ? 1 : -1);
  return all.find((one) => one.dataset.mark === `bar:${there}:${kind}`);
}

// Mark in the picture what is followed.
function mark() {
  sides.forEach((one, side) => {
    for (const [id, hit] of one.hits) {
      const followed = (id === state.rest.mark && side === (state.rest.side ? 1 : 0)) || id === `line-${telling}`;
      hit.classList.toggle("on", followed);
    }
  });
}

// --- the table ------------------------------------------------------------------------------------------------------
let listing = null;
const listedSide = () => (state.rest.side ? 1 : editing);
function askList() {
  listing?.abort();
  const mine = (listing = new AbortController());
  const path = `/table?${query({ side: listedSide() ? "2" : "", tab: `${TAB}-list` })}`;
  return { mine, found: ask(path, { signal: mine.signal }) };
}

async function list({ mine, found: asked } = askList()) {
  at("table-csv").href = `/file/table?${query({ side: listedSide() ? "2" : "", page: "", story: "" })}`;
  at("mark-clear").hidden = !state.rest.mark;
  at("table").removeAttribute("aria-busy");
  if (!answer?.shown.some((one) => one.n)) return;
  at("table").setAttribute("aria-busy", "true");
  const found = await asked;
  if (mine !== listing) return;
  if (!found) return list();
  at("table").removeAttribute("aria-busy");
  const bad = found.reason ?? "";
  at("table-reason").textContent = bad;
  at("table-reason").hidden = !bad;
  at("table").querySelector(".scroll").hidden = Boolean(bad);
  at("table").querySelector(".pager").hidden = Boolean(bad);
  at("table-heading").replaceChildren(...which(listedSide()), bad ? say.table : found.heading);
  at("between").textContent = found.between ?? "";
  if (bad) return;
  at("table").querySelector("thead tr").replaceChildren(...found.columns.map(([name, label]) => heading(name, label)));
  at("table").querySelector("tbody").replaceChildren(...found.rows.map((cells, i) => row(cells, found.keys[i], found.columns)));
  at("counted").textContent = found.counted;
  at("before").disabled = found.page <= 1;
  at("next").disabled = found.page >= found.pages;
  at("before").dataset.page = found.page - 1;
  at("next").dataset.page = found.page + 1;
}

function heading(name, label) {
  const sort = state.rest.sort ?? "", down = sort === `-${name}`, up = sort === name;
  const button = element("button", { type: "button", textContent: `${label}${up ? " ↑" : down ? " ↓" : ""}` });
  // what moved and how often is wanted from the most
  const most = ["moved_up", "moved_back", "assessments", "status"].includes(name);
  button.addEventListener("click", () => {
    follow({ sort: (most ? !down : up) ? `-${name}` : name, page: "" });
    list();
  });
  const cell = element("th", { scope: "col" }, button);
  cell.setAttribute("aria-sort", up ? "ascending" : down ? "descending" : "none");
  return cell;
}

function row(cells, key, columns) {
  const made = element("tr", {}, ...cells.map((text, i) => {
    if (i) {
      const dated = DATED.includes(columns[i][0]) && text;
      const parts = dated ? text.split(", ").flatMap((date, n) => [n ? ", " : "", element("span", { className: "date", textContent: date })]) : [text];
      const cell = element("td", {}, ...parts.filter(Boolean));
      cell.dataset.label = columns[i][1]; // shown where a row is a record
      return cell;
    }
    const button = element("button", { type: "button", textContent: text });
    button.setAttribute("aria-label", cells.slice(0, 2).join(" – ")); // an actor has several partnerships
    button.addEventListener("click", () => pin(key, state.rest.side ? 1 : editing));
    return element("td", {}, button);
  }));
  made.dataset.key = key;
  made.classList.toggle("on", key === state.rest.story);
  return made;
}

// --- stories --------------------------------------------------------------------------------------------------------
let telling = "", reading = null, from = null;
async function tell(key, { pinned = false, side = state.rest.side ? 1 : editing } = {}) {
  reading?.abort();
  if (!key) {
    telling = "";
    at("story").hidden = true;
    return mark();
  }
  const mine = (reading = new AbortController());
  const told = await ask(`/story?${query({ story: key, side: side ? "2" : "" })}`, { signal: mine.signal });
  if (!told || mine !== reading) return;
  telling = key;
  // written by lnlib.analyses.stories, all that the register says in it escaped; the page's policy lets no script in
  if (told.reason) at("story-text").replaceChildren(element("p", { textContent: told.reason }));
  else at("story-text").innerHTML = told.html;
  at("story").classList.toggle("pinned", pinned);
  at("story").hidden = false;
  at("story").scrollTop = 0;
  mark();
}

function pin(key, side) {
  from = document.activeElement.shadowRoot?.activeElement ?? document.activeElement;
  follow({ story: key, side: side ? "2" : "" });
  clearTimeout(pointing);
  tell(key, { pinned: true, side });
  for (const one of document.querySelectorAll("tbody tr")) one.classList.toggle("on", one.dataset.key === key);
}

function close() {
  clearTimeout(pointing);
  const inside = at("story").contains(document.activeElement);
  follow({ story: "" });
  tell("");
  for (const one of document.querySelectorAll("tbody tr.on")) one.classList.remove("on");
  if (inside) (from?.isConnected ? from : at("table-heading")).focus({ preventScroll: true });
}

addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !at("story").hidden && at("actors").hidden) close();
});
at("story-close").addEventListener("click", close);

// --- controls -------------------------------------------------------------------------------------------------------
at("form").addEventListener("submit", (event) => event.preventDefault());
at("register").addEventListener("change", () => {
  const { view, language, explorer } = state.first;
  state.first = Object.fromEntries(Object.entries({ view, language, explorer }).filter(([, value]) => value));
  state.second = null;
  editing = 0;
  choose({ register: at("register").value });
});
for (const name of ["view", "scale"]) {
  for (const radio of document.querySelectorAll(`[name=${name}]`)) {
    radio.addEventListener("change", () => choose({ [name]: ["mix", "count"].includes(radio.value) ? "" : radio.value }));
  }
}
for (const box of document.querySelectorAll("[name=hide]")) {
  box.addEventListener("change", () => choose({ hide: [...document.querySelectorAll("[name=hide]:checked")].map((one) => one.value).join(";") }));
}
at("every").addEventListener("change", () => choose({ every: at("every").value }));
at("stage").addEventListener("change", () => choose({ stage: at("stage").value === known.stages[0][0] ? "" : at("stage").value }));
at("rater").addEventListener("change", () => choose({ rater: at("rater").value === "any" ? "" : at("rater").value }));
at("time").addEventListener("change", () => choose({ placed: at("time").value === "order" ? "" : "middle" }));
at("in-force").addEventListener("change", () => choose({ in_force: at("in-force").checked ? "yes" : "" }));
at("clear").addEventListener("click", () => {
  const set = beside();
  for (const name of Object.keys(set)) if (!SHARED.includes(name) && name !== "explorer") delete set[name];
  choose({});
});
at("every-province").addEventListener("click", () => choose({ province: "" }));
at("tiles").addEventListener("click", (event) => {
  const code = event.target.closest("button")?.dataset.code;
  if (!code) return;
  const chosen = (answer?.shown[editing]?.choice?.province ?? (beside().province ?? "").split(";")).filter(Boolean);
  choose({ province: (chosen.includes(code) ? chosen.filter((one) => one !== code) : [...chosen, code]).join(";") });
});
at("tiles").addEventListener("keydown", (event) => {
  const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
  const tile = event.target.closest("button");
  if (!step || !tile) return;
  event.preventDefault();
  const [rows, cols] = step, number = (one, name) => Number(one.dataset[name]);
  const far = (one) => {
    const down = number(one, "row") - number(tile, "row"), right = number(one, "col") - number(tile, "col");
    if (rows ? down * rows <= 0 : right * cols <= 0) return Infinity;
    return rows ? Math.abs(down) + 3 * Math.abs(right) : Math.abs(right) + 3 * Math.abs(down);
  };
  const next = [...at("tiles").children].sort((one, other) => far(one) - far(other))[0];
  if (far(next) === Infinity) return;
  for (const one of at("tiles").children) one.tabIndex = one === next ? 0 : -1;
  next.focus();
});
for (const id of ["period-from", "period-to"]) {
  at(id).addEventListener("input", () => {
    // one end pushes the other along
    const other = id === "period-from" ? "period-to" : "period-from";
    const crossed = Number(at("period-from").value) > Number(at("period-to").value);
    if (crossed) at(other).value = at(id).value;
    sayPeriod();
  });
  at(id).addEventListener("change", () => {
    const [first, last] = ["period-from", "period-to"].map((one) => Number(at(one).value));
    choose({
      period_from: first ? known.months[first].value : "",
      period_to: last < known.months.length - 1 ? known.months[last].value : "",
    });
  });
}
at("compare").addEventListener("click", () => {
  if (state.second) {
    state.second = null;
    editing = 0;
  } else {
    // in all provinces, so that one click sets another province beside those of the first
    state.second = Object.fromEntries(Object.entries(state.first).filter(([name]) => ![...SHARED, "province", "explorer"].includes(name)));
    editing = 1;
  }
  choose({});
});
for (const radio of document.querySelectorAll("[name=editing]")) {
  radio.addEventListener("change", () => {
    editing = Number(radio.value) - 1;
    follow({ mark: "", story: "", side: "" });
    settle();
    if (answer) {
      draw();
      list();
    }
  });
}
at("link").addEventListener("click", async () => {
  at("link-copied").textContent = (await copied(location.href)) ? say.copied_link : say.not_copied_link;
  setTimeout(() => (at("link-copied").textContent = ""), 15000);
});
at("copy").addEventListener("click", async () => {
  const done = await copied(at("program").querySelector("pre").textContent);
  at("copied").textContent = done ? say.copied : say.not_copied;
  if (!done) {
    at("program").open = true;
    getSelection().selectAllChildren(at("program").querySelector("pre"));
  }
});
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
at("print").addEventListener("click", () => print());
let typing = 0;
at("search").addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => {
    follow({ search: at("search").value.trim(), page: "" });
    list();
  }, 200);
});
for (const id of ["before", "next"]) {
  at(id).addEventListener("click", () => {
    follow({ page: at(id).dataset.page === "1" ? "" : at(id).dataset.page });
    list();
  });
}
at("mark-clear").addEventListener("click", () => {
  follow({ mark: "", side: "", page: "" });
  mark();
  list();
  at("table-heading").focus({ preventScroll: true });
});
for (const [id, what, path] of [["save", "exhibit", "folder"], ["run", "run", "file"]]) {
  at(id).addEventListener("click", async () => {
    at("notice").textContent = say.saving;
    const sent = await ask(`/save/${what}?${query({ side: editing ? "2" : "", mark: "", story: "" })}`, { body: new URLSearchParams({ path: at(path).value }) });
    at("notice").textContent = sent ? (sent.saved ?? sent.reason) : "";
  });
}

// --- the actor: a list that is searched (WAI-ARIA Authoring Practices, combobox with a listbox) -----------------------
const MOST = 100;
let active = -1;
function openActors(text) {
  const folded = (one) => one.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const parts = folded(text).split(/\s+/).filter(Boolean);
  const every = [...new Set(known.actors.flatMap(([, label]) => folded(label).split(/\s+/)))];
  const asked = parts.map((part) => (every.some((word) => word.includes(part)) ? [part] : near(part, every)));
  const found = known.actors.filter(([key, label]) => {
    const words = folded(label);
    return folded(key) === folded(text.trim()) || asked.every((some) => some.some((part) => words.includes(part)));
  });
  const all = parts.length ? found : [["", say.every_actor], ...found];
  at("actors").replaceChildren(
    ...all.slice(0, MOST).map(([key, label, n], i) => {
      const item = element("li", { id: `actor-${i}`, role: "option", textContent: label });
      if (n) item.append(" ", element("small", { textContent: n === 1 ? say.one : say.many.replace("{n}", number(n)) }));
      item.dataset.key = key;
      item.setAttribute("aria-selected", "false");
      item.addEventListener("pointerdown", (event) => event.preventDefault());
      item.addEventListener("click", () => takeActor(key));
      return item;
    }),
  );
  at("actors-found").textContent = say.found.replace("{shown}", number(Math.min(all.length, MOST))).replace("{n}", number(all.length));
  at("actors").hidden = !all.length;
  for (const id of ["actor", "actor-open"]) at(id).setAttribute("aria-expanded", String(Boolean(all.length)));
  pick(parts.length && all.length ? 0 : -1);
}
function pick(i) {
  const items = [...at("actors").children];
  active = items.length ? Math.min(Math.max(i, -1), items.length - 1) : -1;
  items.forEach((item, n) => item.setAttribute("aria-selected", String(n === active)));
  if (active < 0) at("actor").removeAttribute("aria-activedescendant");
  else {
    at("actor").setAttribute("aria-activedescendant", items[active].id);
    items[active].scrollIntoView({ block: "nearest" });
  }
}
function closeActors() {
  at("actors").hidden = true;
  at("actors-found").textContent = "";
  for (const id of ["actor", "actor-open"]) at(id).setAttribute("aria-expanded", "false");
  at("actor").removeAttribute("aria-activedescendant");
}
function takeActor(key) {
  closeActors();
  at("actor").value = known.actors.find(([one]) => one === key)?.[1] ?? "";
  if (key !== (beside().actor ?? "")) choose({ actor: key });
}
at("actor").addEventListener("input", () => known && openActors(at("actor").value));
at("actor").addEventListener("focus", () => at("actor").select());
at("actor").addEventListener("click", () => known && at("actors").hidden && openActors(""));
at("actor-open").addEventListener("click", () => {
  if (!at("actors").hidden) return closeActors();
  at("actor").focus();
  if (known) openActors("");
});
at("actor").addEventListener("blur", () => {
  closeActors();
  settle();
});
at("actor").addEventListener("keydown", (event) => {
  const open = !at("actors").hidden, items = [...at("actors").children];
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (!open) {
      openActors("");
      pick(0);
    } else pick(active + (event.key === "ArrowDown" ? 1 : -1));
  } else if (event.key === "Enter") {
    event.preventDefault();
    if (open && active >= 0) takeActor(items[active].dataset.key);
    else if (!at("actor").value.trim()) takeActor("");
  } else if (event.key === "Escape") {
    event.stopPropagation();
    if (open) closeActors();
    else takeActor("");
  }
});

// --- the page as a whole --------------------------------------------------------------------------------------------
const narrow = matchMedia("(max-width: 899.9px)");
function fold() {
  at("filters").open = !narrow.matches;
}
narrow.addEventListener("change", fold);
at("filters").addEventListener("toggle", () => {
  if (narrow.matches && at("filters").open) at("picture").scrollIntoView({ block: "start" });
});
new ResizeObserver(() => {
  if (answer && width() !== answer.width) show();
}).observe(at("figures"));
fold();
show();
