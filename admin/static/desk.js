/* What the desk's pages do by themselves; without it every page still works.
   "/" goes to the search box, F1 opens the page's help, a list that filters sends itself,
   an act that cannot be taken back asks first, and a page of the present fetches itself anew. */
"use strict";

const narrow = matchMedia("(max-width: 960px)");
const menu = document.querySelector("[data-menu]");
const help = document.querySelector("[data-help]");

function fold() {
  if (menu) menu.open = !narrow.matches;
}
narrow.addEventListener("change", fold);
fold();

// The navigation may be longer than the window: where one is can be seen.
if (!narrow.matches) document.querySelector(".subnav [aria-current]")?.scrollIntoView({ block: "nearest" });

(document.querySelector("[aria-invalid]") ?? document.querySelector("[data-focus]"))?.focus();

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select");
  if (event.key === "/" && !typing) {
    const search = document.querySelector("[data-search]");
    if (search) {
      event.preventDefault();
      search.focus();
      search.select();
    }
  }
  if (event.key === "F1" && help) {
    event.preventDefault();
    help.open = !help.open;
    help.querySelector("summary").focus();
  }
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-send]")) event.target.form.requestSubmit();
  const { all } = event.target.dataset;
  if (all) for (const box of event.target.form.querySelectorAll(`[name="${all}"]`)) box.checked = event.target.checked;
});

document.addEventListener("submit", (event) => {
  const ask = event.submitter?.dataset.ask || event.target.dataset.ask;
  if (ask && !confirm(ask)) {
    event.preventDefault();
    return;
  }
  // Once is enough: a second press while the page is on its way would send it again.
  if (event.target.dataset.sent && event.target.method === "post") event.preventDefault();
  event.target.dataset.sent = "1";
});

addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

/* What is marked as live is fetched again while it is looked at and nobody works in it.
   The hub does not take that for somebody working, so an idle session still ends. */
const live = document.querySelector("[data-live]");

async function refresh() {
  if (document.hidden || live.contains(document.activeElement)) return;
  const answer = await fetch(location.href, { headers: { "X-Refresh": "1" } });
  if (!answer.ok || answer.redirected || !answer.headers.get("content-type").includes("html"))
    return location.reload();
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const now = page.querySelector("[data-live]");
  if (!now) return location.reload(); // what was waited for is over
  live.replaceChildren(...now.childNodes);
  const updated = document.querySelector("[data-updated]");
  if (updated) updated.textContent = page.querySelector("[data-updated]").textContent;
}
if (live) setInterval(() => refresh().catch(() => {}), 1000 * live.dataset.live);
