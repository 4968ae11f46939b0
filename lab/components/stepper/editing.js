// Numbers typed or pasted go to Python as they were typed; Python answers with a new scene.

const PATIENCE = 800; // milliseconds to wait for an answer before the next message

// One message at a time: of two that wait together at the server only the last would arrive.
function send(stepper, name, value) {
  stepper.waiting.push([name, value]);
  if (!stepper.asked) sendNext(stepper);
}

function sendNext(stepper) {
  clearTimeout(stepper.asked);
  stepper.asked = null;
  const next = stepper.waiting.shift();
  if (!next) return;
  stepper.asked = setTimeout(() => sendNext(stepper), PATIENCE);
  stepper.setTriggerValue(...next);
}

// The index of the number in a cell, or null where none can be typed.
function editable({ scene, output }, panel, place) {
  const { channel, cell } = address(panel, place);
  if (panel.kind === "bias") return { index: [output], value: scene.bias.values[output] };
  if (panel.kind === "weight" && scene.weight) {
    return { index: weightPlace(scene, output, channel, cell), value: weightAt(scene, output, channel, cell) };
  }
  if (panel.kind !== "x" || !scene.inside[cell]) return null;
  const source = scene.frame.sources[cell];
  return {
    index: [channel, ...unravel(source, scene.x.shape.slice(1))],
    value: scene.x.values[channel * scene.inputs + source],
  };
}

function openEditor(stepper, panel, place, typed) {
  const target = editable(stepper, panel, place);
  if (!target) return;
  closeEditor(stepper, true);
  const { grid } = panel.planes[place.plane];
  const before = typed ?? String(target.value);
  const input = make("input", { class: "convlab-editor", autocomplete: "off", spellcheck: "false" });
  input.setAttribute("aria-label", `${panel.kind}[${target.index.join(", ")}]`);
  input.value = before;
  const width = Math.max(panel.wide + 1, 58);
  const left = panel.left + place.column * panel.wide - (width - panel.wide - 1) / 2;
  const edge = grid.clientWidth - width;
  input.style.left = `${Math.max(0, Math.min(left, Math.max(0, edge)))}px`;
  input.style.top = `${panel.top + place.row * panel.high - Math.max(0, 26 - panel.high) / 2}px`;
  input.style.width = `${width}px`;
  input.style.height = `${Math.max(panel.high + 1, 26)}px`;
  stepper.editor = { input, panel, place, index: target.index, changed: () => input.value !== String(target.value) };
  panel.cursor = place;
  grid.append(input);
  input.focus();
  if (typed === undefined) input.select();
  input.addEventListener("keydown", (event) => editorKey(stepper, event));
  input.addEventListener("blur", () => closeEditor(stepper, true));
}

function editorKey(stepper, event) {
  event.stopPropagation();
  const { panel, place } = stepper.editor;
  const { grid } = panel.planes[place.plane];
  if (event.key === "Escape" || event.key === "Enter") {
    closeEditor(stepper, event.key === "Enter");
    grid.focus();
  } else if (event.key === "Tab") {
    event.preventDefault();
    closeEditor(stepper, true);
    const next = nextEditable(stepper, panel, place, event.shiftKey ? -1 : 1);
    if (next) openEditor(stepper, panel, next);
    else grid.focus();
  }
}

function closeEditor(stepper, commit) {
  const { editor } = stepper;
  if (!editor) return;
  stepper.editor = null; // before the input goes: going blurs it
  if (commit && editor.changed()) {
    const { panel, index, input } = editor;
    send(stepper, "edit", { grid: panel.kind, index, text: input.value });
  }
  editor.input.remove();
}

function nextEditable(stepper, panel, place, by) {
  const { rows, columns, planes } = panel;
  let flat = (place.plane * rows + place.row) * columns + place.column + by;
  for (; flat >= 0 && flat < planes.length * rows * columns; flat += by) {
    const [plane, row, column] = unravel(flat, [planes.length, rows, columns]);
    if (editable(stepper, panel, { plane, row, column })) return { plane, row, column };
  }
  return null;
}

// Numbers pasted while a grid has the focus; into the text field only a single number goes as text.
function onPaste(stepper, event) {
  const found = gridOf(stepper, document.activeElement);
  const text = event.clipboardData.getData("text/plain");
  if (!found || (stepper.editor && !/[\s;[]/.test(text.trim()))) return;
  const channel = leading(stepper, found.panel, found.panel.planes[found.index]);
  if (!channel) return;
  event.preventDefault();
  closeEditor(stepper, false);
  send(stepper, "paste", { grid: found.panel.kind, channel, text });
}

// The indices that a grid's numbers share, or null where nothing can be pasted.
function leading({ scene, output }, panel, { channel, slice }) {
  if (panel.kind === "y" || (panel.kind === "weight" && !scene.weight)) return null;
  if (panel.kind === "bias") return [];
  const lead = panel.kind === "weight" ? [output, channel] : [channel];
  if (panel.axes === 1) lead.pop(); // such a grid shows all channels
  if (panel.axes < 3) return lead;
  const at = panel.kind === "x" ? slice - scene.frame.before[0] : slice;
  return at >= 0 && (panel.kind !== "x" || at < scene.x.shape[1]) ? [...lead, at] : null;
}
