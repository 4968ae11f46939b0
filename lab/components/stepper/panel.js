// A panel: the grids of the input, the kernel, the bias or the output, each a pair of canvases. The lower one
// holds the numbers and is drawn once; the upper one holds what is lit and is drawn anew at every hover.

const LARGEST = 46; // pixels of a cell
const SMALLEST = 5;
const GAP = 12; // pixels between grids beside each other
const NUMBERED = 24; // from this size on a cell shows its number

function makePanel(kind, title) {
  const panel = { kind, planes: [], cursor: { plane: 0, row: 0, column: 0 } };
  panel.size = make("span", { class: "convlab-size" });
  panel.title = make("h2", {}, title);
  panel.head = make("header", {}, panel.title, panel.size);
  panel.body = make("div", { class: "convlab-planes" });
  panel.legend = make("div", { class: "convlab-legend", "aria-hidden": "true" });
  panel.node = make("section", { class: "convlab-panel", "data-panel": kind, "aria-label": title });
  panel.node.append(panel.head, panel.body, panel.legend);
  return panel;
}

// What a panel shows of a scene: how many channels of which spatial shape.
function shapeFor(kind, scene) {
  if (kind === "x") return [scene.x.shape[0], scene.frame.shape];
  if (kind === "y") return [scene.outputs, scene.y.shape.slice(1)];
  return kind === "bias" ? [1, [1]] : [scene.layers, scene.kernel_size];
}

// Make the panel's grids anew: of one axis a row per channel, else a grid per channel and slice.
function buildPanel(panel, scene) {
  const [channels, shape] = shapeFor(panel.kind, scene);
  const axes = shape.length;
  Object.assign(panel, {
    axes,
    channels,
    rows: axes === 1 ? channels : shape[axes - 2],
    columns: shape[axes - 1],
    depth: axes === 3 ? shape[0] : 1,
  });
  panel.planes = [];
  panel.body.replaceChildren();
  panel.body.dataset.axes = axes;
  for (let channel = 0; channel < (axes === 1 ? 1 : channels); channel++) {
    const row = make("div", { class: "convlab-channel" });
    for (let slice = 0; slice < panel.depth; slice++) row.append(makePlane(panel, channel, slice));
    panel.body.append(row);
  }
  const start = panel.kind === "x" ? scene.frame.before : shape.map(() => 0); // not in the padding
  moveCursor(panel, locate(panel, 0, ravel(start, shape)));
}

function makePlane(panel, channel, slice) {
  const index = panel.planes.length;
  const plane = { channel, slice, base: make("canvas"), over: make("canvas"), caption: make("figcaption") };
  plane.grid = make("div", {
    class: "convlab-grid",
    role: "application",
    tabindex: index ? "-1" : "0",
    "data-grid": panel.kind,
    "data-plane": index,
  });
  plane.grid.append(plane.base, plane.over);
  panel.planes.push(plane);
  return make("figure", {}, plane.caption, plane.grid);
}

function locate(panel, channel, cell) {
  if (panel.axes === 1) return { plane: 0, row: channel, column: cell };
  const line = Math.floor(cell / panel.columns);
  const plane = channel * panel.depth + Math.floor(line / panel.rows);
  return { plane, row: line % panel.rows, column: cell % panel.columns };
}

function address(panel, { plane, row, column }) {
  if (panel.axes === 1) return { channel: row, cell: column };
  const { channel, slice } = panel.planes[plane];
  return { channel, cell: (slice * panel.rows + row) * panel.columns + column };
}

// Set the cells' size and give every canvas its pixels.
function sizePanel(panel, { cell: wide, high, beside }, labels, theme) {
  panel.wide = wide;
  panel.high = high;
  panel.left = labels.rows ? widest(labels.rows, theme) + 8 : 0;
  panel.top = labels.columns ? 16 : 0;
  panel.labels = labels;
  const width = panel.left + panel.columns * wide + 1;
  const height = panel.top + panel.rows * high + 1;
  panel.body.style.maxWidth = beside ? `${beside * (width + GAP) + 6}px` : "";
  for (const plane of panel.planes) {
    plane.grid.style.width = `${width}px`;
    plane.grid.style.height = `${height}px`;
    Object.assign(plane.grid.dataset, { left: panel.left, top: panel.top, wide, high });
    for (const canvas of [plane.base, plane.over]) {
      canvas.width = Math.round(width * devicePixelRatio);
      canvas.height = Math.round(height * devicePixelRatio);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
      canvas.getContext("2d").scale(devicePixelRatio, devicePixelRatio);
    }
  }
}

function widest(texts, theme) {
  const context = make("canvas").getContext("2d");
  context.font = `12px ${theme.font}`;
  return Math.ceil(Math.min(90, Math.max(...texts.map((text) => context.measureText(text).width))));
}

// Draw the lower canvases; `lookAt(channel, cell)` gives {fill, ink, text, padding}.
function drawBase(panel, theme, lookAt) {
  const hatch = hatching(theme);
  panel.planes.forEach((plane, index) => {
    const context = plane.base.getContext("2d");
    context.clearRect(0, 0, plane.base.width, plane.base.height);
    context.fillStyle = css(theme.line);
    const { left, top, wide, high } = panel;
    context.fillRect(left, top, panel.columns * wide + 1, panel.rows * high + 1);
    drawLabels(panel, context, theme);
    context.textAlign = "center";
    context.textBaseline = "middle";
    const fit = fitter(context, wide, high, theme);
    const gap = wide < 9 ? 0 : 1;
    for (let row = 0; row < panel.rows; row++) {
      for (let column = 0; column < panel.columns; column++) {
        const { channel, cell } = address(panel, { plane: index, row, column });
        const look = lookAt(channel, cell);
        const [x, y, w, h] = [left + column * wide + gap, top + row * high + gap, wide - gap, high - gap];
        context.fillStyle = look.fill;
        context.fillRect(x, y, w, h);
        if (look.padding) {
          context.fillStyle = hatch;
          context.fillRect(x, y, w, h);
        }
        if (wide < NUMBERED || look.value === undefined) continue;
        context.fillStyle = look.ink;
        context.fillText(fit(look.value), x + w / 2, y + h / 2 + 1);
      }
    }
  });
}

// A number's text that fits a cell: fewer digits where four are too wide.
function fitter(context, wide, high, theme) {
  const size = Math.max(9, Math.min(14, Math.round(wide * 0.36), high - 4));
  context.font = `${size}px ${theme.font}`;
  const known = new Map();
  return (value) => {
    if (typeof value === "string") return value;
    if (!known.has(value)) {
      const texts = [4, 3, 2, 1].map((digits) => format(value, digits));
      known.set(value, texts.find((text) => context.measureText(text).width <= wide - 3) ?? "…");
    }
    return known.get(value);
  };
}

function hatching(theme) {
  const tile = make("canvas", { width: 6, height: 6 });
  const context = tile.getContext("2d");
  context.strokeStyle = css(theme.ink, theme.dark ? 0.2 : 0.16);
  for (const shift of [-6, 0, 6]) {
    context.moveTo(shift, 6);
    context.lineTo(shift + 6, 0);
  }
  context.stroke();
  return context.createPattern(tile, "repeat");
}

function drawLabels(panel, context, theme) {
  const { left, top, wide, high, labels } = panel;
  context.font = `${Math.min(12, high)}px ${theme.font}`;
  context.fillStyle = css(theme.faint);
  context.textBaseline = "middle";
  context.textAlign = "right";
  labels.rows?.forEach((text, row) => context.fillText(text, left - 5, top + (row + 0.5) * high + 1, left - 5));
  context.textAlign = "center";
  labels.columns?.forEach((text, column) => {
    if (wide >= 12) context.fillText(text, left + (column + 0.5) * wide, 8, wide);
  });
}

// Draw the upper canvases: a coloured frame around each marked cell.
function drawMarks(panel, theme, marks) {
  for (const plane of panel.planes) {
    if (plane.lit) plane.over.getContext("2d").clearRect(0, 0, plane.over.width, plane.over.height);
    plane.lit = false;
  }
  for (const mark of marks) {
    const bold = mark.thin ? 1 : Math.max(1.5, Math.min(3, Math.min(panel.wide, panel.high) / 12));
    const place = mark.row === undefined ? locate(panel, mark.channel, mark.cell) : mark;
    const plane = panel.planes[place.plane];
    const context = plane.over.getContext("2d");
    plane.lit = true;
    const x = panel.left + place.column * panel.wide;
    const y = panel.top + place.row * panel.high;
    drawMark(context, x, y, panel.wide + 1, panel.high + 1, bold, mark, theme);
  }
}

function drawMark(context, x, y, wide, high, bold, mark, theme) {
  const inset = mark.ring ? bold / 2 - 1 : bold / 2 + 0.5;
  if (mark.fill || wide < 13) {
    context.fillStyle = mark.fill ?? mark.color;
    context.fillRect(x + 1, y + 1, wide - 2, high - 2);
  }
  if (wide < 8 && !mark.ring) return;
  context.setLineDash(mark.dashed ? [3, 2] : []);
  const outline = (color, width, by) => {
    context.strokeStyle = color;
    context.lineWidth = width;
    context.strokeRect(x + by, y + by, wide - 2 * by, high - 2 * by);
  };
  // A thin neutral line inside keeps the colour visible on a cell of the same colour.
  if (wide >= 20 && high >= 20 && !mark.dashed) outline(css(theme.page, 0.85), 1, inset + bold / 2 + 0.5);
  outline(mark.color, bold, inset);
}

function showLegend(panel, scale) {
  const bar = make("i", { style: `background: linear-gradient(to right, ${scale.colors.join(", ")})` });
  const [low, middle, high] = scale.legend.map((text) => make("span", {}, text));
  panel.legend.replaceChildren(low, make("b", {}, bar, middle), high);
}
