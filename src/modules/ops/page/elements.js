/** Creates an element. Text is never parsed as HTML. */
export function element(name, properties = {}, ...children) {
  const created = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key === 'class') created.className = value;
    else created.setAttribute(key, value);
  }
  created.append(...children);
  return created;
}

/** Sets the text only if it differs: a live region would speak once more. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function setClass(node, name) {
  if (node.className !== name) node.className = name;
}

/** The line patterns of the series of a chart, so that colour is not the only difference. */
export const DASHES = [[], [8, 4], [2, 3], [12, 3, 2, 3], [1, 5]];

const SVG = 'http://www.w3.org/2000/svg';

/** A short line with the colour and the pattern of a series. */
export function lineKey(colour, dash) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'key');
  svg.setAttribute('viewBox', '0 0 28 8');
  svg.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS(SVG, 'line');
  const numbers = { x1: 0, y1: 4, x2: 28, y2: 4, 'stroke-width': 3 };
  for (const [key, value] of Object.entries(numbers)) line.setAttribute(key, String(value));
  if (dash.length > 0) line.setAttribute('stroke-dasharray', dash.join(' '));
  line.style.stroke = `var(--${colour})`;
  svg.append(line);
  return svg;
}
