// A form that couldn't be sent keeps its text and offers to try again, with the number it has: what arrives twice has one
// effect. Without this file the browser does what it does, and error pages give the text back.
(() => {
  const sending = new WeakSet();
  const pressed = new WeakMap();

  function clear(form) {
    form.querySelector(":scope > [data-failed]")?.remove();
    form.removeAttribute("aria-describedby");
  }

  function fail(form) {
    if (!form.isConnected) return;
    clear(form);
    const said = document.getElementById("part-failed").content.firstElementChild.cloneNode(true);
    said.dataset.failed = "";
    said.id = "failed-to-send";
    form.setAttribute("aria-describedby", said.id);
    form.prepend(said);
    const again = said.querySelector("button");
    again.addEventListener("click", () => {
      const button = pressed.get(form);
      clear(form);
      button?.isConnected && button.focus();
      form.requestSubmit(button?.isConnected ? button : null);
    });
    again.focus();
    form.dispatchEvent(new CustomEvent("verbatim:failed", { bubbles: true }));
  }

  const succeed = (form) => form.dispatchEvent(new CustomEvent("verbatim:sent", { bubbles: true }));

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
    ctx?.sourceElement?.matches?.("form") && ctx.request?.method?.toUpperCase() === "POST" ? ctx.sourceElement : null;
  document.addEventListener("htmx:before:response", (event) => {
    const form = posted(event.detail);
    if (!form || event.detail.ctx.response.status < 500) return;
    event.preventDefault();
    fail(form);
  });
  document.addEventListener("htmx:error", ({ detail }) => {
    const form = posted(detail);
    if (form) fail(form);
  });
  document.addEventListener("htmx:before:request", ({ detail }) => {
    const form = posted(detail);
    if (form) clear(form);
  });
  document.addEventListener("htmx:after:request", ({ detail }) => {
    const form = posted(detail);
    if (form && detail.ctx.response.status < 400) succeed(form);
  });
})();
