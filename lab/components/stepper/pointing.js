// Pointer and keyboard → what is looked at. Nothing here reaches the server, but for a click's pin.

function gridOf(stepper, node) {
  const grid = node?.closest?.(".convlab-grid");
  if (!grid || !stepper.node.contains(grid)) return null;
  return { panel: stepper.panels[grid.dataset.grid], index: Number(grid.dataset.plane), grid };
}

// The cell under the pointer.
function placeAt(stepper, event) {
  const found = gridOf(stepper, event.target);
  if (!found) return null;
  const { panel, index, grid } = found;
  const rect = grid.getBoundingClientRect();
  const column = Math.floor((event.clientX - rect.left - panel.left) / panel.wide);
  const row = Math.floor((event.clientY - rect.top - panel.top) / panel.high);
  if (row < 0 || column < 0 || row >= panel.rows || column >= panel.columns) return null;
  return { panel, place: { plane: index, row, column } };
}

function focusOf({ scene }, panel, place) {
  const { channel, cell } = address(panel, place);
  if (panel.kind === "y") return { kind: "y", step: channel * scene.pixels + cell };
  if (panel.kind === "weight") return { kind: "weight", layer: channel, cell };
  return { kind: panel.kind, channel, cell };
}

function onMove(stepper, event) {
  const at = placeAt(stepper, event);
  const onSheet = !at && stepper.matrix.open && stepper.matrix.sheet.contains(event.target);
  stepper.hover = at ? focusOf(stepper, at.panel, at.place) : onSheet ? entryAt(stepper, event) : null;
  stepper.schedule();
}

function onPress(stepper, event) {
  const at = placeAt(stepper, event);
  if (!at || event.target.matches(".convlab-editor")) return;
  moveCursor(at.panel, at.place);
  stepper.keyboard = false;
}

function onClick(stepper, event) {
  const at = placeAt(stepper, event);
  if (!at || event.target.matches(".convlab-editor")) return;
  stepper.hover = focusOf(stepper, at.panel, at.place);
  if (at.panel.kind === "y") togglePin(stepper, stepper.hover.step);
  stepper.schedule();
}

function togglePin(stepper, step) {
  setPin(stepper, step === stepper.pin ? null : step);
  goTo(stepper, step);
}

function setPin(stepper, step) {
  stepper.pin = step;
  stepper.sentPin = step === null ? null : outputPlace(stepper.scene, step);
  stepper.setStateValue("pin", stepper.sentPin);
  stepper.schedule();
}

function moveCursor(panel, place) {
  panel.cursor = place;
  panel.planes.forEach(({ grid }, index) => (grid.tabIndex = index === place.plane ? 0 : -1));
}

const MOVES = {
  ArrowUp: ["row", -1],
  ArrowDown: ["row", 1],
  ArrowLeft: ["column", -1],
  ArrowRight: ["column", 1],
  PageUp: ["plane", -1],
  PageDown: ["plane", 1],
};

function onKey(stepper, event) {
  if (!keyDone(stepper, event)) return;
  event.preventDefault();
  event.stopPropagation(); // Streamlit has keys of its own
}

function keyDone(stepper, event) {
  const { key } = event;
  const command = event.ctrlKey || event.metaKey;
  if (command && key.toLowerCase() === "z" && !event.shiftKey) {
    send(stepper, "undo", true);
    return true;
  }
  if (command || event.altKey) return false;
  if (key === " " && !event.target.closest("button, select")) {
    togglePlay(stepper);
    return true;
  }
  if (key === "Escape" && stepper.pin !== null) {
    setPin(stepper, null);
    return true;
  }
  const found = gridOf(stepper, event.target);
  return Boolean(found) && gridKey(stepper, found.panel, key);
}

function gridKey(stepper, panel, key) {
  const { cursor } = panel;
  const limits = { row: panel.rows, column: panel.columns, plane: panel.planes.length };
  let next = null;
  if (key in MOVES) {
    const [axis, by] = MOVES[key];
    next = { ...cursor, [axis]: Math.max(0, Math.min(limits[axis] - 1, cursor[axis] + by)) };
  } else if (key === "Home") next = { ...cursor, row: 0, column: 0 };
  else if (key === "End") next = { ...cursor, row: panel.rows - 1, column: panel.columns - 1 };
  if (next) {
    pause(stepper);
    moveCursor(panel, next);
    panel.planes[next.plane].grid.focus();
    look(stepper, panel);
    return true;
  }
  if (key === "Enter" && panel.kind === "y") {
    togglePin(stepper, focusOf(stepper, panel, cursor).step);
    return true;
  }
  if (!/^[-+.,\d−]$|^Enter$/.test(key) || !editable(stepper, panel, cursor)) return false;
  openEditor(stepper, panel, cursor, key === "Enter" ? undefined : key);
  return true;
}

// Look at the cell where the keyboard is.
function look(stepper, panel) {
  stepper.keyboard = true;
  const focus = focusOf(stepper, panel, panel.cursor);
  if (panel.kind === "y") goTo(stepper, focus.step);
  else stepper.hover = focus;
  stepper.schedule();
}

function onFocus(stepper, event) {
  const found = gridOf(stepper, event.target);
  if (found && event.target === found.grid && found.grid.matches(":focus-visible")) look(stepper, found.panel);
}

function onBlur(stepper) {
  if (!stepper.keyboard) return;
  stepper.keyboard = false;
  stepper.hover = null;
  stepper.schedule();
}
