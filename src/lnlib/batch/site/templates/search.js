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

// the number of letters to put in, take out, change or swap with the next to make one word the other (Damerau 1964)
const distance = (one, other) => {
  const rows = [[...Array(other.length + 1).keys()]];
  for (let i = 1; i <= one.length; i++) {
    rows[i] = [i];
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1] ? 0 : 1;
      rows[i][j] = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + same);
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1])
        rows[i][j] = Math.min(rows[i][j], rows[i - 2][j - 2] + 1);
    }
  }
  return rows[one.length][other.length];
};
// the words nearest to one that nothing is called: one letter may be wrong in four, two in eight
const near = word => {
  const most = word.length >= 8 ? 2 : word.length >= 4 ? 1 : 0;
  let least = most, found = [];
  for (const other of every) {
    if (!most || Math.abs(other.length - word.length) > least) continue;
    const apart = distance(word, other);
    if (apart < least) [least, found] = [apart, [other]];
    else if (apart === least) found.push(other);
  }
  return found;
};
box.closest("form").hidden = false;
box.form.addEventListener("submit", event => {
  event.preventDefault();
  const first = items.find(item => !item.hidden);
  if (box.value.trim() && first) first.querySelector("a")?.click();
});
box.addEventListener("input", () => {
  const words = split(plain(box.value));
  const any = words.every(word => every.some(other => other.includes(word)));
  const asked = any ? words.map(word => [word]) : words.map(word => (every.some(other => other.includes(word)) ? [word] : near(word)));
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
