// Colours of the page's theme, colours of values, and numbers as text.

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children); // strings become text nodes, never HTML
  return node;
}

// At most `digits` significant digits, but whole numbers of one digit more stay whole.
function format(value, digits = 4) {
  if (value === null) return "";
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  const exponent = size ? Math.floor(Math.log10(size)) : 0;
  let text;
  if (exponent > digits || exponent < -3) text = value.toExponential(digits - 1).replace(/\.?0*e\+?/, "e");
  else if (exponent >= digits) text = String(Math.round(value));
  else text = String(Number(value.toPrecision(digits)));
  return text.replace(/-/g, "−");
}

function parseColor(text, fallback) {
  const context = make("canvas").getContext("2d", { willReadFrequently: true });
  context.fillStyle = fallback;
  context.fillStyle = text;
  context.fillRect(0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
}

const mix = (a, b, share) => a.map((part, i) => part + (b[i] - part) * share);
const css = (color, alpha = 1) => `rgba(${color.map(Math.round).join(", ")}, ${alpha})`;
const brightness = ([red, green, blue]) => (0.299 * red + 0.587 * green + 0.114 * blue) / 255;

function themeOf(place) {
  const style = getComputedStyle(place);
  const read = (name, fallback) => parseColor(style.getPropertyValue(`--st-${name}`).trim(), fallback);
  const page = read("background-color", "#ffffff");
  const ink = read("text-color", "#31333f");
  const dark = brightness(page) < 0.5;
  return {
    page,
    ink,
    dark,
    faint: mix(page, ink, 0.72),
    line: mix(page, ink, dark ? 0.28 : 0.2),
    accent: read("primary-color", "#0072b2"),
    zero: dark ? mix(page, ink, 0.1) : page,
    low: dark ? [67, 147, 220] : [33, 102, 172],
    high: dark ? [225, 95, 75] : [190, 30, 45],
    count: dark ? [60, 170, 130] : [0, 130, 95],
    alarm: dark ? [240, 85, 75] : [205, 25, 35],
    font: style.getPropertyValue("--st-font").trim() || "sans-serif",
  };
}

const hueOf = (cell, cells, dark, alpha = 1) =>
  `hsl(${Math.round((360 * cell) / cells + 200) % 360} ${dark ? "80% 62%" : "78% 42%"} / ${alpha})`;

// Black on light, white on dark: 4.5 : 1 at least, whatever the colour.
function readable(fill) {
  const [red, green, blue] = fill.map((part) =>
    part > 10 ? ((part / 255 + 0.055) / 1.055) ** 2.4 : part / 255 / 12.92);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#000" : "#fff";
}

// Value → {fill, ink}: zero neutral, negative blue, positive red.
function signedScale(values, theme) {
  let limit = 0;
  for (const value of values) if (Number.isFinite(value)) limit = Math.max(limit, Math.abs(value));
  const shades = Array.from({ length: 401 }, (_, i) => {
    const share = (i - 200) / 200;
    const fill = mix(theme.zero, share < 0 ? theme.low : theme.high, Math.abs(share) ** 0.85 * 0.88);
    return { fill: css(fill), faded: css(mix(fill, theme.page, 0.65)), ink: readable(fill) };
  });
  const odd = { fill: css(theme.faint), ink: css(theme.page) };
  return {
    limit,
    of: (value) => (Number.isFinite(value) ? shades[Math.round(200 + 200 * (limit && value / limit))] : odd),
    legend: [format(-limit), "0", format(limit)],
    colors: [shades[0].fill, shades[200].fill, shades[400].fill],
  };
}

// Count → {fill, ink}: how often something happens; 0 is an alarm where `alarm` says so.
function countScale(counts, theme, alarm) {
  const most = counts.reduce((a, b) => Math.max(a, b), 0);
  const shade = (count) => {
    const none = alarm && count === 0;
    const fill = mix(theme.zero, none ? theme.alarm : theme.count, none ? 0.9 : (0.85 * count) / (most || 1));
    return { fill: css(fill), faded: css(fill), ink: readable(fill) };
  };
  const shades = new Map(Array.from(counts, (count) => [count, shade(count)]));
  return {
    of: (count) => shades.get(count),
    legend: ["0", "", format(most)],
    colors: [shade(0).fill, shade(most / 2).fill, shade(most).fill],
  };
}
