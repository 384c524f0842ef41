// Every text on the page that stands out too little from what is behind it (WCAG 2.2, 1.4.3), as one line each.
const numbers = (colour) => {
  const [r, g, b, a = 1] = colour.match(/[\d.]+(?:e-?\d+)?/g).map(Number);
  const scale = colour.startsWith("color(") ? 255 : 1;
  return [r * scale, g * scale, b * scale, a];
};
const over = ([r, g, b, a], below) => [r, g, b].map((part, i) => part * a + below[i] * (1 - a));
const behind = (element) => {
  const layers = [];
  for (let at = element; at; at = at.parentElement) {
    const colour = numbers(getComputedStyle(at).backgroundColor);
    if (colour[3] > 0) layers.push(colour);
    if (colour[3] === 1) break;
  }
  return layers.reduceRight((below, layer) => over(layer, below), [255, 255, 255]);
};
const luminance = (colour) => {
  const [r, g, b] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (a, b) => {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
};
const weak = [];
const check = (element, style, words) => {
  const background = behind(element);
  const size = parseFloat(style.fontSize);
  const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
  const found = contrast(over(numbers(style.color), background), background);
  if (found < (isLarge ? 3 : 4.5)) weak.push(`${found.toFixed(2)}: ${words.trim().slice(0, 60)} (${element.className})`);
};
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (texts.nextNode()) {
  const element = texts.currentNode.parentElement;
  const words = texts.currentNode.data;
  const isSeen = element.checkVisibility() && !element.closest(".pot, .sr, .skip, script, style, option");
  if (words.trim() && isSeen) check(element, getComputedStyle(element), words);
}
for (const field of document.querySelectorAll("[placeholder]")) {
  check(field, { ...getComputedStyle(field), color: getComputedStyle(field, "::placeholder").color,
    fontSize: getComputedStyle(field).fontSize, fontWeight: "400" }, field.placeholder);
}
return weak;
