// How large the cells are: as large as the width allows, the kernel always readable.

const STACKED = 700; // pixels; narrower than this the panels stand under each other
const BETWEEN = 36; // pixels of an operator between two panels
const TALL = 560; // pixels that a panel's grids may take before its cells shrink

function arrange(stepper) {
  const { scene, node, panels, theme } = stepper;
  const width = node.clientWidth;
  stepper.width = width;
  const wide = width >= STACKED;
  node.dataset.stacked = !wide;
  const labels = labelsOf(scene);
  const margin = ({ kind }) => (labels[kind].rows ? widest(labels[kind].rows, theme) + 12 : 4);
  const { x, weight, bias, y } = panels;
  const kernelRoom = (wide ? width * 0.24 : width) - margin(weight);
  const sizes = { weight: fit(weight, kernelRoom, 28) };
  const rooms = { x: width - margin(x), y: width - margin(y) };
  if (wide) {
    const { cell, beside } = sizes.weight;
    const kernel = Math.max(beside * (weight.columns * cell + GAP) + margin(weight), 150);
    const room = width - kernel - 2 * BETWEEN - margin(x) - margin(y);
    const columns = [x, y].map((panel) => panel.columns * Math.min(panel.depth, 3));
    const share = Math.max(0.3, Math.min(0.7, columns[0] / (columns[0] + columns[1])));
    Object.assign(rooms, { x: room * share, y: room * (1 - share) });
  }
  let most = LARGEST;
  for (const panel of [x, y]) most = Math.min(most, wide ? fit(panel, rooms[panel.kind], 26).cell : most);
  for (const panel of [x, y]) sizes[panel.kind] = fit(panel, rooms[panel.kind], 26, most);
  const side = Math.max(30, Math.min(sizes.weight.cell, 40));
  sizes.bias = { cell: side, high: side, beside: 1 };
  for (const kind of ["x", "weight", "y"]) sizePanel(panels[kind], sizes[kind], labels[kind], theme);
  if (scene.bias) sizePanel(bias, sizes.bias, labels.bias, theme);
  stepper.sums.style.height = `${sumsHeight(scene, width)}px`;
}

// How large a panel's cells can be, up to `most`, and how many of its grids then stand beside each other.
// Cells that can show their numbers (`readable`) may take more height; others need less.
function fit(panel, room, readable, most = LARGEST) {
  const together = panel.axes === 3 ? panel.depth : panel.planes.length;
  let best = { cell: 0, beside: 1 };
  const across = (beside) => Math.floor((room - GAP * (beside - 1)) / beside - 1) / panel.columns;
  const tall = across(1) < NUMBERED ? 1.35 * TALL : TALL;
  for (let beside = 1; beside <= together; beside++) {
    const stacked = (panel.planes.length / together) * Math.ceil(together / beside) * panel.rows;
    const high = panel.axes === 1 ? LARGEST : tall / stacked;
    const cell = Math.floor(Math.min(across(beside), high, most));
    if (cell > best.cell || (cell === best.cell && cell < NUMBERED)) best = { cell, beside };
  }
  for (let beside = together; beside >= 1 && best.cell < readable; beside--) {
    const cell = Math.floor(Math.min(across(beside), readable, most));
    if (cell >= NUMBERED) best = { cell, beside };
  }
  const cell = Math.max(SMALLEST, best.cell);
  // A single axis has few rows or many: they need not be as high as the cells are wide.
  const high = panel.axes > 1 ? cell : Math.min(Math.max(cell, 20), Math.max(15, Math.floor(TALL / panel.rows)));
  return { cell, high, beside: best.beside };
}

// As high as an output's products need, but leaving room to look at the grids.
function sumsHeight(scene, width) {
  const chip = scene.weight ? 64 : 40; // pixels of a product, about
  const lines = scene.layers * Math.ceil((scene.cells * chip) / Math.max(100, width - 170));
  return Math.max(132, Math.min(214, 88 + 27 * lines));
}

// Names beside the rows and above the columns; only grids of one axis have them.
function labelsOf(scene) {
  const none = { rows: null, columns: null };
  if (scene.axes > 1) return { x: none, weight: none, bias: none, y: none };
  const { x_rows, x_columns, y_rows } = scene.labels;
  const numbered = (count) => (count > 1 ? Array.from({ length: count }, (_, i) => String(i)) : null);
  const rows = x_rows ?? numbered(scene.x.shape[0]);
  const before = Array(scene.frame.before[0]).fill("");
  return {
    x: { rows, columns: x_columns && [...before, ...x_columns] },
    weight: { rows: rows && Array.from(scene.channels.subarray(0, scene.layers), (c) => rows[c]), columns: null },
    bias: none,
    y: { rows: y_rows ?? numbered(scene.outputs), columns: null },
  };
}
