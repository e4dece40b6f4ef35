// Whom to mention, while one types @ in a text: a listbox below the field. Without this file people type whole handles.
(() => {
  const TYPED = /(?:^|[\s(\[{"'“])@([A-Za-z0-9_][A-Za-z0-9_-]{0,39})$/;
  const PAUSE_MS = 150;
  let field = null; // whose list is open, or about to be
  let list = null;
  let said = null;
  let timer = 0;
  let asked = null;
  const words = () => document.getElementById("part-mentions").dataset;

  function begun(area) {
    if (area.selectionStart !== area.selectionEnd) return null;
    return TYPED.exec(area.value.slice(Math.max(0, area.selectionStart - 60), area.selectionStart))?.[1] ?? null;
  }

  function make(area) {
    list = document.createElement("ul");
    Object.assign(list, { id: "mentions", className: "mentions" });
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", words().label);
    said = document.createElement("span");
    said.className = "hidden-text";
    said.setAttribute("aria-live", "polite");
    area.after(list, said);
    area.setAttribute("aria-autocomplete", "list");
    list.addEventListener("mousedown", (event) => {
      event.preventDefault();
      const option = event.target.closest("[role=option]");
      if (option) take(option);
    });
  }

  function close() {
    clearTimeout(timer);
    asked?.abort();
    field?.removeAttribute("aria-controls");
    field?.removeAttribute("aria-activedescendant");
    list?.remove();
    said?.remove();
    field = list = said = asked = null;
  }

  function options() {
    return list ? [...list.querySelectorAll("[role=option]")] : [];
  }

  function choose(option) {
    for (const one of options()) one.setAttribute("aria-selected", String(one === option));
    field.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  function chosen() {
    return list?.querySelector('[aria-selected="true"]') ?? null;
  }

  function take(option) {
    const area = field;
    const typed = begun(area);
    const handle = option.dataset.handle;
    close();
    if (typed === null) return;
    const end = area.selectionStart;
    area.setRangeText(`${handle} `, end - typed.length, end, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  async function ask(area, typed) {
    asked?.abort();
    asked = new AbortController();
    const { signal } = asked;
    try {
      const answer = await fetch(`/people?q=${encodeURIComponent(typed)}`, {
        headers: { "HX-Request": "true", "HX-Request-Type": "partial" },
        signal,
      });
      const html = answer.ok && !answer.redirected ? await answer.text() : "";
      if (signal.aborted || document.activeElement !== area || begun(area) !== typed) return;
      show(area, html);
    } catch {
      // Offline, or typed on: there is nothing to show.
    }
  }

  function show(area, html) {
    if (!html.trim()) return close();
    if (!list) {
      field = area;
      make(area);
    }
    list.innerHTML = html;
    area.setAttribute("aria-controls", list.id);
    const found = options();
    said.textContent = found.length === 1 ? words().one : words().many.replace("{}", found.length);
    choose(found[0]);
  }

  document.addEventListener("input", ({ target }) => {
    if (!target.matches?.("textarea")) return;
    if (field && field !== target) close();
    const typed = begun(target);
    clearTimeout(timer);
    if (typed === null) return close();
    timer = setTimeout(() => ask(target, typed), PAUSE_MS);
  });

  document.addEventListener(
    "keydown",
    (event) => {
      if (!list || event.target !== field || event.isComposing) return;
      const all = options();
      const at = all.indexOf(chosen());
      if (event.key === "ArrowDown") choose(all[(at + 1) % all.length]);
      else if (event.key === "ArrowUp") choose(all[(at - 1 + all.length) % all.length]);
      else if ((event.key === "Enter" || event.key === "Tab") && !event.ctrlKey && !event.metaKey && !event.shiftKey) take(all[at]);
      else if (event.key === "Escape") close();
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
    true,
  );

  document.addEventListener("focusout", ({ target }) => target === field && close());
  document.addEventListener("selectionchange", () => field && begun(field) === null && close());
  document.addEventListener("htmx:before:swap", () => field && !field.isConnected && close());
})();
