const box = document.getElementById("search");
const items = [...document.querySelectorAll("[data-words]")];
const tiles = [...document.querySelectorAll(".tile")];
const shown = document.getElementById("found");
const opened = new Set(); // folded lists that the search unfolded
// accents of Latin letters do not count, signs of Khmer words do; \u200b only says where a word ends, and the two
// letters below a letter that look alike in Khmer are one
const plain = text =>
  text.normalize("NFD").replace(/[\u0300-\u036f\u200b]/g, "").replaceAll("\u17d2\u178f", "\u17d2\u178a").toLowerCase();
const split = text => text.split(/[^\p{L}\p{M}\p{N}]+/u).filter(Boolean);
for (const item of items) item.plain = plain(item.dataset.words);
for (const tile of tiles) tile.plain = plain(tile.dataset.name);
const every = [...new Set([...items, ...tiles].flatMap(item => split(item.plain)))];

box.closest("form").hidden = false;
box.form.addEventListener("submit", event => {
  event.preventDefault();
  const first = items.find(item => !item.hidden);
  if (box.value.trim() && first) first.querySelector("a")?.click();
});
box.addEventListener("input", () => {
  const words = split(plain(box.value));
  const any = words.every(word => every.some(other => other.includes(word)));
  const asked = any ? words.map(word => [word]) : words.map(word => (every.some(other => other.includes(word)) ? [word] : near(word, every)));
  const found = item => asked.every(some => some.some(word => item.plain.includes(word)));
  const pages = new Set(); // a page may be listed under its subject and under its actor
  for (const item of items) {
    item.hidden = !found(item);
    if (!item.hidden) pages.add(item.querySelector("a")?.href ?? item.textContent.trim());
  }
  for (const tile of tiles) tile.classList.toggle("faded", !found(tile));
  for (const group of document.querySelectorAll("[data-group], main > section:not(.failure), .lead-figure, .empty"))
    group.hidden = words.length > 0 && !group.querySelector("[data-words]:not([hidden]), .tile:not(.faded)");
  for (const list of document.querySelectorAll("details[data-group]")) {
    if (words.length && !list.open) opened.add(list);
    if (words.length) list.open = true;
    else if (opened.delete(list)) list.open = false;
  }
  const { digits, page, pages: several, near: guessed, none } = shown.dataset;
  const size = String(pages.size).replace(/\d/g, digit => digits[digit]);
  const count = (pages.size === 1 ? page : several).replace("{n}", size);
  const phrase = any ? count : guessed.replace("{found}", count).replace("{words}", asked.flat().join(" "));
  shown.textContent = !words.length ? "" : pages.size ? phrase : none;
});
// a link from a page to a folded list unfolds it
const unfold = () => {
  const list = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (list?.tagName === "DETAILS") list.open = true;
};
addEventListener("hashchange", unfold);
unfold();
