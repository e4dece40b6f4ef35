// Keyboard shortcuts. Single keys never act while somebody types, and can be switched off (WCAG 2.1.4).
(() => {
  const ITEMS = ".feed > li > article, main > article.post, #thread article.comment";
  const TITLES = { n: 'a[href="/posts/new"]', "/": "input[type=search]", l: ".like", e: '[formaction$="/edit"], form[action$="/edit"] > button', r: '[formaction$="/reply"]', q: "[data-quote]", u: "[data-undo]" };
  const PAUSE_MS = 1200;
  let since = -Infinity; // when g was pressed

  function off() {
    try {
      return localStorage.getItem("keys") === "off";
    } catch {
      return false;
    }
  }

  function turn(on) {
    try {
      if (on) localStorage.removeItem("keys");
      else localStorage.setItem("keys", "off");
    } catch {
      // Storage is off: the choice can't be kept.
    }
    name();
  }

  // Told to assistive technology only where they work.
  function name() {
    const quiet = off();
    for (const box of document.querySelectorAll("[data-keys-switch]")) {
      box.hidden = false;
      box.querySelector("input").checked = !quiet;
    }
    for (const [key, selector] of Object.entries(TITLES))
      for (const element of document.querySelectorAll(selector)) {
        if (quiet) element.removeAttribute("aria-keyshortcuts");
        else element.setAttribute("aria-keyshortcuts", key);
      }
  }

  const shown = (element) => !element.closest("details.replies:not([open])");
  const items = () => [...document.querySelectorAll(ITEMS)].filter(shown);
  const here = () => document.activeElement?.closest?.(ITEMS) ?? null;

  function move(step) {
    const all = items();
    if (!all.length) return;
    const at = all.indexOf(here());
    const top = all.findIndex((item) => item.getBoundingClientRect().bottom > 80);
    const next = at >= 0 ? at + step : Math.max(top, 0);
    const item = all[Math.min(Math.max(next, 0), all.length - 1)];
    const target = item.matches("[tabindex]") ? item : (item.querySelector("h2 a, h3 a") ?? item);
    target.focus({ preventScroll: true });
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    item.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
  }

  // Of the item one is at, not of what hangs below it; else of the post whose page it is.
  function within(selector) {
    const item = here() ?? document.querySelector("main > article.post");
    return item?.querySelector(selector) ?? null;
  }

  function reply() {
    const button = here()?.matches(".comment") ? within(TITLES.r) : null;
    if (button) button.click();
    else document.querySelector("#add textarea")?.focus();
  }

  function search() {
    const field = document.querySelector("main input[type=search]") ?? document.querySelector("input[type=search]");
    field?.focus();
    field?.select();
  }

  const go = (path) => path && location.assign(path);
  function undo() {
    document.querySelector(TITLES.u)?.click();
  }
  const sheet = () => document.getElementById("keys");
  const ACTS = {
    j: () => move(1),
    k: () => move(-1),
    l: () => within(TITLES.l)?.click(),
    e: () => within(TITLES.e)?.click(),
    q: () => within(TITLES.q)?.click(),
    c: () => here()?.dispatchEvent(new CustomEvent("verbatim:fold", { bubbles: true })),
    r: reply,
    u: undo,
    n: () => go("/posts/new"),
    "/": search,
    "?": () => sheet()?.showModal(),
  };
  const mine = () => document.body.dataset.handle;
  const PLACES = { h: () => "/", n: () => "/notifications", d: () => "/drafts", s: () => "/settings", p: () => mine() && `/@${mine()}` };

  function close() {
    const status = document.getElementById("status");
    const menu = document.querySelector("details.menu[open]");
    if (menu) {
      const inside = menu.contains(document.activeElement);
      menu.open = false;
      if (inside) menu.querySelector("summary").focus();
    } else if (status && !status.contains(document.activeElement)) status.replaceChildren();
  }

  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (event.defaultPrevented || event.isComposing) return;
    if (key === "Enter" && (event.ctrlKey || event.metaKey) && target.form?.getAttribute("method") === "post") {
      event.preventDefault();
      return target.form.requestSubmit();
    }
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (key === "Escape") return close();
    if (off() || target.matches?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]")) return;
    const second = event.timeStamp - since < PAUSE_MS;
    since = -Infinity;
    if (second && key in PLACES) go(PLACES[key]());
    else if (key === "g") since = event.timeStamp;
    else if (key in ACTS) ACTS[key]();
    else return;
    event.preventDefault();
  });

  document.addEventListener("change", ({ target }) => target.closest("[data-keys-switch]") && turn(target.checked));
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-keys-sheet]") || event.ctrlKey || event.metaKey || !sheet()) return;
    event.preventDefault();
    sheet().showModal();
  });
  document.addEventListener("htmx:after:swap", name);
  document.addEventListener("DOMContentLoaded", name);
})();
