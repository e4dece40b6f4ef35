// What one types is saved while one types: on the server, and in this browser for as long as the server doesn't answer.
// Without this file there is the button "Save draft".
(() => {
  const PAUSE_MS = 1500;
  const NEW_POST_PATH = "/posts/new/";
  const TEXT_FIELDS = ["title", "body", "url", "reason"];
  const states = new WeakMap();
  const owner = () => document.body.dataset.handle ?? "";
  const storageKey = (form) => `draft:${owner()}:${form.dataset.draft}`;
  const fields = (form) => TEXT_FIELDS.map((name) => form.elements.namedItem(name)).filter(Boolean);
  const draftForms = () => document.querySelectorAll("form[data-draft]");
  const fromTemplate = (id) => document.getElementById(`template-${id}`).content.cloneNode(true);

  function state(form) {
    if (!states.has(form)) states.set(form, { timer: 0, request: null, unsaved: false });
    return states.get(form);
  }

  // Storage may be off, or full: then there is only the server's copy.
  function withStorage(use) {
    try {
      return use(localStorage);
    } catch {
      return null;
    }
  }
  const forgetLocally = (form) => withStorage((storage) => storage.removeItem(storageKey(form)));
  const typedText = (form) => Object.fromEntries(fields(form).map(({ name, value }) => [name, value]));
  const saveLocally = (form) => owner() && withStorage((storage) => storage.setItem(storageKey(form), JSON.stringify(typedText(form))));

  function forgetLocallyWhere(wanted) {
    withStorage((storage) => {
      for (const name of Object.keys(storage)) if (name.startsWith("draft:") && wanted(name)) storage.removeItem(name);
    });
  }

  // Said once: the same words again are left alone, so that nobody hears them at every pause.
  function showStatus(form, content) {
    const box = form.querySelector("[data-draft-state]");
    if (box && box.textContent.trim() !== content.textContent.trim()) box.replaceChildren(content);
  }

  // A form of a new post has an address as soon as there is something to find there again.
  function showDraftAddress(form) {
    const place = form.dataset.draft;
    if (place.startsWith(NEW_POST_PATH) && location.pathname + "/" === NEW_POST_PATH) history.replaceState(history.state, "", place);
  }

  function handleAnswer(form, content) {
    const saving = state(form);
    if (Object.values(typedText(form)).some((one) => one.trim())) showDraftAddress(form);
    const saved = content.querySelector("[data-draft-version]");
    if (saved) {
      form.elements.draft.value = saved.dataset.draftVersion;
      if (!saving.timer) {
        saving.unsaved = false;
        forgetLocally(form);
      }
      return showStatus(form, content);
    }
    saveLocally(form);
    showStatus(form, content.querySelector("[data-draft-refused]") ? content : fromTemplate("saved-locally"));
  }

  async function save(form) {
    const saving = state(form);
    clearTimeout(saving.timer);
    saving.timer = 0;
    saving.request?.abort();
    const { signal } = (saving.request = new AbortController());
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
    if (!signal.aborted) handleAnswer(form, content.content);
  }

  function stopSaving(form) {
    const saving = state(form);
    clearTimeout(saving.timer);
    saving.request?.abort();
    saving.timer = 0;
    saving.unsaved = false;
  }

  function restoreLocally(form) {
    if (states.has(form)) return;
    state(form);
    const saved = withStorage((storage) => JSON.parse(storage.getItem(storageKey(form)) ?? "null"));
    if (!saved) return;
    const differs = fields(form).filter(({ name, value }) => name in saved && saved[name] !== value.replace(/\r\n/g, "\n"));
    if (!differs.length) return forgetLocally(form);
    for (const field of differs) {
      field.value = saved[field.name];
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    const found = fromTemplate("restored-locally");
    found.querySelector("button").addEventListener("click", () => {
      stopSaving(form);
      forgetLocally(form);
      for (const field of differs) field.value = field.defaultValue;
      form.querySelector("[data-restored-locally]").remove();
      differs[0].focus();
      differs[0].dispatchEvent(new Event("input", { bubbles: true }));
    });
    form.prepend(found);
  }

  const restoreAllLocally = () => draftForms().forEach(restoreLocally);

  // New posts that only this browser has, beside those that the server knows.
  function listLocalDrafts(list) {
    const begins = `draft:${owner()}:`;
    const known = new Set([...list.querySelectorAll("a")].map((link) => link.getAttribute("href")));
    for (const name of withStorage(Object.keys) ?? []) {
      const place = name.slice(begins.length);
      if (!name.startsWith(begins + NEW_POST_PATH) || known.has(place)) continue;
      const item = list.querySelector("template").content.cloneNode(true);
      const { title, body } = withStorage((storage) => JSON.parse(storage.getItem(name))) ?? {};
      const link = item.querySelector("a");
      link.href = place;
      link.textContent = (title || body || link.textContent).slice(0, 80);
      list.querySelector("ul").append(item);
      list.hidden = false;
    }
  }

  document.addEventListener("input", ({ target }) => {
    const form = target.form;
    if (!form?.dataset?.draft || !TEXT_FIELDS.includes(target.name)) return;
    const saving = state(form);
    saving.unsaved = true;
    clearTimeout(saving.timer);
    saving.timer = setTimeout(() => save(form), PAUSE_MS);
  });

  document.addEventListener(
    "submit",
    (event) => {
      const { target: form, submitter } = event;
      if (form.getAttribute("action") === "/logout") {
        draftForms().forEach(stopSaving);
        return forgetLocallyWhere(() => true);
      }
      if (!form.dataset.draft) return;
      const elsewhere = submitter?.getAttribute("formaction");
      if (!elsewhere) {
        if (withStorage((storage) => storage.getItem(storageKey(form)))) saveLocally(form);
        return stopSaving(form);
      }
      // htmx would send the form where the form goes, whatever the button says.
      event.stopPropagation();
      if (elsewhere === "/drafts/save") {
        event.preventDefault();
        save(form);
      } else if (elsewhere.startsWith("/drafts/")) {
        stopSaving(form);
        forgetLocally(form);
      }
    },
    true,
  );

  document.addEventListener("verbatim:failed", ({ target }) => target.dataset.draft && saveLocally(target));
  document.addEventListener("verbatim:sent", ({ target }) => {
    if (!target.dataset.draft) return;
    stopSaving(target);
    forgetLocally(target);
  });
  addEventListener("online", () => draftForms().forEach((form) => state(form).unsaved && save(form)));
  addEventListener("pagehide", () => draftForms().forEach((form) => state(form).unsaved && saveLocally(form)));
  document.addEventListener("htmx:after:swap", restoreAllLocally);
  document.addEventListener("DOMContentLoaded", () => {
    if (owner()) forgetLocallyWhere((name) => !name.startsWith(`draft:${owner()}:`));
    restoreAllLocally();
    document.querySelectorAll("[data-unfinished-posts]").forEach(listLocalDrafts);
  });
})();
