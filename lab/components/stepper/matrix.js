// The same operation as a sparse matrix: a row per output, a column per input.

function makeMatrix(stepper) {
  const matrix = { open: false, base: make("canvas"), over: make("canvas"), cell: 1 };
  matrix.button = make("button", { type: "button", class: "convlab-toggle", "aria-pressed": "false" }, "Matrix");
  matrix.button.title = "The same operation as a matrix: one row per output, one column per input";
  matrix.button.addEventListener("click", () => {
    matrix.open = !matrix.open;
    drawMatrix(stepper);
    if (matrix.open) matrix.node.scrollIntoView({ block: "nearest" });
    stepper.schedule();
  });
  matrix.sheet = make("div", { class: "convlab-sheet", role: "img" });
  matrix.sheet.append(matrix.base, matrix.over);
  matrix.note = make("p", {});
  matrix.node = make("div", { class: "convlab-matrix" }, matrix.note,
    make("div", { tabindex: 0 }, matrix.sheet)); // arrow keys scroll it
  return matrix;
}

function drawMatrix({ scene, matrix, theme, scales, width }) {
  const shown = Boolean(matrix.open && scene.matrix);
  matrix.button.hidden = !scene.matrix;
  matrix.button.setAttribute("aria-pressed", matrix.open);
  matrix.node.hidden = !shown;
  if (!shown) return;
  const { shape, rows, columns, values } = scene.matrix;
  const cell = Math.max(3, Math.min(16, Math.floor((width - 2) / shape[1])));
  matrix.cell = cell;
  matrix.note.textContent = `The same as a matrix: ${shape[0]} outputs × ${shape[1]} inputs, ` +
    `${values.length} of ${shape[0] * shape[1]} entries stand for a weight.`;
  matrix.sheet.setAttribute("aria-label", matrix.note.textContent);
  for (const canvas of [matrix.base, matrix.over]) {
    canvas.width = Math.round((shape[1] * cell + 1) * devicePixelRatio);
    canvas.height = Math.round((shape[0] * cell + 1) * devicePixelRatio);
    canvas.style.width = matrix.sheet.style.width = `${shape[1] * cell + 1}px`;
    canvas.style.height = matrix.sheet.style.height = `${shape[0] * cell + 1}px`;
    canvas.getContext("2d").scale(devicePixelRatio, devicePixelRatio);
  }
  const context = matrix.base.getContext("2d");
  context.fillStyle = css(mix(theme.page, theme.ink, theme.dark ? 0 : 0.08));
  context.fillRect(0, 0, shape[1] * cell + 1, shape[0] * cell + 1);
  const scale = scales.weight;
  const gap = cell > 5 ? 1 : 0;
  values.forEach((value, i) => {
    context.fillStyle = scale.of(value).fill;
    context.fillRect(columns[i] * cell + gap, rows[i] * cell + gap, cell - gap, cell - gap);
  });
}

// Light the row of the output and the column of the input that are looked at.
function lightMatrix({ scene, matrix, theme, focus }) {
  if (!matrix.open || !scene.matrix) return;
  const { over, cell } = matrix;
  const [rows, columns] = scene.matrix.shape;
  const context = over.getContext("2d");
  context.clearRect(0, 0, over.width, over.height);
  const row = focus.kind === "y" ? focus.step : focus.kind === "matrix" ? focus.row : -1;
  const source = focus.kind === "x" ? scene.frame.sources[focus.cell] : -1;
  const column = source >= 0 ? focus.channel * scene.inputs + source : focus.column ?? -1;
  context.strokeStyle = css(theme.accent);
  context.fillStyle = css(theme.accent, 0.2);
  context.lineWidth = 2;
  const light = (x, y, w, h) => {
    context.fillRect(x, y, w, h);
    context.strokeRect(x, y, w, h);
  };
  if (row >= 0) light(1, row * cell, columns * cell - 1, cell + 1);
  if (column >= 0) light(column * cell, 1, cell + 1, rows * cell - 1);
}

// The entry under the pointer, if there is one.
function entryAt({ scene, matrix }, event) {
  const rect = matrix.sheet.getBoundingClientRect();
  const row = Math.floor((event.clientY - rect.top) / matrix.cell);
  const column = Math.floor((event.clientX - rect.left) / matrix.cell);
  const { rows, columns } = scene.matrix;
  const found = rows.some((at, i) => at === row && columns[i] === column);
  return found ? { kind: "matrix", row, column } : null;
}
