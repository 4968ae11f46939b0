// A learned kernel, step by step: loss, numbers and maps. Every number shown is in the scene.

const films = new WeakMap(); // the component's place in the page → its film
const SPEED = 90; // milliseconds a frame
const SVG = "http://www.w3.org/2000/svg";
const MAPS = ["Y", "prediction", "error"];
const ICONS = { // 16 × 16
  first: "M3 3h2v10H3zM13 3v10L6 8z",
  back: "M11 3v10L4 8z",
  play: "M4 2.5v11L13 8z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  forward: "M5 3v10l7-5z",
};

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children); // strings become text nodes, never HTML
  return node;
}

function draw(tag, attributes, text) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text !== undefined) node.textContent = text;
  return node;
}

function format(value, digits = 3) {
  if (value === null || value === undefined) return "–";
  const size = Math.abs(value);
  const text = size !== 0 && (size >= 10 ** (digits + 2) || size < 10 ** -digits)
    ? value.toExponential(1) : String(Number(value.toPrecision(digits)));
  return text.replace(/-/g, "−");
}

function unpack(text, bytes) {
  const raw = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;
  return bytes === 8 ? new Float64Array(raw) : new Float32Array(raw);
}

// White is 0, blue below, red above.
function color(share) {
  const to = share < 0 ? [33, 102, 172] : [178, 24, 43];
  const strength = Math.min(1, Math.abs(share) || 0);
  return to.map((end) => Math.round(255 + strength * (end - 255)));
}

// Black on light, white on dark: 4.5 : 1 at least, whatever the colour.
function ink(rgb) {
  const [red, green, blue] = rgb.map((part) =>
    part > 10 ? ((part / 255 + 0.055) / 1.055) ** 2.4 : part / 255 / 12.92);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#000" : "#fff";
}

const largest = (values) => values.reduce((most, value) =>
  Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most, 0);

function read(scene) {
  const weights = unpack(scene.weights, 8);
  const predictions = unpack(scene.predictions, 4);
  const y = unpack(scene.y, 4);
  const truth = scene.truth && unpack(scene.truth, 8);
  const numbers = scene.shape.reduce((product, n) => product * n, 1);
  const last = weights.subarray(weights.length - numbers);
  // One scale for the whole film, so that a colour means the same number in every frame; a kernel
  // that ran away would bleach all others.
  const kernelLimit = largest(truth ?? last) || 1;
  const x = unpack(scene.x, 4);
  return { ...scene, x, weights, predictions, y, truth, numbers, kernelLimit, yLimit: largest(y) || 1 };
}

function button(label, icon, onClick) {
  const node = make("button", { type: "button" });
  name(node, label, icon);
  node.addEventListener("click", onClick);
  return node;
}

function name(node, label, icon) {
  const svg = draw("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" });
  svg.append(draw("path", { d: ICONS[icon] }));
  node.replaceChildren(svg);
  node.title = label;
  node.setAttribute("aria-label", label);
}

function player(film) {
  const to = (frame) => () => { pause(film); show(film, frame()); };
  film.playButton = button("Play", "play", () => (film.timer ? pause(film) : play(film)));
  film.slider = make("input", { type: "range", min: 0, step: 1, "aria-label": "Step" });
  film.slider.addEventListener("input", () => { pause(film); show(film, Number(film.slider.value)); });
  film.counter = make("span", { class: "convlab-film-step" });
  const row = make("div", { class: "convlab-film-player", role: "group", "aria-label": "Player" });
  row.append(
    button("First step", "first", to(() => 0)),
    button("Step back", "back", to(() => film.frame - 1)),
    film.playButton,
    button("Step forward", "forward", to(() => film.frame + 1)),
    film.slider,
    film.counter,
  );
  return row;
}

function play(film) {
  if (film.frame >= film.scene.steps.length - 1) show(film, 0);
  name(film.playButton, "Pause", "pause");
  film.timer = setInterval(() => {
    if (film.frame >= film.scene.steps.length - 1) pause(film);
    else show(film, film.frame + 1);
  }, SPEED);
}

function pause(film) {
  clearInterval(film.timer);
  film.timer = null;
  name(film.playButton, "Play", "play");
}

// ---- the loss

function lossChart(film) {
  const { losses, steps, taken } = film.scene;
  const width = 360, height = 190, left = 46, right = 10, top = 8, bottom = 34;
  const positive = losses.filter((loss) => loss > 0);
  const lowest = Math.max(1e-30, Math.min(...positive, 1)), highest = Math.max(...positive, lowest * 10);
  let low = Math.floor(Math.log10(lowest)), high = Math.ceil(Math.log10(highest));
  if (high === low) high += 1;
  const most = Math.max(1, taken); // while it is learned, more than the steps so far
  const x = (step) => left + (step / most) * (width - left - right);
  const y = (loss) => top + ((high - Math.log10(Math.max(loss, lowest))) / (high - low)) * (height - top - bottom);
  const svg = draw("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "Loss by step, on a log scale" });
  const every = Math.max(1, Math.ceil((high - low) / 5));
  for (let power = low; power <= high; power += every) {
    svg.append(draw("line", { x1: left, x2: width - right, y1: y(10 ** power), y2: y(10 ** power), class: "rule" }));
    const label = power >= -2 && power <= 3 ? String(Number((10 ** power).toPrecision(1))) : `1e${power}`.replace("-", "−");
    svg.append(draw("text", { x: left - 6, y: y(10 ** power) + 4, "text-anchor": "end" }, label));
  }
  for (const [step, anchor] of [[0, "start"], [most, "end"]]) {
    svg.append(draw("text", { x: x(step), y: height - bottom + 16, "text-anchor": anchor }, step.toLocaleString("en")));
  }
  svg.append(draw("text", { x: (left + width - right) / 2, y: height - 6, "text-anchor": "middle" }, "Step"));
  const points = losses.map((loss, i) => `${x(steps[i])},${y(loss)}`).join(" ");
  svg.append(draw("polyline", { points, class: "curve" }));
  film.marker = draw("circle", { r: 5, class: "marker" });
  svg.append(film.marker);
  film.place = (frame) => [x(steps[frame]), y(losses[frame])];
  svg.addEventListener("click", (event) => {
    const box = svg.getBoundingClientRect();
    const step = ((((event.clientX - box.left) / box.width) * width - left) / (width - left - right)) * most;
    const near = (i) => Math.abs(steps[i] - step);
    pause(film);
    show(film, steps.reduce((best, _, i) => (near(i) < near(best) ? i : best), 0));
  });
  return svg;
}

// ---- the kernel

function kernelGrid(film, values, name, onPick) {
  const [outputs, inputs, rows, columns] = film.scene.shape;
  const digits = columns > 5 ? 2 : 3;
  const cells = [];
  const grids = make("div", { class: "convlab-film-kernels" });
  for (let o = 0; o < outputs; o++) for (let c = 0; c < inputs; c++) {
    const grid = make("div", { class: "convlab-film-grid", role: "group", "aria-label": name });
    grid.style.gridTemplateColumns = `repeat(${columns}, minmax(0, ${columns > 5 ? 38 : 54}px))`;
    for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) {
      const cell = make(onPick ? "button" : "span", { class: "convlab-film-cell" });
      if (onPick) {
        cell.type = "button";
        cell.title = `Weight row ${i}, column ${j}: click to see its gradient`;
        cell.addEventListener("click", () => onPick([o, c, i, j]));
      }
      grid.append(cell);
      cells.push(cell);
    }
    const single = outputs === 1 && inputs === 1;
    grids.append(single ? grid : make("div", {}, make("small", {}, `out ${o}, in ${c}`), grid));
  }
  const fill = (numbers) => numbers.forEach((value, at) => {
    const shade = color(value / film.scene.kernelLimit);
    cells[at].style.background = `rgb(${shade.join(", ")})`;
    cells[at].style.color = ink(shade);
    cells[at].textContent = format(value, digits);
    cells[at].dataset.value = value;
  });
  if (values) fill(values);
  return { node: grids, fill };
}

// ---- the maps

function mapRow(film) {
  const { window: [, , height, width], whole, shape } = film.scene;
  const row = make("div", { class: "convlab-film-maps" });
  film.canvases = [];
  row.append(make("figure", {}, pictureOf(film.scene), make("figcaption", {}, "X")));
  for (let o = 0; o < shape[0]; o++) for (const name of MAPS) {
    const canvas = make("canvas", { width, height, role: "img", "aria-label": `${name}, output ${o}` });
    const part = height < whole[0] || width < whole[1] ? `, middle ${height}×${width}` : "";
    const label = (name === "error" ? "prediction − Y" : name) + (shape[0] > 1 ? ` (out ${o})` : "") + (name === "Y" ? part : "");
    row.append(make("figure", {}, canvas, make("figcaption", {}, label)));
    film.canvases.push({ canvas, name, o });
  }
  return row;
}

// X as it is: grey, or in colours where it has three channels; else its first channel.
function pictureOf({ x, x_shape: [channels, height, width] }) {
  const canvas = make("canvas", { width, height, role: "img", "aria-label": "X" });
  const size = height * width, low = Math.min(0, ...x), range = Math.max(...x) - low || 1;
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  for (let at = 0; at < size; at++) {
    const parts = [0, 1, 2].map((c) => x[(channels === 3 ? c * size : 0) + at]);
    image.data.set([...parts.map((part) => Math.round((255 * (part - low)) / range)), 255], 4 * at);
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

function paint(film) {
  const { predictions, y, yLimit, window: [, , height, width] } = film.scene;
  const size = height * width;
  for (const { canvas, name, o } of film.canvases) {
    const context = canvas.getContext("2d");
    const image = context.createImageData(width, height);
    for (let at = 0; at < size; at++) {
      const target = y[o * size + at];
      const guess = predictions[film.frame * y.length + o * size + at];
      const value = name === "Y" ? target : name === "error" ? guess - target : guess;
      image.data.set([...color(value / yLimit), 255], 4 * at);
    }
    context.putImageData(image, 0, 0);
  }
}

// ---- all together

function show(film, frame) {
  const { scene } = film;
  film.frame = Math.max(0, Math.min(scene.steps.length - 1, frame));
  const at = film.frame;
  film.slider.value = at;
  film.counter.textContent = `step ${scene.steps[at].toLocaleString("en")} of ${scene.taken.toLocaleString("en")}`;
  film.learned.fill([...scene.weights.subarray(at * scene.numbers, (at + 1) * scene.numbers)]);
  const [x, y] = film.place(at);
  film.marker.setAttribute("cx", x);
  film.marker.setAttribute("cy", y);
  const facts = [["Loss", format(scene.losses[at], 4)]];
  if (scene.distances[at] !== null) facts.push(["Largest error of a weight", format(scene.distances[at], 4)]);
  if (scene.biases[at]) facts.push(["Bias", scene.biases[at].map((bias) => format(bias)).join(", ")]);
  film.facts.replaceChildren(...facts.map(([name, value]) =>
    make("span", {}, `${name} `, make("b", {}, value))));
  paint(film);
}

function build(film) {
  const { scene } = film;
  const pick = (position) => film.report("picked", { position, step: scene.steps[film.frame] });
  film.learned = kernelGrid(film, null, "Learned kernel", pick);
  const kernels = make("div", { class: "convlab-film-pair" },
    make("section", {}, make("h2", {}, "Learned kernel"), film.learned.node));
  if (scene.truth) {
    kernels.append(make("section", {}, make("h2", {}, "True kernel"),
      kernelGrid(film, scene.truth, "True kernel").node));
  }
  film.facts = make("div", { class: "convlab-film-facts" });
  const loss = make("section", { class: "convlab-film-loss" }, make("h2", {}, "Loss, log scale"), lossChart(film));
  const controls = player(film);
  film.slider.max = scene.steps.length - 1;
  controls.inert = scene.live; // each new piece of the film shows its last frame
  film.root.replaceChildren(controls, film.facts,
    make("div", { class: "convlab-film-top" }, loss, kernels), mapRow(film));
}

export default function ({ data, parentElement, setStateValue }) {
  let film = films.get(parentElement);
  if (!film) {
    film = { root: make("div", { class: "convlab-film" }), timer: null };
    parentElement.append(film.root);
    films.set(parentElement, film);
  }
  film.report = setStateValue;
  const look = data.weights + data.y + data.losses.join() + data.live;
  if (look !== film.look) { // other updates of the page leave the frame where it is
    clearInterval(film.timer);
    Object.assign(film, { look, timer: null, scene: read(data) });
    build(film);
    show(film, film.scene.steps.length - 1);
  }
  return () => {
    clearInterval(film.timer);
    film.root.remove();
    films.delete(parentElement);
  };
}
