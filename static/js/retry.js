// A form says that it is on its way, and shows the answer. One that couldn't be sent keeps its text and offers to try again,
// with the number it has: what arrives twice has one effect. Without this file the browser does what it does, and error
// pages give the text back.
(() => {
  const SENDING_DELAY_MS = 300; // What is answered sooner needs no word.
  const sending = new WeakMap();
  const pressed = new WeakMap();
  const alerts = new WeakMap();
  const TYPED = "textarea, input:not([type=hidden], [type=checkbox], [type=radio])";

  // A button that sends nothing but itself has no text that could be lost.
  function hasText(source) {
    return [...((source.form ?? source).elements ?? [])].some((field) => field.matches(TYPED) && field.value.trim());
  }

  // source: what sends the request, a form or a button; button: the one that was pressed, if any was.
  function startSending(source, button) {
    stopSending(source);
    const pressedButton = source.matches("form") ? (button ?? source.querySelector("button:not([formaction])")) : source;
    const note = document.getElementById("template-sending").content.firstElementChild.cloneNode(true);
    const text = note.textContent;
    note.textContent = "";
    pressedButton?.after(note);
    const timer = setTimeout(() => {
      note.className = "hint";
      note.textContent = text;
    }, SENDING_DELAY_MS);
    source.setAttribute("aria-busy", "true");
    pressedButton?.setAttribute("aria-disabled", "true");
    sending.set(source, { timer, note, pressedButton });
  }

  function stopSending(source) {
    const started = sending.get(source);
    if (!started) return;
    clearTimeout(started.timer);
    started.note.remove();
    started.pressedButton?.removeAttribute("aria-disabled");
    source.removeAttribute("aria-busy");
    sending.delete(source);
  }

  function clear(source) {
    alerts.get(source)?.remove();
    alerts.delete(source);
    source.removeAttribute("aria-describedby");
  }

  function fail(source) {
    if (!source.isConnected) return;
    clear(source);
    const template = document.getElementById(hasText(source) ? "template-send-failed" : "template-act-failed");
    const alert = template.content.firstElementChild.cloneNode(true);
    alert.id = "failed-to-send";
    alerts.set(source, alert);
    source.setAttribute("aria-describedby", alert.id);
    if (source.matches("form")) source.prepend(alert);
    else source.after(alert);
    const again = alert.querySelector("button");
    again.addEventListener("click", () => {
      const button = source.matches("form") ? pressed.get(source) : source;
      clear(source);
      button?.isConnected && button.focus();
      if (button === source) source.click();
      else source.requestSubmit(button?.isConnected ? button : null);
    });
    again.focus();
    source.dispatchEvent(new CustomEvent("verbatim:failed", { bubbles: true }));
  }

  const succeed = (source) => source.dispatchEvent(new CustomEvent("verbatim:sent", { bubbles: true }));

  function go(to) {
    const url = new URL(to, location.href);
    const same = url.href.split("#")[0] === location.href.split("#")[0];
    location.assign(url);
    if (same && url.hash) location.reload();
  }

  // What has no page of ours around it (too large, or a proxy's own words) stands above the form, whose text stays.
  function showAbove(form, answer) {
    clear(form);
    const alert = document.getElementById("template-send-failed").content.firstElementChild.cloneNode(true);
    alert.querySelector("button").remove();
    alert.querySelector("p").textContent = (answer.querySelector("[role=alert]") ?? answer.body).textContent.trim();
    Object.assign(alert, { id: "failed-to-send", tabIndex: -1 });
    alerts.set(form, alert);
    form.prepend(alert);
    alert.focus();
    form.dispatchEvent(new CustomEvent("verbatim:failed", { bubbles: true }));
  }

  // A page in place of this one: as htmx does it, so that streams end, and what is new is started.
  async function show(form, text) {
    const answer = new DOMParser().parseFromString(text, "text/html");
    if (!answer.querySelector(".site-header")) return showAbove(form, answer);
    await htmx.swap({ text, target: document.body, swap: "innerHTML show:window:top", sourceElement: document.body });
  }

  async function send(form, button) {
    startSending(form, button);
    let answer = null;
    let page = "";
    try {
      answer = await fetch(form.getAttribute("action") ?? location.href, {
        method: "POST",
        body: new URLSearchParams(new FormData(form, button)),
        headers: { "HX-Request": "true", "HX-Boosted": "true" },
      });
      page = await answer.text();
    } catch {
      answer = null; // Told below.
    }
    const to = answer?.redirected ? answer.url : answer?.headers.get("HX-Redirect");
    if (!answer || answer.status >= 500) {
      stopSending(form);
      fail(form);
    } else if (to) {
      succeed(form);
      go(to);
    } else {
      stopSending(form);
      if (answer.ok) succeed(form);
      await show(form, page);
    }
  }

  document.addEventListener(
    "submit",
    ({ target, submitter }) => {
      if (submitter) pressed.set(target, submitter);
    },
    true,
  );

  // Forms that htmx sends are prevented by now; what a button sends elsewhere, and passwords, are the browser's to send.
  document.addEventListener("submit", (event) => {
    const { target: form, submitter } = event;
    if (event.defaultPrevented || form.getAttribute("method") !== "post" || submitter?.hasAttribute("formaction")) return;
    if (form.hasAttribute("target")) return;
    if (form.querySelector("[type=password], [type=file]")) return startSending(form, submitter);
    event.preventDefault();
    if (!sending.has(form)) send(form, submitter);
  });
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) for (const form of document.forms) stopSending(form);
  });

  const posted = ({ ctx }) =>
    ctx?.sourceElement?.matches?.("form, button") && ctx.request?.method?.toUpperCase() === "POST" ? ctx.sourceElement : null;
  document.addEventListener("htmx:before:response", (event) => {
    const source = posted(event.detail);
    if (!source || event.detail.ctx.response.status < 500) return;
    event.preventDefault();
    fail(source);
  });
  document.addEventListener("htmx:error", ({ detail }) => {
    const source = posted(detail);
    if (source) fail(source);
  });
  document.addEventListener("htmx:before:request", ({ detail }) => {
    const source = posted(detail);
    if (!source) return;
    clear(source);
    startSending(source, pressed.get(source));
  });
  document.addEventListener("htmx:finally:request", ({ detail }) => {
    const source = posted(detail);
    if (source) stopSending(source);
  });
  document.addEventListener("htmx:after:request", ({ detail }) => {
    const source = posted(detail);
    if (source && detail.ctx.response.status < 400) succeed(source);
  });
})();
