// The page Open a register. The server renders its parts; what was chosen and answered is kept for this tab, so that the
// page can be reloaded, or read in the other language.
"use strict";

const page = JSON.parse(document.getElementById("page").textContent);
const say = page.words;
const at = (id) => document.getElementById(id);
const KEPT = "lnlib-open";
const SECTIONS = ["recognised", "questions", "import", "account"];

let state = JSON.parse(sessionStorage.getItem(KEPT) ?? "null") ?? { file: "", name: "", answers: [] };
const keep = () => sessionStorage.setItem(KEPT, JSON.stringify(state));

// --- asking the server ----------------------------------------------------------------------------------------------
async function ask(path, body, busy) {
  at("status").textContent = busy;
  at("reason").hidden = true;
  document.documentElement.dataset.ready = "no";
  for (const button of document.querySelectorAll("button")) button.disabled = true;
  let sent;
  try {
    const response = await fetch(path, { method: "POST", body });
    sent = response.status === 403 ? { reason: say.refused } : await response.json();
  } catch {
    sent = { reason: say.gone };
  }
  at("status").textContent = "";
  for (const button of document.querySelectorAll("button")) button.disabled = false;
  document.documentElement.dataset.ready = "yes";
  if (!sent.reason) return sent;
  refuse(sent.reason);
  return null;
}

function refuse(reason) {
  at("reason").textContent = reason;
  at("reason").hidden = false;
  at("reason").scrollIntoView({ block: "nearest" });
}

const address = (path, more = {}) => `${path}?${new URLSearchParams({ language: page.language, ...more })}`;
const posted = (more = {}) => JSON.stringify({ file: state.file, answers: state.answers, ...more });

// --- the parts ------------------------------------------------------------------------------------------------------
function show(part, html) {
  at(part).hidden = !html;
  // rendered by the server, all that a file says in it escaped; the page's policy lets no script in
  if (at(part).querySelector(".part")) at(part).querySelector(".part").innerHTML = html;
}

function focus(part) {
  at(`${part}-heading`).focus({ preventScroll: true });
  at(`${part}-heading`).scrollIntoView({ block: "start" });
}

async function step(more = {}, { first = false } = {}) {
  const sent = await ask(address("/open/step"), posted(more), say.reading);
  if (!sent) return false;
  state.file = sent.file;
  state.name ||= sent.name;
  keep();
  show("recognised", sent.recognised);
  show("questions", sent.questions);
  at("answer").hidden = !document.querySelector("#answers [data-key]");
  at("answer").textContent = sent.pending ? say.answer : say.answer_again;
  at("import").hidden = Boolean(sent.pending);
  at("name").value = state.name;
  at("name-help").textContent = sent.folder ? say.name_help.replace("{folder}", sent.folder) : say.name_private;
  account(sent.account);
  focus(sent.account ? "account" : first ? "recognised" : sent.pending ? "questions" : "import");
  return true;
}

function account(html) {
  show("account", html);
  at("again")?.addEventListener("click", () => {
    focus("questions");
    document.querySelector("#answers [data-key]")?.focus();
  });
}

// --- the forms ------------------------------------------------------------------------------------------------------
at("choose").addEventListener("submit", async (event) => {
  event.preventDefault();
  const file = at("upload").files[0], named = at("named")?.value ?? "";
  if (!file && !named) return refuse(say.choose_first);
  if (file && file.size > page.most) return refuse(say.too_large);
  for (const part of SECTIONS) at(part).hidden = true;
  state = { file: named, name: "", answers: [] };
  if (file) {
    const sent = await ask(address("/open/upload", { name: file.name }), file, say.uploading);
    if (!sent) return;
    state.file = sent.file;
  }
  const mapping = at("mapping").files[0];
  const given = mapping ? { mapping: await mapping.text(), mapping_name: mapping.name } : {};
  await step({ ...given, named: !file }, { first: true });
});
at("upload").addEventListener("change", () => {
  if (at("named") && at("upload").files.length) at("named").value = "";
});
at("named")?.addEventListener("change", () => {
  if (at("named").value) at("upload").value = "";
});
at("answers").addEventListener("submit", async (event) => {
  event.preventDefault();
  state.answers = [...document.querySelectorAll("#answers [data-key]")].map((one) => [JSON.parse(one.dataset.key), one.value.trim() || one.dataset.otherwise]);
  await step();
});
at("do-import").addEventListener("submit", async (event) => {
  event.preventDefault();
  state.name = at("name").value;
  keep();
  const sent = await ask(address("/open/import"), posted({ name: state.name }), say.importing);
  if (!sent) return;
  account(sent.account);
  focus("account");
});

(async () => {
  document.documentElement.dataset.ready = "yes";
  if (page.named) {
    history.replaceState(null, "", `/open?language=${page.language}`); // reloaded, it is as it was left
    return at("choose").requestSubmit();
  }
  if (!state.file) return;
  if (!(await step({}))) {
    sessionStorage.removeItem(KEPT);
    state = { file: "", name: "", answers: [] };
  }
})();
