// A form that couldn't be sent keeps its text and offers to try again, with the number it has: what arrives twice has one
// effect. Without this file the browser does what it does, and error pages give the text back.
(() => {
  const sending = new WeakSet();
  const pressed = new WeakMap();
  const alerts = new WeakMap();
  const TYPED = "textarea, input:not([type=hidden], [type=checkbox], [type=radio])";

  // A button that sends nothing but itself has no text that could be lost.
  function hasText(source) {
    return [...((source.form ?? source).elements ?? [])].some((field) => field.matches(TYPED) && field.value.trim());
  }

  // source: what sent the request, a form or a button.
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

  // As the browser would have sent it, for an answer that is a page.
  function natively(form, button) {
    if (button?.name) {
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name: button.name, value: button.value });
      form.append(field);
    }
    HTMLFormElement.prototype.submit.call(form);
  }

  async function send(form, button) {
    sending.add(form);
    let answer = null;
    try {
      answer = await fetch(form.getAttribute("action") ?? location.href, {
        method: "POST",
        body: new URLSearchParams(new FormData(form, button)),
        headers: { "HX-Request": "true", "HX-Boosted": "true" },
      });
    } catch {
      // Told below.
    }
    const to = answer?.headers.get("HX-Redirect");
    if (!answer || answer.status >= 500) {
      sending.delete(form);
      fail(form);
    } else if (to) {
      succeed(form);
      go(to);
    } else natively(form, button);
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
    if (form.hasAttribute("target") || form.querySelector("[type=password], [type=file]")) return;
    event.preventDefault();
    if (!sending.has(form)) send(form, submitter);
  });
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) for (const form of document.forms) sending.delete(form);
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
    if (source) clear(source);
  });
  document.addEventListener("htmx:after:request", ({ detail }) => {
    const source = posted(detail);
    if (source && detail.ctx.response.status < 400) succeed(source);
  });
})();
