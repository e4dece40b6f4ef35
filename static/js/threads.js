// Threads: what is collapsed stays so, in this browser; a comment that is asked for is shown; quotations go where one writes.
(() => {
  const THREADS = 50;
  const known = new WeakSet();
  const post = () => document.querySelector("main > article.post")?.id ?? "";
  const folds = () => [...document.querySelectorAll("details.replies")];
  const name = (fold) => fold.querySelector(":scope > ol")?.id.replace("replies-", "") ?? "";

  function remembered() {
    try {
      return JSON.parse(localStorage.getItem("folds")) ?? {};
    } catch {
      return {};
    }
  }

  function remember() {
    const { [post()]: _, ...others } = remembered();
    const closed = folds().filter((fold) => !fold.open).map(name);
    const all = Object.entries(others).slice(1 - THREADS);
    if (closed.length) all.push([post(), closed]);
    try {
      localStorage.setItem("folds", JSON.stringify(Object.fromEntries(all)));
    } catch {
      // Storage is off: it holds for this page.
    }
  }

  // Only what is new on the page: what somebody opened or closed since is theirs.
  function apply() {
    const closed = new Set(remembered()[post()] ?? []);
    for (const fold of folds()) {
      count(fold);
      if (known.has(fold)) continue;
      known.add(fold);
      if (closed.has(name(fold))) fold.open = false;
    }
    label();
  }

  function count(fold) {
    const number = fold.querySelectorAll("article.comment").length;
    const summary = fold.querySelector(":scope > summary");
    const { reply, replies } = document.getElementById("thread").dataset;
    const text = number === 1 ? reply : replies.replace("{}", number.toLocaleString(document.documentElement.lang));
    if (summary.textContent !== text) summary.textContent = text;
  }

  const shown = () => folds().filter((fold) => fold.querySelector("article"));
  const anyOpen = () => shown().some((fold) => fold.open);
  function label() {
    const button = document.querySelector("[data-fold-all]");
    if (!button) return;
    button.hidden = !shown().length;
    button.textContent = anyOpen() ? button.dataset.close : button.dataset.open;
  }

  function reveal(element) {
    for (let fold = element?.closest("details.replies"); fold; fold = fold.parentElement.closest("details.replies")) fold.open = true;
  }

  function toTarget() {
    const target = location.hash.startsWith("#comment-") ? document.getElementById(location.hash.slice(1)) : null;
    if (!target?.closest("details.replies:not([open])")) return;
    reveal(target);
    target.scrollIntoView();
  }

  document.addEventListener("toggle", ({ target }) => {
    if (!target.matches?.("details.replies") || !known.has(target)) return;
    remember();
    label();
  }, true);
  document.addEventListener("click", ({ target }) => {
    if (!target.closest?.("[data-fold-all]")) return;
    const open = !anyOpen();
    for (const fold of shown()) fold.open = open;
  });
  document.addEventListener("verbatim:fold", ({ target }) => {
    const own = target.parentElement.querySelector(":scope > details.replies");
    const fold = own?.querySelector("article") ? own : target.closest("details.replies");
    if (!fold) return;
    fold.open = !fold.open;
    if (!fold.open && fold !== own) fold.previousElementSibling?.focus();
  });
  let answered = "";
  document.addEventListener("htmx:before:swap", ({ detail }) => {
    const id = detail.ctx.sourceElement?.id ?? "";
    if (id.startsWith("reply-")) answered = id.replace("reply-", "replies-");
    // The first reply brings the list that others come to.
    for (const task of detail.tasks) {
      const list = task.swapSpec?.style === "beforeend" && task.fragment.querySelector(":scope > details.replies > ol");
      const known = list && document.getElementById(list.id);
      if (!known) continue;
      task.target = known;
      task.fragment.replaceChildren(...list.children);
    }
  });
  document.addEventListener("htmx:after:swap", () => {
    apply();
    // One's own reply is shown, also below what was collapsed.
    const fold = document.getElementById(answered)?.parentElement;
    if (fold?.matches("details")) fold.open = true;
    answered = "";
    if (waiting && fill(waiting)) waiting = null;
  });
  addEventListener("hashchange", toTarget);
  document.addEventListener("DOMContentLoaded", () => {
    apply();
    toTarget();
  });

  // Quotations.
  let waiting = null;

  function fill({ place, quoted }) {
    const area = document.querySelector(`form[data-draft="${place}"] textarea`);
    if (!area) return false;
    const before = area.value.trimEnd();
    area.value = before ? `${before}\n\n${quoted}` : quoted;
    area.focus();
    area.setSelectionRange(area.value.length, area.value.length);
    area.dispatchEvent(new Event("input", { bubbles: true }));
    return true;
  }

  function selected(article) {
    const selection = getSelection();
    const prose = article.querySelector(".prose");
    const inside = prose && selection.rangeCount && prose.contains(selection.getRangeAt(0).commonAncestorContainer);
    return inside ? selection.toString().trim() : "";
  }

  async function quote(link) {
    const words = selected(link.closest("article"));
    const place = link.dataset.quote;
    const answer = await fetch(link.dataset.text).catch(() => null);
    if (!answer?.ok || answer.redirected) return location.assign(link.href);
    const whole = await answer.text();
    const lines = words.split("\n").map((line) => `> ${line}`.trimEnd()).join("\n");
    const quoted = words ? `${whole.slice(0, whole.indexOf("\n\n"))}\n\n${lines}\n\n` : whole;
    if (fill({ place, quoted })) return;
    waiting = { place, quoted };
    link.closest("article").querySelector('[formaction$="/reply"]')?.click();
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-quote]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    quote(link);
  });
})();
