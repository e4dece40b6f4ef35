// What the pages do better with JavaScript. Everything works without this file.
(() => {
  const root = document.documentElement;

  // A counter below a field that has a limit; it speaks up only near the end.
  function updateCounter(field) {
    const limit = Number(field.dataset.limit);
    const counter = document.getElementById(`${field.id}-count`);
    if (!limit || !counter) return;
    const left = limit - [...field.value.replace(/\r\n/g, "\n")].length;
    counter.hidden = left > Math.min(limit * 0.2, 1000);
    const { left: within, over } = counter.dataset;
    counter.textContent = (left >= 0 ? within : over).replace("{}", Math.abs(left).toLocaleString(root.lang));
    counter.classList.toggle("over", left < 0);
    announceCount(field, counter);
  }

  // Heard only near the end, and only when one pauses.
  const pauses = new WeakMap();
  function announceCount(field, counter) {
    const status = document.getElementById(`${field.id}-count-status`);
    if (!status) return;
    clearTimeout(pauses.get(field));
    const near = counter.hidden ? "" : counter.textContent;
    if (document.activeElement !== field || status.textContent === near) return;
    pauses.set(field, setTimeout(() => (status.textContent = near), 1000));
  }

  function updateCounters(within) {
    for (const field of within.querySelectorAll("[data-limit]")) updateCounter(field);
  }

  // The theme switch, shown only where it can work.
  function startThemeSwitch() {
    const box = document.querySelector(".theme");
    if (!box?.hidden) return;
    box.hidden = false;
    const show = () => {
      for (const button of box.querySelectorAll("button"))
        button.setAttribute("aria-pressed", String(button.value === (root.dataset.theme ?? "")));
    };
    show();
    box.addEventListener("click", ({ target }) => {
      const button = target.closest("button");
      if (!button) return;
      if (button.value) root.dataset.theme = button.value;
      else delete root.dataset.theme;
      try {
        if (button.value) localStorage.setItem("theme", button.value);
        else localStorage.removeItem("theme");
      } catch {
        // Storage is off: the choice lasts for this page.
      }
      show();
    });
  }

  // The toast leaves after ten seconds, but never while somebody is in it.
  let status = null;
  function startToast() {
    if (status?.isConnected) return;
    status = document.getElementById("status");
    if (!status) return;
    let timer = 0;
    const leave = () => {
      if (status.matches(":hover, :focus-within")) timer = setTimeout(leave, 2000);
      else status.replaceChildren();
    };
    new MutationObserver(() => {
      clearTimeout(timer);
      if (status.hasChildNodes()) timer = setTimeout(leave, 10000);
    }).observe(status, { childList: true });
    // What the page itself came with to say for a moment: without this file it stands above the content.
    const toast = document.querySelector("[data-toast]");
    if (!toast) return;
    const box = toast.parentElement;
    status.replaceChildren(...toast.childNodes);
    toast.remove();
    if (!box.children.length) box.remove();
  }

  // Calls after(what before gave, detail) once an answer is in the page. Swaps take time, and others begin meanwhile: what
  // one remembers belongs to it alone.
  function aroundSwap(before, after) {
    const remembered = new WeakMap();
    document.addEventListener("htmx:before:swap", ({ detail }) => remembered.set(detail.ctx, before(detail)));
    document.addEventListener("htmx:after:swap", ({ detail }) => after(remembered.get(detail.ctx), detail));
  }

  // After a swap focus would fall to <body>: put it on what came, else where the person is working.
  const FOCUSABLE = "article[tabindex], a[href], button, input:not([type=hidden]), textarea";
  function originOf({ ctx, tasks }) {
    const source = ctx.sourceElement;
    const pager = source?.closest?.(".pager");
    if (pager) {
      const { dataset } = pager.parentElement;
      dataset.pages = Number(dataset.pages ?? 0) + 1;
      load("places");
    }
    // What came by scrolling, or by going back, moves nobody.
    if (pager && !pager.contains(document.activeElement)) return null;
    const said = source?.matches?.("form") && tasks.find(({ swapSpec }) => swapSpec?.style === "beforeend")?.fragment;
    return {
      source,
      id: source?.id ?? "",
      list: pager?.parentElement ?? null,
      above: pager?.previousElementSibling ?? null,
      around: source?.closest?.("article[tabindex]"),
      offered: Boolean(source?.closest?.("#status")),
      said: (source?.contains(document.activeElement) && said?.querySelector?.("article[id]")?.id) || "",
    };
  }

  // The first of what came in a pager's place that somebody can see.
  function firstNew({ list, above }) {
    for (let item = above ? above.nextElementSibling : list?.firstElementChild; item; item = item.nextElementSibling) {
      const found = item.hidden ? null : item.querySelector(FOCUSABLE);
      if (found) return found;
    }
    return null;
  }

  function moveFocus(origin, { ctx: { target } }) {
    updateCounters(document);
    if (!origin) return;
    const said = document.getElementById(origin.said);
    if (!said && document.activeElement !== document.body) return;
    // Taken back from the toast, which is gone: on to what it was about.
    const about = origin.offered && document.getElementById(target?.id)?.querySelector("button");
    const here = said || about || (origin.list?.isConnected && firstNew(origin));
    const wanted = target?.isConnected ? target.querySelector?.("[autofocus], [data-focus]") : null;
    const again = origin.source?.isConnected ? origin.source : document.getElementById(origin.id);
    const around = origin.around?.isConnected ? origin.around : document.getElementById("main");
    (here || (wanted ?? again ?? around))?.focus();
  }
  aroundSwap(originOf, moveFocus);

  // The toast doesn't cover what it speaks of: what came by the same answer goes up above it, as far as its beginning shows.
  function idsOfNew({ tasks }) {
    const added = tasks.filter(({ swapSpec }) => ["beforeend", "outerHTML"].includes(swapSpec?.style));
    return added.map(({ fragment }) => fragment?.querySelector?.("article[id]")?.id).filter(Boolean);
  }
  function clearOfToast(ids) {
    const toast = document.getElementById("status");
    if (!toast?.hasChildNodes()) return;
    const { top } = toast.getBoundingClientRect();
    for (const id of ids) {
      const at = document.getElementById(id)?.getBoundingClientRect();
      if (at && at.top < innerHeight && at.bottom > top) scrollBy({ top: Math.min(at.bottom - top + 8, Math.max(at.top, 0)) });
    }
  }
  aroundSwap(idsOfNew, clearOfToast);

  // A box that somebody made larger has a style attribute. htmx would copy it to the new box as an attribute, which the
  // policy forbids; as properties it may go along.
  function takeSizes() {
    const boxes = [...document.querySelectorAll("textarea[style]")];
    const sizes = boxes.map(({ id, style: { width, height } }) => [id, { width, height }]);
    for (const box of boxes) box.removeAttribute("style");
    return sizes;
  }
  function putBackSizes(sizes) {
    for (const [id, size] of sizes) Object.assign(document.getElementById(id)?.style ?? {}, size);
  }
  aroundSwap(takeSizes, putBackSizes);

  // An element that a request changes says so while it waits.
  document.addEventListener("htmx:before:request", ({ detail }) => detail.ctx.target?.setAttribute?.("aria-busy", "true"));
  document.addEventListener("htmx:finally:request", ({ detail }) => detail.ctx.target?.removeAttribute?.("aria-busy"));

  document.addEventListener("input", ({ target }) => target.matches?.("[data-limit]") && updateCounter(target));
  // Scripts that most pages don't need at first; the body knows their addresses.
  function load(name) {
    const src = document.body.dataset[name];
    if (!src) return;
    delete document.body.dataset[name];
    document.head.append(Object.assign(document.createElement("script"), { src }));
  }
  const loadForField = (field) => field?.matches?.("textarea") && load("mentions");
  document.addEventListener("focusin", ({ target }) => loadForField(target));

  // The count of unread notifications beside the bell: at once where the page's stream says so, and asked for now and then.
  const BELL_POLL_MS = 15000;
  let bellVersion = "";

  async function refreshCount() {
    const box = document.getElementById("bell-count");
    if (!box || document.hidden) return;
    const headers = { "HX-Request": "true", "HX-Request-Type": "partial", "HX-PTag": bellVersion };
    const answer = await fetch("/notifications/count", { headers }).catch(() => null);
    // Logged out elsewhere: the next page says so.
    if (answer?.status !== 200 || answer.redirected || answer.headers.has("HX-Redirect")) return;
    bellVersion = answer.headers.get("HX-PTag") ?? "";
    box.innerHTML = await answer.text();
  }

  document.addEventListener("changed", refreshCount);
  document.addEventListener("notified", refreshCount);
  document.addEventListener("visibilitychange", refreshCount);
  addEventListener("pageshow", ({ persisted }) => persisted && refreshCount());
  setInterval(refreshCount, BELL_POLL_MS);

  function startPage() {
    startThemeSwitch();
    startToast();
    loadForField(document.activeElement);
    if (history.state?.place) load("places");
  }
  document.addEventListener("DOMContentLoaded", () => {
    startPage();
    updateCounters(document);
  });
  // A refusal may bring a whole page.
  document.addEventListener("htmx:after:swap", startPage);
})();
