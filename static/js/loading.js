// htmx begins in the gap after its own file unless the document still loads, and would know nothing of the extensions
// that come in files after it: to it the document loads until all of them are there.
Object.defineProperty(document, "readyState", { value: "loading", configurable: true });
document.addEventListener("DOMContentLoaded", () => delete document.readyState);
