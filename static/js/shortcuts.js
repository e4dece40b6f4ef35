// Keyboard shortcuts. Single keys never act while somebody types, and can be switched off (WCAG 2.1.4).
(() => {
  const ITEMS = ".feed > li > article, main > article.post, #thread article.comment";
  const TARGETS = { n: 'a[href="/posts/new"]', "/": "input[type=search]", l: ".like", e: 'form[action$="/edit"] > button', r: 'form[action$="/reply"] > button', q: "[data-quote]", u: "[data-undo]", c: "[data-claim]", d: "[data-decide]" };
  const PAUSE_MS = 1200;
  let prefixPressedAt = -Infinity; // when g was pressed

  function disabled() {
    try {
      return localStorage.getItem("keys") === "off";
    } catch {
      return false;
    }
  }

  function setEnabled(on) {
    try {
      if (on) localStorage.removeItem("keys");
      else localStorage.setItem("keys", "off");
    } catch {
      // Storage is off: the choice can't be kept.
    }
    labelShortcuts();
  }

  // Told to assistive technology only where they work.
  function labelShortcuts() {
    const isDisabled = disabled();
    for (const box of document.querySelectorAll("[data-shortcuts-switch]")) {
      box.hidden = false;
      box.querySelector("input").checked = !isDisabled;
    }
    for (const [key, selector] of Object.entries(TARGETS))
      for (const element of document.querySelectorAll(selector)) {
        if (isDisabled) element.removeAttribute("aria-keyshortcuts");
        else element.setAttribute("aria-keyshortcuts", key);
      }
  }

  const shown = (element) => !element.closest("details.replies:not([open])");
  const items = () => [...document.querySelectorAll(ITEMS)].filter(shown);
  const currentItem = () => document.activeElement?.closest?.(ITEMS) ?? null;

  function move(step) {
    const all = items();
    if (!all.length) return;
    const at = all.indexOf(currentItem());
    const top = all.findIndex((item) => item.getBoundingClientRect().bottom > 80);
    const next = at >= 0 ? at + step : Math.max(top, 0);
    const item = all[Math.min(Math.max(next, 0), all.length - 1)];
    const target = item.matches("[tabindex]") ? item : (item.querySelector("h2 a, h3 a") ?? item);
    target.focus({ preventScroll: true });
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    item.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
  }

  // Of the item one is at, not of what hangs below it; else of the post whose page it is.
  function findInCurrentItem(selector) {
    const item = currentItem() ?? document.querySelector("main > article.post");
    return item?.querySelector(selector) ?? null;
  }

  function reply() {
    const button = currentItem()?.matches(".comment") ? findInCurrentItem(TARGETS.r) : null;
    if (button) button.click();
    else document.querySelector("#add textarea")?.focus();
  }

  function search() {
    const field = document.querySelector("main input[type=search]") ?? document.querySelector("input[type=search]");
    field?.focus();
    field?.select();
  }

  // Of the case one is at in the queue, else of the case whose page it is.
  function findAtDesk(selector) {
    return (currentItem() ?? document.getElementById("case"))?.querySelector(selector) ?? null;
  }

  function claimOrCollapse() {
    const claim = findAtDesk(TARGETS.c);
    if (claim) claim.click();
    else currentItem()?.dispatchEvent(new CustomEvent("verbatim:collapse", { bubbles: true }));
  }

  const go = (path) => path && location.assign(path);
  function undo() {
    document.querySelector(TARGETS.u)?.click();
  }
  const shortcutsDialog = () => document.getElementById("shortcuts");
  const ACTIONS = {
    j: () => move(1),
    k: () => move(-1),
    l: () => findInCurrentItem(TARGETS.l)?.click(),
    e: () => findInCurrentItem(TARGETS.e)?.click(),
    q: () => findInCurrentItem(TARGETS.q)?.click(),
    c: claimOrCollapse,
    d: () => findAtDesk(TARGETS.d)?.click(),
    r: reply,
    u: undo,
    n: () => go("/posts/new"),
    "/": search,
    "?": () => shortcutsDialog()?.showModal(),
  };
  const ownHandle = () => document.body.dataset.handle;
  const DESTINATIONS = { h: () => "/", n: () => "/notifications", d: () => "/drafts", s: () => "/settings", p: () => ownHandle() && `/@${ownHandle()}` };

  function close() {
    const status = document.getElementById("status");
    const menu = document.querySelector("details:is(.menu, .more-actions)[open]");
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
    if (disabled() || target.matches?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]")) return;
    const second = event.timeStamp - prefixPressedAt < PAUSE_MS;
    prefixPressedAt = -Infinity;
    if (second && key in DESTINATIONS) go(DESTINATIONS[key]());
    else if (key === "g") prefixPressedAt = event.timeStamp;
    else if (key in ACTIONS) ACTIONS[key]();
    else return;
    event.preventDefault();
  });

  document.addEventListener("change", ({ target }) => target.closest("[data-shortcuts-switch]") && setEnabled(target.checked));
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-shortcuts-dialog]") || event.ctrlKey || event.metaKey || !shortcutsDialog()) return;
    event.preventDefault();
    shortcutsDialog().showModal();
  });
  document.addEventListener("htmx:after:swap", labelShortcuts);
  document.addEventListener("DOMContentLoaded", labelShortcuts);
})();
