// a button beside whatever can be copied: keys of numbers, sentences that may be quoted, citations
const words = document.getElementById("main").dataset;
const button = (text, what) => {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "copy";
  made.textContent = words.copy;
  made.setAttribute("aria-label", words.copyWhat.replace("{what}", what));
  made.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const field = document.createElement("textarea"); // a page opened from a folder may have no clipboard
      field.value = text;
      document.body.append(field);
      field.select();
      document.execCommand("copy");
      field.remove();
    }
    made.textContent = words.copied;
    setTimeout(() => (made.textContent = words.copy), 1500);
  });
  return made;
};
for (const key of document.querySelectorAll("td > code")) {
  key.after(" ", button(`{{${key.textContent}}}`, key.textContent));
  for (const cell of key.closest("tr").querySelectorAll("td:not(:has(code))")) {
    if (cell.textContent.includes(" ")) cell.append(" ", button(cell.textContent, words.sentence));
  }
}
for (const cited of document.querySelectorAll(".cited")) cited.append(" ", button(cited.textContent.trim(), words.citation));
