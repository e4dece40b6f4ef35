// Times are served in UTC, and told in the reader's own zone and language. Loaded before the first paint and told of every
// part as it comes, by the parser or by a swap: nothing moves afterwards.
(() => {
  const { lang } = document.documentElement;
  const paper = matchMedia("print"); // On paper "an hour ago" says nothing.
  const exact = new Intl.DateTimeFormat(lang, { dateStyle: "long", timeStyle: "short" });
  const day = new Intl.DateTimeFormat(lang, { dateStyle: "medium" });
  const relative = new Intl.RelativeTimeFormat(lang, { numeric: "auto" });
  const STEPS = [
    ["minute", 60],
    ["hour", 3600],
    ["day", 86400],
  ];

  function relativeText(moment) {
    const seconds = (moment - Date.now()) / 1000;
    if (Math.abs(seconds) >= 14 * 86400) return day.format(moment);
    const [unit, size] = STEPS.findLast(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
    return unit === "second" ? relative.format(0, "second") : relative.format(Math.round(seconds / size), unit);
  }

  function showLocalTime(time) {
    const moment = new Date(time.dateTime);
    if (Number.isNaN(moment.valueOf())) return;
    const local = exact.format(moment);
    const title = `${local} (${time.dateTime.replace("T", " ").replace("Z", "")} UTC)`;
    const text = paper.matches || time.hasAttribute("data-exact") ? local : relativeText(moment);
    if (time.title !== title) time.title = title;
    if (time.textContent !== text) time.textContent = text;
  }

  function updateTimes(node) {
    const time = (node.nodeType === Node.TEXT_NODE ? node.parentElement : node)?.closest?.("time[datetime]");
    if (time) showLocalTime(time);
    else if (node.firstElementChild) node.querySelectorAll("time[datetime]").forEach(showLocalTime);
  }

  new MutationObserver((records) => {
    for (const { type, target, addedNodes } of records) {
      if (type === "characterData") updateTimes(target);
      else addedNodes.forEach(updateTimes);
    }
  }).observe(document, { childList: true, characterData: true, subtree: true });
  const updateAll = () => document.querySelectorAll("time[datetime]").forEach(showLocalTime);
  paper.addEventListener("change", updateAll);
  setInterval(() => document.hidden || updateAll(), 60000);
})();
