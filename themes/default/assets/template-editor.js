// The preview beside the template follows what is typed. Without this script the button "Preview" does the same.
(() => {
  "use strict";
  const form = document.getElementById("template-form");
  const shown = document.getElementById("template-preview");
  const template = document.getElementById("template");
  const job = document.getElementById("job");
  const help = document.getElementById("template-help");
  if (!form || !shown || !template || !job || !window.fetch || !window.AbortController) return;

  // Long enough not to ask at every letter, short enough to feel immediate.
  const pause = 350;
  let timer;
  let asking;
  let last = template.value + "\0" + job.value;

  async function refresh() {
    const now = template.value + "\0" + job.value;
    if (now === last) return;
    if (asking) asking.abort();
    asking = new AbortController();
    const fields = new URLSearchParams(new FormData(form));
    fields.set("action", "live");
    shown.setAttribute("aria-busy", "true");
    try {
      // Not `form.action`: the buttons have that name.
      const answer = await fetch(form.getAttribute("action"), { method: "POST", body: fields, signal: asking.signal, redirect: "error" });
      // 422 is a template with a mistake: its sentence is the preview.
      if (!answer.ok && answer.status !== 422) return;
      const wrong = answer.status === 422;
      shown.innerHTML = await answer.text();
      template.setAttribute("aria-invalid", String(wrong));
      template.closest(".field").classList.toggle("has-error", wrong);
      last = now;
    } catch (error) {
      // The line is down or another letter was typed: what is shown stays, and the button is still there.
    } finally {
      shown.removeAttribute("aria-busy");
    }
  }

  function soon() {
    clearTimeout(timer);
    timer = setTimeout(refresh, pause);
  }

  template.addEventListener("input", () => {
    if (help) help.textContent = help.dataset.unsaved;
    soon();
  });
  job.addEventListener("change", soon);
})();
