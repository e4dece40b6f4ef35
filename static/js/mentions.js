// Whom to mention, while one types @ in a text: a listbox below the field. Without this file people type whole handles.
(() => {
  const HANDLE_BEFORE_CARET = /(?:^|[\s(\[{"'“])@([A-Za-z0-9_][A-Za-z0-9_-]{0,39})$/;
  const TYPING_PAUSE_MS = 150;
  let field = null; // whose list is open, or about to be
  let list = null;
  let countStatus = null;
  let timer = 0;
  let request = null;
  let pointerDown = false;
  let leaving = null; // a closed list whose room stays while a pointer is down, so that a button isn't moved away from it
  const labels = () => document.getElementById("template-mentions").dataset;

  function typedHandle(area) {
    if (area.selectionStart !== area.selectionEnd) return null;
    return HANDLE_BEFORE_CARET.exec(area.value.slice(Math.max(0, area.selectionStart - 60), area.selectionStart))?.[1] ?? null;
  }

  function openList(area) {
    list = document.createElement("ul");
    Object.assign(list, { id: "mentions", className: "mentions" });
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", labels().label);
    countStatus = document.createElement("span");
    countStatus.className = "visually-hidden";
    countStatus.setAttribute("aria-live", "polite");
    area.after(list, countStatus);
    area.setAttribute("aria-autocomplete", "list");
    list.addEventListener("mousedown", (event) => {
      event.preventDefault();
      const option = event.target.closest("[role=option]");
      if (option) acceptOption(option);
    });
  }

  function closeList() {
    clearTimeout(timer);
    request?.abort();
    field?.removeAttribute("aria-controls");
    field?.removeAttribute("aria-activedescendant");
    if (list) removeList(list);
    countStatus?.remove();
    field = list = countStatus = request = null;
  }

  function removeList(closed) {
    if (!pointerDown) return closed.remove();
    leaving = closed;
    closed.removeAttribute("id");
    closed.setAttribute("aria-hidden", "true");
    closed.classList.add("leaving");
  }

  function options() {
    return list ? [...list.querySelectorAll("[role=option]")] : [];
  }

  function selectOption(option) {
    for (const one of options()) one.setAttribute("aria-selected", String(one === option));
    field.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  function selectedOption() {
    return list?.querySelector('[aria-selected="true"]') ?? null;
  }

  function acceptOption(option) {
    const area = field;
    const typed = typedHandle(area);
    const handle = option.dataset.handle;
    closeList();
    if (typed === null) return;
    const end = area.selectionStart;
    area.setRangeText(`${handle} `, end - typed.length, end, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  async function fetchOptions(area, typed) {
    request?.abort();
    request = new AbortController();
    const { signal } = request;
    try {
      const answer = await fetch(`/people?q=${encodeURIComponent(typed)}`, {
        headers: { "HX-Request": "true", "HX-Request-Type": "partial" },
        signal,
      });
      const html = answer.ok && !answer.redirected ? await answer.text() : "";
      if (signal.aborted || document.activeElement !== area || typedHandle(area) !== typed) return;
      showOptions(area, html);
    } catch {
      // Offline, or typed on: there is nothing to show.
    }
  }

  function showOptions(area, html) {
    if (!html.trim()) return closeList();
    if (!list) {
      field = area;
      openList(area);
    }
    list.innerHTML = html;
    area.setAttribute("aria-controls", list.id);
    const found = options();
    countStatus.textContent = found.length === 1 ? labels().one : labels().many.replace("{}", found.length);
    selectOption(found[0]);
  }

  function suggest(target) {
    if (!target?.matches?.("textarea")) return;
    if (field && field !== target) closeList();
    const typed = typedHandle(target);
    clearTimeout(timer);
    if (typed === null) return closeList();
    timer = setTimeout(() => fetchOptions(target, typed), TYPING_PAUSE_MS);
  }
  document.addEventListener("input", ({ target }) => suggest(target));

  document.addEventListener(
    "keydown",
    (event) => {
      if (!list || event.target !== field || event.isComposing) return;
      const all = options();
      const at = all.indexOf(selectedOption());
      if (event.key === "ArrowDown") selectOption(all[(at + 1) % all.length]);
      else if (event.key === "ArrowUp") selectOption(all[(at - 1 + all.length) % all.length]);
      else if ((event.key === "Enter" || event.key === "Tab") && !event.ctrlKey && !event.metaKey && !event.shiftKey) acceptOption(all[at]);
      else if (event.key === "Escape") closeList();
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
    true,
  );

  document.addEventListener("pointerdown", () => (pointerDown = true), true);
  for (const end of ["pointerup", "pointercancel"])
    document.addEventListener(
      end,
      () => {
        pointerDown = false;
        // After the click that belongs to it.
        setTimeout(() => {
          leaving?.remove();
          leaving = null;
        });
      },
      true,
    );
  document.addEventListener("focusout", ({ target }) => target === field && closeList());
  document.addEventListener("selectionchange", () => field && typedHandle(field) === null && closeList());
  document.addEventListener("htmx:before:swap", () => field && !field.isConnected && closeList());
  // What was typed while this file was on its way; site.js loads it where somebody writes.
  if (document.activeElement?.value !== document.activeElement?.defaultValue) suggest(document.activeElement);
})();
