// Proposes the board's address from its name and the browser's time zone. Without this script the server proposes both.
(() => {
  "use strict";
  const form = document.getElementById("setup");
  const name = document.getElementById("f-board_name");
  const slug = document.getElementById("f-board_slug");
  const zone = document.getElementById("f-board_time_zone");
  if (!form || !name || !slug || !zone) return;

  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (form.hasAttribute("data-fresh") && here) zone.value = here;

  // Letters that have no accent to take off; the server knows all of them.
  const plain = { "ß": "ss", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ı": "i" };
  const proposed = (text) =>
    text
      .toLowerCase()
      .normalize("NFKD")
      .replace(/\p{M}/gu, "")
      .replace(/[ßøłđæœþðı]/g, (letter) => plain[letter])
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-+/, "")
      .slice(0, 63)
      .replace(/-+$/, "");

  // Until somebody types an address of their own, it follows the name.
  let own = slug.value !== "" && slug.value !== proposed(name.value);
  slug.addEventListener("input", () => { own = slug.value !== ""; });
  name.addEventListener("input", () => { if (!own) slug.value = proposed(name.value); });
})();
