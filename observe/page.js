// Renews the sections of the page every two seconds, and keeps what the reader
// has opened, scrolled, focused or selected.
(() => {
  "use strict";
  const every = 2000;
  const status = document.getElementById("status");
  const pause = document.getElementById("pause");
  let paused = false;
  let since = null;

  pause.hidden = false;
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.setAttribute("aria-pressed", String(paused));
    pause.textContent = paused ? "Go on" : "Pause";
  });

  const selecting = () => {
    const s = getSelection();
    return s !== null && !s.isCollapsed;
  };

  function renew(id, next) {
    const old = document.getElementById(id);
    const now = next.getElementById(id);
    if (!old || !now) return;
    old.hidden = now.hidden;
    if (old.innerHTML === now.innerHTML) return;
    const open = new Map([...old.querySelectorAll("details[id]")].map((d) => [d.id, d.open]));
    const lefts = [...old.querySelectorAll(".scroll, pre")].map((s) => s.scrollLeft);
    const active = old.contains(document.activeElement) ? document.activeElement : null;
    const places = active ? [...old.querySelectorAll("a, summary, .scroll")] : [];
    const at = places.indexOf(active);
    const detail = active && active.parentElement.id;
    old.replaceChildren(...[...now.childNodes].map((n) => document.adoptNode(n)));
    for (const d of old.querySelectorAll("details[id]")) {
      if (open.has(d.id)) d.open = open.get(d.id);
    }
    old.querySelectorAll(".scroll, pre").forEach((s, i) => { s.scrollLeft = lefts[i] || 0; });
    const same = detail && document.getElementById(detail);
    const back = same ? same.querySelector("summary") : old.querySelectorAll("a, summary, .scroll")[at];
    if (at >= 0 && back) back.focus({ preventScroll: true });
  }

  async function look() {
    if (!paused && !document.hidden && !selecting()) {
      try {
        const answer = await fetch(location.href, { cache: "no-store" });
        if (!answer.ok) throw new Error(String(answer.status));
        const next = new DOMParser().parseFromString(await answer.text(), "text/html");
        if (!paused && !selecting()) {
          ["at", "attention", "pools", "pipelines", "queues", "tasks", "failures"].forEach((id) => renew(id, next));
        }
        since = null;
        status.textContent = "";
      } catch {
        since = since || new Date();
        status.textContent = "No answer since " + since.toLocaleTimeString();
      }
    }
    setTimeout(look, every);
  }
  setTimeout(look, every);
})();
