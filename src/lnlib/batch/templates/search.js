const box = document.getElementById("search");
const items = [...document.querySelectorAll("[data-words]")];
const groups = [...document.querySelectorAll("[data-group]")];
const said = document.getElementById("found");
const plain = text => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
for (const item of items) item.plain = plain(item.dataset.words);
box.closest("form").hidden = false;
box.form.addEventListener("submit", event => {
  event.preventDefault();
  const first = items.find(item => !item.hidden);
  if (box.value.trim() && first) first.querySelector("a")?.click();
});
box.addEventListener("input", () => {
  const words = plain(box.value).split(/\s+/).filter(Boolean);
  let count = 0;
  for (const item of items) {
    item.hidden = !words.every(word => item.plain.includes(word));
    if (!item.hidden) count += 1;
  }
  for (const group of groups) {
    group.hidden = words.length > 0 && !group.querySelector("[data-words]:not([hidden])");
    if (words.length && group.tagName === "DETAILS") group.open = true;
  }
  for (const tile of document.querySelectorAll(".tile"))
    tile.classList.toggle("faded", words.length > 0 && !words.every(word => plain(tile.dataset.name).includes(word)));
  said.textContent = words.length ? `${count} ${count === 1 ? "page" : "pages"}` : "";
});
