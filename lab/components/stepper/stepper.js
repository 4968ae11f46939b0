// The stepper itself: made once per place in the page, fed with every scene.

const steppers = new WeakMap(); // the component's place in the page → its stepper
const SAYING = 2500; // milliseconds between two sentences for a screen reader while it plays

function create(place) {
  const stepper = { place, hover: null, step: 0, pin: null, output: 0, waiting: [], keyboard: false };
  stepper.panels = {
    x: makePanel("x", "Input"),
    weight: makePanel("weight", "Kernel"),
    bias: makePanel("bias", "Bias"),
    y: makePanel("y", "Output"),
  };
  const { x, weight, bias, y } = stepper.panels;
  weight.note = make("p", { class: "convlab-note" });
  weight.body.before(weight.note);
  weight.legend.before(bias.body);
  for (const panel of [x, y]) makeViews(stepper, panel);
  stepper.player = makePlayer(stepper);
  stepper.matrix = makeMatrix(stepper);
  stepper.player.row.append(stepper.matrix.button);
  stepper.operator = make("span", { class: "convlab-operator", "aria-hidden": "true" });
  stepper.equals = stepper.operator.cloneNode();
  const panels = make("div", { class: "convlab-panels" });
  panels.append(x.node, stepper.operator, weight.node, stepper.equals, y.node);
  stepper.sums = make("div", { class: "convlab-arithmetic", role: "group", "aria-label": "Arithmetic" });
  stepper.head = make("div", { class: "convlab-head" });
  stepper.foot = make("div", { class: "convlab-foot" });
  stepper.products = make("div", { class: "convlab-scroll", tabindex: 0 }); // arrow keys scroll it
  stepper.sums.append(stepper.head, stepper.products, stepper.foot);
  stepper.live = make("div", { class: "convlab-live", "aria-live": "polite" });
  stepper.node = make("div", { class: "convlab-stepper" });
  stepper.node.append(stepper.player.row, panels, stepper.matrix.node, stepper.sums, stepper.live);
  place.append(stepper.node);
  stepper.schedule = scheduler(() => render(stepper));
  listen(stepper);
  return stepper;
}

// Many calls, one run: with the next picture that the browser draws.
function scheduler(run) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      run();
    });
  };
}

function listen(stepper) {
  const { node } = stepper;
  const on = (name, act) => node.addEventListener(name, (event) => act(stepper, event));
  on("pointermove", onMove);
  on("pointerdown", onPress);
  on("click", onClick);
  on("dblclick", (_, event) => {
    const at = placeAt(stepper, event);
    if (at) openEditor(stepper, at.panel, at.place);
  });
  on("pointerleave", (_, event) => {
    if (event.pointerType === "touch") return; // a tap stays
    stepper.hover = null;
    stepper.schedule();
  });
  on("keydown", onKey);
  on("focusin", onFocus);
  on("focusout", onBlur);
  stepper.away = new AbortController(); // the listeners outside the component's own nodes
  document.addEventListener("paste", (event) => onPaste(stepper, event), { signal: stepper.away.signal });
  stepper.observer = new ResizeObserver(() => {
    if (stepper.scene && node.clientWidth && node.clientWidth !== stepper.width) redraw(stepper);
  });
  stepper.observer.observe(node);
}

function accept(stepper, data) {
  const before = stepper.scene;
  const scene = decode(data);
  const { operation, kernel_size, layers, frame } = scene;
  const sizes = [scene.x.shape, frame.shape, frame.before, kernel_size, scene.y.shape, layers, operation];
  const kind = JSON.stringify([...sizes, Boolean(scene.bias)]);
  stepper.scene = scene;
  if (kind !== stepper.kind) rebuild(stepper, before);
  stepper.kind = kind;
  stepper.panels.bias.body.hidden = !scene.bias;
  const pin = JSON.stringify(data.pin);
  if (pin !== stepper.givenPin && pin !== JSON.stringify(stepper.sentPin)) {
    const { shape } = scene.y;
    const there = data.pin?.length === shape.length && data.pin.every((at, i) => at >= 0 && at < shape[i]);
    stepper.pin = there ? ravel(data.pin, shape) : null;
    if (there) stepper.step = stepper.pin;
  }
  stepper.givenPin = pin;
  const operators = { correlation: "⋆", convolution: "∗", transposed: "⋆ᵀ", pooling: "→" };
  stepper.operator.textContent = operators[scene.operation];
  stepper.equals.textContent = scene.pooling ? "→" : "=";
}

// Other sizes need other grids; step and pin stay where they still exist.
function rebuild(stepper, before) {
  const { scene, panels } = stepper;
  const held = gridOf(stepper, document.activeElement)?.panel;
  closeEditor(stepper, false);
  for (const panel of Object.values(panels)) buildPanel(panel, scene);
  stepper.hover = null;
  stepper.step = Math.min(stepper.step, scene.steps - 1);
  if (before && stepper.pin !== null) {
    const place = unravel(stepper.pin, before.y.shape);
    const fits = place.length === scene.y.shape.length && place.every((at, i) => at < scene.y.shape[i]);
    stepper.pin = fits ? ravel(place, scene.y.shape) : null;
  }
  const { channel, cell } = outputCell(scene, stepper.step);
  moveCursor(panels.y, locate(panels.y, channel, cell));
  held?.planes[held.cursor.plane].grid.focus();
}

function redraw(stepper) {
  const { scene, panels } = stepper;
  stepper.theme = themeOf(stepper.place);
  stepper.node.style.colorScheme = stepper.theme.dark ? "dark" : "light";
  stepper.scales = scalesOf(scene, stepper.theme);
  nameGrids(stepper);
  arrange(stepper);
  drawPanel(stepper, panels.x);
  drawPanel(stepper, panels.y);
  stepper.drawnOutput = null;
  drawMatrix(stepper);
  render(stepper);
}

// What changes with every hover: the lit cells, the arithmetic, the step.
function render(stepper) {
  const { scene, panels, hover, step } = stepper;
  if (!stepper.node.isConnected) return;
  stepper.focus = hover ?? { kind: "y", step };
  const shown = { y: stepper.focus.step, matrix: stepper.focus.row }[stepper.focus.kind] ?? step;
  stepper.output = Math.floor(shown / scene.pixels);
  if (stepper.output !== stepper.drawnOutput) drawKernel(stepper);
  stepper.drawnOutput = stepper.output;
  const marks = lightsOf(stepper);
  const held = stepper.keyboard && gridOf(stepper, document.activeElement)?.panel;
  if (held) marks[held.kind].push(cursorMark(held, stepper.theme));
  for (const panel of Object.values(panels)) {
    if (panel.kind !== "bias" || scene.bias) drawMarks(panel, stepper.theme, marks[panel.kind]);
  }
  lightMatrix(stepper);
  showStep(stepper, shown);
  showArithmetic(stepper, shown);
}

function showArithmetic(stepper, shown) {
  const { scene, focus } = stepper;
  const { head, body, foot, words } = explain(stepper);
  stepper.head.textContent = head;
  stepper.products.replaceChildren(...body);
  stepper.foot.replaceChildren(...foot);
  const output = focus.kind === "y" || focus.kind === "matrix";
  say(stepper, output ? `Step ${shown + 1} of ${scene.steps}. ${words}` : words);
}

// Tell a screen reader, but not more often than it can speak.
function say(stepper, words) {
  clearTimeout(stepper.saying);
  const wait = stepper.player.timer ? SAYING - (Date.now() - (stepper.said ?? 0)) : 150;
  stepper.saying = setTimeout(() => {
    stepper.said = Date.now();
    if (stepper.live.textContent !== words) stepper.live.textContent = words;
  }, Math.max(0, wait));
}

function remove(stepper) {
  clearInterval(stepper.player.timer);
  clearTimeout(stepper.saying);
  clearTimeout(stepper.asked);
  stepper.away.abort();
  stepper.observer.disconnect();
  stepper.node.remove();
  steppers.delete(stepper.place);
}

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  if (!steppers.has(parentElement)) steppers.set(parentElement, create(parentElement));
  const stepper = steppers.get(parentElement);
  Object.assign(stepper, { setStateValue, setTriggerValue });
  if (data !== stepper.data) {
    accept(stepper, data);
    stepper.data = data;
    if (stepper.asked) sendNext(stepper); // this scene is the answer
  }
  redraw(stepper);
  return () => remove(stepper);
}
