// What one types is saved while one types: on the server, and in this browser for as long as the server doesn't answer.
// Without this file there is the button "Save draft".
(() => {
  const PAUSE_MS = 1500;
  const NEW = "/posts/new/";
  const WORDS = ["title", "body", "url", "reason"];
  const states = new WeakMap();
  const owner = () => document.body.dataset.handle ?? "";
  const key = (form) => `draft:${owner()}:${form.dataset.draft}`;
  const fields = (form) => WORDS.map((name) => form.elements.namedItem(name)).filter(Boolean);
  const all = () => document.querySelectorAll("form[data-draft]");
  const part = (id) => document.getElementById(`part-${id}`).content.cloneNode(true);

  function state(form) {
    if (!states.has(form)) states.set(form, { timer: 0, asked: null, unsaved: false });
    return states.get(form);
  }

  // Storage may be off, or full: then there is only the server's copy.
  function stored(act) {
    try {
      return act(localStorage);
    } catch {
      return null;
    }
  }
  const forget = (form) => stored((storage) => storage.removeItem(key(form)));
  const words = (form) => Object.fromEntries(fields(form).map(({ name, value }) => [name, value]));
  const keep = (form) => owner() && stored((storage) => storage.setItem(key(form), JSON.stringify(words(form))));

  function forgetAll(wanted) {
    stored((storage) => {
      for (const name of Object.keys(storage)) if (name.startsWith("draft:") && wanted(name)) storage.removeItem(name);
    });
  }

  // Said once: the same words again are left alone, so that nobody hears them at every pause.
  function tell(form, content) {
    const box = form.querySelector("[data-draft-state]");
    if (box && box.textContent.trim() !== content.textContent.trim()) box.replaceChildren(content);
  }

  // A form of a new post has an address as soon as there is something to find there again.
  function settle(form) {
    const place = form.dataset.draft;
    if (place.startsWith(NEW) && location.pathname + "/" === NEW) history.replaceState(history.state, "", place);
  }

  function settled(form, content) {
    const mine = state(form);
    if (Object.values(words(form)).some((one) => one.trim())) settle(form);
    const saved = content.querySelector("[data-draft-version]");
    if (saved) {
      form.elements.draft.value = saved.dataset.draftVersion;
      if (!mine.timer) {
        mine.unsaved = false;
        forget(form);
      }
      return tell(form, content);
    }
    keep(form);
    tell(form, content.querySelector("[data-draft-refused]") ? content : part("kept-here"));
  }

  async function save(form) {
    const mine = state(form);
    clearTimeout(mine.timer);
    mine.timer = 0;
    mine.asked?.abort();
    const { signal } = (mine.asked = new AbortController());
    const body = new URLSearchParams(new FormData(form));
    body.set("place", form.dataset.draft);
    const content = document.createElement("template");
    try {
      const headers = { "HX-Request": "true", "HX-Request-Type": "partial" };
      const answer = await fetch("/drafts/save", { method: "POST", body, headers, signal });
      content.innerHTML = await answer.text();
    } catch {
      // Offline: what came back is empty.
    }
    if (!signal.aborted) settled(form, content.content);
  }

  function quiet(form) {
    const mine = state(form);
    clearTimeout(mine.timer);
    mine.asked?.abort();
    mine.timer = 0;
    mine.unsaved = false;
  }

  function restore(form) {
    if (states.has(form)) return;
    state(form);
    const kept = stored((storage) => JSON.parse(storage.getItem(key(form)) ?? "null"));
    if (!kept) return;
    const differs = fields(form).filter(({ name, value }) => name in kept && kept[name] !== value.replace(/\r\n/g, "\n"));
    if (!differs.length) return forget(form);
    for (const field of differs) {
      field.value = kept[field.name];
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    const found = part("found-here");
    found.querySelector("button").addEventListener("click", () => {
      quiet(form);
      forget(form);
      for (const field of differs) field.value = field.defaultValue;
      form.querySelector("[data-found-here]").remove();
      differs[0].focus();
      differs[0].dispatchEvent(new Event("input", { bubbles: true }));
    });
    form.prepend(found);
  }

  const restoreAll = () => all().forEach(restore);

  // New posts that only this browser has, beside those that the server knows.
  function listKept(list) {
    const begins = `draft:${owner()}:`;
    const known = new Set([...list.querySelectorAll("a")].map((link) => link.getAttribute("href")));
    for (const name of stored(Object.keys) ?? []) {
      const place = name.slice(begins.length);
      if (!name.startsWith(begins + NEW) || known.has(place)) continue;
      const item = list.querySelector("template").content.cloneNode(true);
      const { title, body } = stored((storage) => JSON.parse(storage.getItem(name))) ?? {};
      const link = item.querySelector("a");
      link.href = place;
      link.textContent = (title || body || link.textContent).slice(0, 80);
      list.querySelector("ul").append(item);
      list.hidden = false;
    }
  }

  document.addEventListener("input", ({ target }) => {
    const form = target.form;
    if (!form?.dataset?.draft || !WORDS.includes(target.name)) return;
    const mine = state(form);
    mine.unsaved = true;
    clearTimeout(mine.timer);
    mine.timer = setTimeout(() => save(form), PAUSE_MS);
  });

  document.addEventListener(
    "submit",
    (event) => {
      const { target: form, submitter } = event;
      if (form.getAttribute("action") === "/logout") {
        all().forEach(quiet);
        return forgetAll(() => true);
      }
      if (!form.dataset.draft) return;
      const elsewhere = submitter?.getAttribute("formaction");
      if (!elsewhere) {
        if (stored((storage) => storage.getItem(key(form)))) keep(form);
        return quiet(form);
      }
      // htmx would send the form where the form goes, whatever the button says.
      event.stopPropagation();
      if (elsewhere === "/drafts/save") {
        event.preventDefault();
        save(form);
      } else if (elsewhere.startsWith("/drafts/")) {
        quiet(form);
        forget(form);
      }
    },
    true,
  );

  document.addEventListener("verbatim:failed", ({ target }) => target.dataset.draft && keep(target));
  document.addEventListener("verbatim:sent", ({ target }) => {
    if (!target.dataset.draft) return;
    quiet(target);
    forget(target);
  });
  addEventListener("online", () => all().forEach((form) => state(form).unsaved && save(form)));
  addEventListener("pagehide", () => all().forEach((form) => state(form).unsaved && keep(form)));
  document.addEventListener("htmx:after:swap", restoreAll);
  document.addEventListener("DOMContentLoaded", () => {
    if (owner()) forgetAll((name) => !name.startsWith(`draft:${owner()}:`));
    restoreAll();
    document.querySelectorAll("[data-begun]").forEach(listKept);
  });
})();
