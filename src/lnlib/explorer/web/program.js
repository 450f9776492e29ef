// The program that makes the exhibit, with a button that copies it.
export default {
  render({ model, el }) {
    const row = document.createElement("div");
    row.className = "lnx-program";
    const copy = document.createElement("button");
    copy.type = "button";
    copy.className = "lnx-button";
    const said = document.createElement("span");
    said.setAttribute("role", "status");
    said.className = "lnx-said";
    const details = document.createElement("details");
    const summary = document.createElement("summary");
    const code = document.createElement("pre");
    code.tabIndex = 0;
    details.append(summary, code);
    row.append(copy, said, details);
    el.append(row);

    const select = () => {
      details.open = true;
      const range = document.createRange();
      range.selectNodeContents(code);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
    };
    copy.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(model.get("code"));
        said.textContent = model.get("copied");
      } catch {
        // an older browser, or a page that is not trusted with the clipboard
        select();
        said.textContent = document.execCommand("copy") ? model.get("copied") : model.get("not_copied");
      }
    });
    const write = () => {
      copy.textContent = model.get("label");
      copy.disabled = !model.get("code");
      summary.textContent = model.get("heading");
      code.textContent = model.get("code");
      code.setAttribute("aria-label", model.get("heading"));
      details.hidden = !model.get("code");
      said.textContent = "";
    };
    model.on("change:code", write);
    write();
    return () => model.off("change:code", write);
  },
};
