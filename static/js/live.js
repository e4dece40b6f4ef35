// How a page keeps up: asks by itself where no stream tells it, and says politely what came. Without it hx-sse still
// tells the page of changes.
(() => {
  const POLL_MS = 15000;
  const SELDOM = 8; // With a stream every eighth time is enough: a stream may have died unheard.
  const QUIET_MS = 5000;

  // What readers have opened or made larger is theirs; server-made text says nothing of it.
  htmx.config.morphIgnore.push("open", "style");

  let streaming = false;
  let ticks = 0;
  const on = (name, act) => document.addEventListener(name, act);
  const refresh = () => document.getElementById("refresh");
  on("htmx:sse:after:connection", () => (streaming = true));
  on("htmx:sse:error", () => (streaming = false));
  on("htmx:sse:close", () => (streaming = false));
  setInterval(() => {
    const here = refresh();
    ticks += 1;
    if (here && !document.hidden && (!streaming || ticks % SELDOM === 0)) htmx.trigger(here, "refresh");
  }, POLL_MS);

  const ids = () => new Set([...document.querySelectorAll("#thread article[id^='comment-']")].map(({ id }) => id));
  let known = new Set();
  on("DOMContentLoaded", () => (known = ids()));

  // What one said at the end of a thread of which the page doesn't hold all.
  const own = () => document.querySelectorAll("#thread > li > input[name='own']");

  // What one sent oneself may have come by the stream already: it isn't put there a second time.
  on("htmx:before:swap", ({ detail: { ctx, tasks } }) => {
    for (const { value, parentElement } of own()) {
      const comes = tasks.some(({ fragment }) => fragment?.querySelector(`#comment-${CSS.escape(value)}`));
      const thread = tasks.find(({ target, swapSpec }) => target?.id === "thread" && swapSpec?.style === "innerMorph");
      // It comes again in its place with the page that holds it; asked for before it was sent, the thread lacks it.
      if (comes && ctx.sourceElement?.closest?.(".pager")) parentElement.remove();
      else if (!comes && thread) thread.fragment.append(parentElement.cloneNode(true));
    }
    for (let i = tasks.length - 1; i >= 0; i--) {
      const { swapSpec, fragment } = tasks[i];
      const first = swapSpec?.style === "beforeend" && fragment.querySelector("article[id^='comment-']");
      if (first && document.getElementById(first.id)) tasks.splice(i, 1);
    }
  });

  let waiting = 0;
  let timer = 0;
  let said = null;
  function say() {
    timer = 0;
    const status = document.getElementById("status");
    const { one, many } = refresh()?.dataset ?? {};
    if (!waiting || !status || !one) return;
    timer = setTimeout(say, QUIET_MS);
    // A toast that offers something isn't taken away.
    if (status.hasChildNodes() && !status.contains(said)) return;
    said = document.createElement("span");
    said.textContent = waiting === 1 ? one : many.replace("{}", waiting.toLocaleString(document.documentElement.lang));
    status.replaceChildren(said);
    waiting = 0;
  }
  on("htmx:after:swap", ({ detail }) => {
    const now = ids();
    if (detail.ctx.sourceElement?.id === "refresh") waiting += [...now].filter((id) => !known.has(id)).length;
    known = now;
    if (waiting && !timer) say();
  });
})();
