// Loaded before the first paint, so that a chosen theme never flashes in late.
(() => {
  let theme = null;
  try {
    theme = localStorage.getItem("theme");
  } catch {
    // Storage is off: the system's theme stands.
  }
  if (["light", "dark", "contrast"].includes(theme)) document.documentElement.dataset.theme = theme;
})();
