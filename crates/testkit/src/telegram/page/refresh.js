/* Shows news without losing the place; without scripts the page reloads itself. */
setInterval(async () => {
  try {
    const next = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
    const [old, now] = [document.querySelector(".frame"), next.querySelector(".frame")];
    if (!old || !now || old.innerHTML === now.innerHTML) return;
    const place = document.querySelector("main").scrollTop;
    old.replaceWith(now);
    document.querySelector("main").scrollTop = place;
  } catch { /* The fake has stopped; what it showed stays. */ }
}, 1500);
