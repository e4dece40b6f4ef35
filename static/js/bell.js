// The count of unread notifications beside the bell, kept up on every page: at once where the page's stream says so, and
// asked for now and then. Without this file it is as old as the page.
(() => {
  const POLL_MS = 15000;
  let version = "";

  async function refreshCount() {
    const box = document.getElementById("bell-count");
    if (!box || document.hidden) return;
    const headers = { "HX-Request": "true", "HX-Request-Type": "partial", "HX-PTag": version };
    const answer = await fetch("/notifications/count", { headers }).catch(() => null);
    // Logged out elsewhere: the next page says so.
    if (answer?.status !== 200 || answer.redirected || answer.headers.has("HX-Redirect")) return;
    version = answer.headers.get("HX-PTag") ?? "";
    box.innerHTML = await answer.text();
  }

  document.addEventListener("changed", refreshCount);
  document.addEventListener("notified", refreshCount);
  document.addEventListener("visibilitychange", refreshCount);
  addEventListener("pageshow", ({ persisted }) => persisted && refreshCount());
  setInterval(refreshCount, POLL_MS);
})();
