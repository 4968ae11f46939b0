// What is looked at → what lights in each panel. Looked at is an output {kind: "y", step}, an input {kind: "x",
// channel, cell}, a kernel cell {kind: "weight", layer, cell}, the bias {kind: "bias"}, or an entry of the
// matrix {kind: "matrix", row, column}.

function lightsOf(stepper) {
  const { focus, pin, scene, theme } = stepper;
  const marks = { x: [], weight: [], bias: [], y: [] };
  if (focus.kind === "x") lightInput(stepper, marks, focus);
  else if (focus.kind === "weight") lightWeight(stepper, marks, focus);
  else if (focus.kind === "bias") lightBias(stepper, marks);
  else lightOutput(stepper, marks, focus);
  const ink = css(theme.ink);
  if (pin !== null) marks.y.push({ ...outputCell(scene, pin), color: ink, ring: true });
  return marks;
}

function outputCell(scene, step) {
  return { channel: Math.floor(step / scene.pixels), cell: step % scene.pixels };
}

function lightOutput({ scene, theme }, marks, focus) {
  const step = focus.kind === "matrix" ? focus.row : focus.step;
  const output = Math.floor(step / scene.pixels);
  const winner = scene.winners?.[step] ?? -1;
  for (const [cell, at] of meetings(scene, step)) {
    const color = hueOf(cell, scene.cells, theme.dark);
    const fill = cell === winner ? hueOf(cell, scene.cells, theme.dark, 0.35) : undefined;
    for (let layer = 0; layer < scene.layers; layer++) {
      marks.x.push({ channel: channelOf(scene, output, layer), cell: at, color, fill });
      marks.weight.push({ channel: layer, cell, color, fill });
    }
  }
  if (scene.bias) marks.bias.push({ channel: 0, cell: 0, color: css(theme.faint) });
  marks.y.push({ ...outputCell(scene, step), color: css(theme.accent), ring: true });
  if (focus.kind !== "matrix") return;
  const channel = Math.floor(focus.column / scene.inputs);
  const cell = scene.frame.sources.findIndex((at, i) => at === focus.column % scene.inputs && scene.inside[i]);
  marks.x.push({ channel, cell, color: css(theme.ink), ring: true });
}

function lightInput({ scene, theme, output }, marks, { channel, cell }) {
  for (const [step, layer, through] of uses(scene, channel, cell)) {
    const color = hueOf(through, scene.cells, theme.dark);
    const fill = hueOf(through, scene.cells, theme.dark, 0.25);
    marks.y.push({ ...outputCell(scene, step), color, fill });
    if (Math.floor(step / scene.pixels) === output) marks.weight.push({ channel: layer, cell: through, color });
  }
  for (const copy of copies(scene, cell)) {
    marks.x.push({ channel, cell: copy, color: css(theme.ink), ring: true, dashed: copy !== cell });
  }
}

function lightWeight({ scene, theme, output }, marks, { layer, cell }) {
  const color = hueOf(cell, scene.cells, theme.dark);
  const fill = hueOf(cell, scene.cells, theme.dark, 0.25);
  const channel = channelOf(scene, output, layer);
  for (const [step, at] of journeys(scene, output, cell)) {
    marks.x.push({ channel, cell: at, color, fill, thin: true });
    marks.y.push({ ...outputCell(scene, step), color, fill, thin: true });
  }
  marks.weight.push({ channel: layer, cell, color, ring: true });
}

function lightBias({ scene, theme, output }, marks) {
  const color = css(theme.accent);
  marks.bias.push({ channel: 0, cell: 0, color, ring: true });
  for (let cell = 0; cell < scene.pixels; cell++) marks.y.push({ channel: output, cell, color });
}

// A dashed frame where the keyboard is.
function cursorMark(panel, theme) {
  return { ...panel.cursor, color: css(theme.ink), ring: true, dashed: true };
}
