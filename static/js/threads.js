// Threads: what is collapsed stays so, in this browser; a comment that is asked for is shown; quotations go where one writes.
(() => {
  const MAX_REMEMBERED_THREADS = 50;
  const applied = new WeakSet();
  const post = () => document.querySelector("main > article.post")?.id ?? "";
  const folds = () => [...document.querySelectorAll("details.replies")];
  const parentId = (fold) => fold.querySelector(":scope > ol")?.id.replace("replies-", "") ?? "";

  function readCollapsed() {
    try {
      return JSON.parse(localStorage.getItem("folds")) ?? {};
    } catch {
      return {};
    }
  }

  function saveCollapsed() {
    const { [post()]: _, ...others } = readCollapsed();
    const closed = folds().filter((fold) => !fold.open).map(parentId);
    const all = Object.entries(others).slice(1 - MAX_REMEMBERED_THREADS);
    if (closed.length) all.push([post(), closed]);
    try {
      localStorage.setItem("folds", JSON.stringify(Object.fromEntries(all)));
    } catch {
      // Storage is off: it holds for this page.
    }
  }

  // Only what is new on the page: what somebody opened or closed since is theirs.
  function collapseRemembered() {
    const closed = new Set(readCollapsed()[post()] ?? []);
    for (const fold of folds()) {
      updateReplyCount(fold);
      if (applied.has(fold)) continue;
      applied.add(fold);
      if (closed.has(parentId(fold))) fold.open = false;
    }
    labelCollapseAll();
  }

  function updateReplyCount(fold) {
    const number = fold.querySelectorAll("article.comment").length;
    const summary = fold.querySelector(":scope > summary");
    const { reply, replies } = document.getElementById("thread").dataset;
    const text = number === 1 ? reply : replies.replace("{}", number.toLocaleString(document.documentElement.lang));
    if (summary.textContent !== text) summary.textContent = text;
  }

  const nonEmptyFolds = () => folds().filter((fold) => fold.querySelector("article"));
  const anyOpen = () => nonEmptyFolds().some((fold) => fold.open);
  function labelCollapseAll() {
    const button = document.querySelector("[data-collapse-all]");
    if (!button) return;
    button.hidden = !nonEmptyFolds().length;
    button.textContent = anyOpen() ? button.dataset.close : button.dataset.open;
  }

  function openAbove(element) {
    for (let fold = element?.closest("details.replies"); fold; fold = fold.parentElement.closest("details.replies")) fold.open = true;
  }

  function revealTarget() {
    const target = location.hash.startsWith("#comment-") ? document.getElementById(location.hash.slice(1)) : null;
    if (!target?.closest("details.replies:not([open])")) return;
    openAbove(target);
    target.scrollIntoView();
  }

  document.addEventListener("toggle", ({ target }) => {
    if (!target.matches?.("details.replies") || !applied.has(target)) return;
    saveCollapsed();
    labelCollapseAll();
  }, true);
  document.addEventListener("click", ({ target }) => {
    if (!target.closest?.("[data-collapse-all]")) return;
    const open = !anyOpen();
    for (const fold of nonEmptyFolds()) fold.open = open;
  });
  document.addEventListener("verbatim:collapse", ({ target }) => {
    const own = target.parentElement.querySelector(":scope > details.replies");
    const fold = own?.querySelector("article") ? own : target.closest("details.replies");
    if (!fold) return;
    fold.open = !fold.open;
    if (!fold.open && fold !== own) fold.previousElementSibling?.focus();
  });
  // A menu is over when one goes on elsewhere.
  document.addEventListener("click", ({ target }) => {
    for (const menu of document.querySelectorAll("details.more-actions[open]")) if (!menu.contains(target)) menu.open = false;
  });
  const repliedTo = new WeakMap();
  document.addEventListener("htmx:before:swap", ({ detail }) => {
    const id = detail.ctx.sourceElement?.id ?? "";
    if (id.startsWith("reply-")) repliedTo.set(detail.ctx, id.replace("reply-", "replies-"));
    // The first reply brings the list that others come to.
    for (const task of detail.tasks) {
      const added = task.swapSpec?.style === "beforeend" ? task.fragment.firstElementChild : null;
      const list = added?.matches("details.replies") ? added.querySelector("ol") : null;
      const existing = list && document.getElementById(list.id);
      if (!existing) continue;
      task.target = existing;
      task.fragment.replaceChildren(...list.children);
    }
  });
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    collapseRemembered();
    // One's own reply is shown, also below what was collapsed.
    const fold = document.getElementById(repliedTo.get(ctx))?.parentElement;
    if (fold?.matches("details")) fold.open = true;
    if (pendingQuotation && insertQuotation(pendingQuotation)) pendingQuotation = null;
  });
  addEventListener("hashchange", revealTarget);
  document.addEventListener("DOMContentLoaded", () => {
    collapseRemembered();
    revealTarget();
  });

  // Quotations.
  let pendingQuotation = null;

  function insertQuotation({ place, quoted }) {
    const area = document.querySelector(`form[data-draft="${place}"] textarea`);
    if (!area) return false;
    const before = area.value.trimEnd();
    area.value = before ? `${before}\n\n${quoted}` : quoted;
    area.focus();
    area.setSelectionRange(area.value.length, area.value.length);
    area.dispatchEvent(new Event("input", { bubbles: true }));
    return true;
  }

  function selectedText(article) {
    const selection = getSelection();
    const prose = article.querySelector(".prose");
    const inside = prose && selection.rangeCount && prose.contains(selection.getRangeAt(0).commonAncestorContainer);
    return inside ? selection.toString().trim() : "";
  }

  async function quote(link) {
    const words = selectedText(link.closest("article"));
    const { pathname, searchParams } = new URL(link.href);
    const place = link.dataset.quote || pathname;
    link.closest("details")?.removeAttribute("open");
    const answer = await fetch(`/quote/${searchParams.get("quote")}`).catch(() => null);
    if (!answer?.ok || answer.redirected) return location.assign(link.href);
    const whole = await answer.text();
    const lines = words.split("\n").map((line) => `> ${line}`.trimEnd()).join("\n");
    const quoted = words ? `${whole.slice(0, whole.indexOf("\n\n"))}\n\n${lines}\n\n` : whole;
    if (insertQuotation({ place, quoted })) return;
    pendingQuotation = { place, quoted };
    link.closest("article").querySelector('form[action$="/reply"] > button')?.click();
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-quote]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    quote(link);
  });
})();
