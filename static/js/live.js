// How a page keeps up: asks by itself where no stream tells it, and says politely what came. Without it hx-sse still
// tells the page of changes.
(() => {
  const POLL_MS = 15000;
  const STREAMING_POLL_INTERVAL = 8; // With a stream every eighth time is enough: a stream may have died unheard.
  const ANNOUNCEMENT_INTERVAL_MS = 5000;

  // What readers have opened or made larger is theirs; server-made text says nothing of it.
  htmx.config.morphIgnore.push("open", "style");

  let streaming = false;
  let polls = 0;
  const on = (name, act) => document.addEventListener(name, act);
  const refresh = () => document.getElementById("refresh");
  on("htmx:sse:after:connection", () => (streaming = true));
  on("htmx:sse:error", () => (streaming = false));
  on("htmx:sse:close", () => (streaming = false));
  setInterval(() => {
    const here = refresh();
    polls += 1;
    if (here && !document.hidden && (!streaming || polls % STREAMING_POLL_INTERVAL === 0)) htmx.trigger(here, "refresh");
  }, POLL_MS);

  const commentIds = () => new Set([...document.querySelectorAll("#thread article[id^='comment-']")].map(({ id }) => id));
  let knownIds = new Set();
  on("DOMContentLoaded", () => (knownIds = commentIds()));

  // What one said in a thread of which the page doesn't hold all.
  const ownComments = () => document.querySelectorAll("#thread li > input[name='own']");

  // What one sent oneself may have come by the stream already: it isn't put there a second time.
  on("htmx:before:swap", ({ detail: { ctx, tasks } }) => {
    for (const { value, parentElement } of ownComments()) {
      const comes = tasks.some(({ fragment }) => fragment?.querySelector(`#comment-${CSS.escape(value)}`));
      const thread = tasks.find(({ target, swapSpec }) => target?.id === "thread" && swapSpec?.style === "innerMorph");
      // It comes again in its place with the page that holds it; asked for before it was sent, the thread lacks it.
      if (comes && ctx.sourceElement?.closest?.(".pager")) parentElement.remove();
      else if (!comes && thread && parentElement.parentElement.id === "thread") thread.fragment.append(parentElement.cloneNode(true));
    }
    for (let i = tasks.length - 1; i >= 0; i--) {
      const { swapSpec, fragment } = tasks[i];
      const first = swapSpec?.style === "beforeend" && fragment.querySelector("article[id^='comment-']");
      if (first && document.getElementById(first.id)) tasks.splice(i, 1);
    }
  });

  let unannounced = 0;
  let timer = 0;
  let message = null;
  function announceNewComments() {
    timer = 0;
    const status = document.getElementById("status");
    const { one, many } = refresh()?.dataset ?? {};
    if (!unannounced || !status || !one) return;
    timer = setTimeout(announceNewComments, ANNOUNCEMENT_INTERVAL_MS);
    // A toast that offers something isn't taken away.
    if (status.hasChildNodes() && !status.contains(message)) return;
    message = document.createElement("span");
    message.textContent = unannounced === 1 ? one : many.replace("{}", unannounced.toLocaleString(document.documentElement.lang));
    status.replaceChildren(message);
    unannounced = 0;
  }
  on("htmx:after:swap", ({ detail }) => {
    const now = commentIds();
    if (detail.ctx.sourceElement?.id === "refresh") unannounced += [...now].filter((id) => !knownIds.has(id)).length;
    knownIds = now;
    if (unannounced && !timer) announceNewComments();
  });
})();
