// Back leads to where one was: what had come by a list's "Next" comes again, and the page stands at the same item. A browser
// that kept the whole page has that by itself. Without this file, which site.js loads where more has come (data-pages counts
// it), Back leads to the list's first page.
(() => {
  const MAX_PLACES = 20;
  const MAX_MORE_PAGES = 2;
  const ITEMS = "main article[id], main .feed > li";
  const HEADERS = { "HX-Request": "true", "HX-Request-Type": "partial" };
  let restoring = false;
  let moved = false; // by hand, since the page is here

  // Those that began with a pager, in their order; each knows how many pages it got.
  const lists = () => [...document.querySelectorAll("[data-pages], :has(> .pager)")];

  // Storage may be off: then Back leads to the first page.
  function readPlaces() {
    try {
      return JSON.parse(sessionStorage.getItem("places")) ?? {};
    } catch {
      return {};
    }
  }

  function savePlace() {
    const name = history.state?.place;
    if (!name || restoring) return;
    const all = [...document.querySelectorAll(ITEMS)];
    const at = all.findIndex((item) => item.getBoundingClientRect().bottom > 0);
    const loaded = lists().map((list) => Number(list.dataset.pages ?? 0));
    const place = { loaded, at, id: all[at]?.id ?? "", top: all[at]?.getBoundingClientRect().top ?? 0 };
    const { [name]: _, ...others } = readPlaces();
    try {
      sessionStorage.setItem("places", JSON.stringify(Object.fromEntries([...Object.entries(others), [name, place]].slice(-MAX_PLACES))));
    } catch {
      // See above.
    }
  }

  // The history's entry names its place, also after a link within the page.
  let placeName = "";
  function namePlace() {
    placeName ||= history.state?.place ?? crypto.getRandomValues(new Uint32Array(2)).join("-");
    if (history.state?.place !== placeName) history.replaceState({ ...history.state, place: placeName }, "");
  }

  async function loadNext(list) {
    const link = list.querySelector(":scope > .pager [hx-get]");
    const answer = link && (await fetch(link.getAttribute("hx-get"), { headers: HEADERS }).catch(() => null));
    if (!answer?.ok || answer.redirected || answer.headers.has("HX-Redirect")) return false; // Logged out meanwhile, or away.
    await htmx.swap({ text: await answer.text(), target: link.closest(".pager"), swap: "outerHTML", sourceElement: link });
    return true;
  }

  function scrollToItem({ id, at, top }) {
    const item = document.getElementById(id) ?? document.querySelectorAll(ITEMS)[at];
    if (item && !moved) scrollBy({ top: item.getBoundingClientRect().top - top, behavior: "instant" });
  }

  async function restorePlace() {
    const place = readPlaces()[history.state?.place];
    if (!place || performance.getEntriesByType("navigation")[0]?.type === "navigate") return;
    restoring = true;
    history.scrollRestoration = "manual";
    // New items at the top push others onto a further page.
    const missing = () => place.id && !document.getElementById(place.id);
    for (const [index, list] of lists().entries()) {
      const wanted = place.loaded[index];
      for (let page = 0; wanted && (page < wanted || (page < wanted + MAX_MORE_PAGES && missing())); page++)
        if (!(await loadNext(list))) break;
    }
    scrollToItem(place);
    // Once more when what came is laid out.
    requestAnimationFrame(() => requestAnimationFrame(() => scrollToItem(place)));
    history.scrollRestoration = "auto";
    restoring = false;
  }

  document.addEventListener("htmx:before:swap", ({ detail }) => {
    if (detail.ctx.sourceElement?.closest?.(".pager")) namePlace();
  });
  // A list that is being filled up doesn't load by scrolling too.
  document.addEventListener("htmx:before:request", (event) => {
    if (restoring && event.detail.ctx.sourceElement?.closest?.(".pager")) event.preventDefault();
  });
  addEventListener("hashchange", () => placeName && namePlace());
  addEventListener("pagehide", savePlace);
  for (const act of ["wheel", "touchmove", "keydown", "mousedown"]) addEventListener(act, () => (moved = true), { passive: true, once: true });
  if (history.state?.place) restorePlace();
  else namePlace();
})();
