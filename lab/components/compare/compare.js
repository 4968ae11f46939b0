const MOST_ZOOM = 64;
const MOST_HEIGHT = 640; // pixels
const WAIT = 250; // milliseconds without a move, before a closer look is asked for
const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const places = new WeakMap(); // the component's place in the page → what is drawn there

function element(kind, name, parent) {
  const made = document.createElement(kind);
  if (name) made.className = `convlab-compare-${name}`;
  parent.append(made);
  return made;
}

function pane(frame) {
  const node = element("div", "pane", frame);
  const sheet = element("div", "sheet", node);
  return {
    node, sheet,
    picture: element("img", "", sheet),
    detail: element("img", "", sheet),
    pin: element("div", "pin", sheet),
    label: element("div", "label", node),
  };
}

function create(parent, { beside }) {
  const root = element("div", "", parent);
  root.className = "convlab-compare";
  const bar = element("div", "bar", root);
  const frame = element("div", "frame", root);
  frame.tabIndex = 0;
  frame.setAttribute("role", "application");
  frame.setAttribute("aria-label", "Before and after. Arrow keys mark a pixel, with Shift ten further; + and − zoom.");
  const shown = { root, bar, frame, zoom: 1, left: 0, top: 0, beside, region: "null" };
  shown.panes = [pane(frame), pane(frame)];
  shown.edge = element("div", "edge", frame);
  shown.slider = element("input", "", bar);
  Object.assign(shown.slider, { type: "range", min: 0, max: 100, step: 0.5, value: 50 });
  shown.slider.setAttribute("aria-label", "Between before and after");
  shown.slider.oninput = () => lay(shown);
  button(shown, "−", "Zoom out", () => zoom(shown, 1 / 2));
  button(shown, "+", "Zoom in", () => zoom(shown, 2));
  button(shown, "All", "The whole picture", () => zoom(shown, 0));
  shown.mode = button(shown, "Side by side", "Side by side, or a slider", () => {
    shown.beside = !shown.beside;
    lay(shown);
  });
  listen(shown);
  shown.observer = new ResizeObserver(() => lay(shown));
  shown.observer.observe(root);
  return shown;
}

function button(shown, text, label, act) {
  const made = element("button", "", shown.bar);
  made.type = "button";
  made.textContent = text;
  made.setAttribute("aria-label", label);
  made.title = label;
  made.onclick = act;
  return made;
}

// Where a pointer is, as a share of the picture.
function at(shown, node, event) {
  const box = node.getBoundingClientRect();
  const x = (event.clientX - box.left) / box.width / shown.zoom + shown.left;
  const y = (event.clientY - box.top) / box.height / shown.zoom + shown.top;
  return [Math.min(Math.max(x, 0), 1), Math.min(Math.max(y, 0), 1)];
}

function zoom(shown, factor, [x, y] = [shown.left + 0.5 / shown.zoom, shown.top + 0.5 / shown.zoom]) {
  const before = shown.zoom;
  shown.zoom = Math.min(Math.max(before * factor, 1), MOST_ZOOM);
  shown.left = x - ((x - shown.left) * before) / shown.zoom;
  shown.top = y - ((y - shown.top) * before) / shown.zoom;
  lay(shown);
  look(shown);
}

function listen(shown) {
  shown.frame.onkeydown = (event) => onKey(shown, event);
  for (const { node } of shown.panes) {
    let from = null;
    let moved = false;
    node.onpointerdown = (event) => {
      from = { x: event.clientX, y: event.clientY, left: shown.left, top: shown.top };
      moved = false;
    };
    node.onpointermove = (event) => {
      if (!from || !event.buttons) return;
      const [x, y] = [event.clientX - from.x, event.clientY - from.y];
      if (!moved && Math.hypot(x, y) < 4) return;
      if (!moved) node.setPointerCapture(event.pointerId);
      moved = true;
      shown.left = from.left - x / node.clientWidth / shown.zoom;
      shown.top = from.top - y / node.clientHeight / shown.zoom;
      lay(shown);
    };
    node.onpointerup = (event) => {
      if (!from) return;
      from = null;
      if (moved) return look(shown);
      const [x, y] = at(shown, node, event);
      const row = Math.min(Math.floor(y * shown.data.rows), shown.data.rows - 1);
      const column = Math.min(Math.floor(x * shown.data.columns), shown.data.columns - 1);
      shown.tell("pin", [row, column]);
    };
    node.onpointercancel = () => { from = null; };
    node.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return; // a plain wheel scrolls the page
      event.preventDefault();
      zoom(shown, event.deltaY < 0 ? 1.25 : 0.8, at(shown, node, event));
    }, { passive: false });
  }
}

function onKey(shown, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key in MOVES) mark(shown, MOVES[event.key].map((by) => by * (event.shiftKey ? 10 : 1)));
  else if (event.key === "+" || event.key === "-") zoom(shown, event.key === "+" ? 2 : 1 / 2);
  else return;
  event.preventDefault();
  event.stopPropagation(); // Streamlit has keys of its own
}

// Move the marked pixel, at first from the middle, and what is seen with it.
function mark(shown, [down, right]) {
  const { rows, columns, pin } = shown.data;
  const side = 1 / shown.zoom;
  const [row, column] = pin
    ?? [(shown.top + side / 2) * rows, (shown.left + side / 2) * columns].map(Math.floor);
  const within = (at, least, most) => Math.min(Math.max(at, least), most);
  shown.marked = [within(row + down, 0, rows - 1), within(column + right, 0, columns - 1)];
  shown.data = { ...shown.data, pin: shown.marked };
  const [y, x] = [(shown.marked[0] + 0.5) / rows, (shown.marked[1] + 0.5) / columns];
  shown.top = within(shown.top, y - side, y);
  shown.left = within(shown.left, x - side, x);
  fill(shown);
  lay(shown);
  look(shown);
}

// Once nothing moves, tell what was marked, and ask for the pixels that a shrunk picture does not hold.
function look(shown) {
  clearTimeout(shown.waiting);
  shown.waiting = setTimeout(() => {
    const side = 1 / shown.zoom;
    const region = shown.zoom > 1 ? [shown.left, shown.top, side, side] : null;
    if (shown.marked) shown.tell("pin", shown.marked);
    if (JSON.stringify(region) !== shown.region) shown.tell("region", region);
    Object.assign(shown, { marked: null, region: JSON.stringify(region) });
  }, WAIT);
}

function lay(shown) {
  if (!shown.data) return; // seen by the observer before it was filled
  const { data, frame, panes, edge, slider } = shown;
  const side = 1 / shown.zoom;
  shown.left = Math.min(Math.max(shown.left, 0), 1 - side);
  shown.top = Math.min(Math.max(shown.top, 0), 1 - side);
  frame.toggleAttribute("data-beside", shown.beside);
  shown.mode.textContent = shown.beside ? "Slider" : "Side by side";
  slider.style.visibility = shown.beside ? "hidden" : "visible";
  edge.style.display = shown.beside ? "none" : "block";
  edge.style.left = `calc(${slider.value}% - 1px)`;
  const across = shown.beside ? 2 : 1;
  frame.style.maxWidth = `${((MOST_HEIGHT * data.columns) / data.rows) * across}px`;
  panes.forEach((pane, i) => {
    pane.node.style.aspectRatio = `${data.columns} / ${data.rows}`;
    pane.node.style.clipPath = i && !shown.beside ? `inset(0 0 0 ${slider.value}%)` : "";
    pane.label.style[i ? "right" : "left"] = "6px";
    const [x, y] = [shown.left, shown.top].map((share) => -100 * share * shown.zoom);
    pane.sheet.style.transform = `translate(${x}%, ${y}%) scale(${shown.zoom})`;
    const scale = (shown.zoom * pane.node.clientWidth) / data.columns;
    pane.picture.toggleAttribute("data-sharp", scale > 2);
    pane.detail.toggleAttribute("data-sharp", scale > 2);
  });
}

function fill(shown) {
  const { data } = shown;
  shown.panes.forEach((pane, i) => {
    const { label, picture, detail } = data.panes[i];
    pane.label.textContent = label;
    if (pane.picture.src !== picture) pane.picture.src = picture;
    pane.picture.alt = label;
    pane.detail.alt = ""; // more of the same picture
    pane.detail.style.display = detail ? "block" : "none";
    if (detail) {
      pane.detail.src = detail;
      const [left, top, width, height] = data.box.map((share) => `${100 * share}%`);
      Object.assign(pane.detail.style, { left, top, width, height });
    }
    pane.pin.style.display = data.pin ? "block" : "none";
    if (data.pin) {
      const [row, column] = data.pin;
      Object.assign(pane.pin.style, {
        left: `${(100 * column) / data.columns}%`, top: `${(100 * row) / data.rows}%`,
        width: `${100 / data.columns}%`, height: `${100 / data.rows}%`,
        borderWidth: `${2 / shown.zoom}px`, translate: `-${2 / shown.zoom}px -${2 / shown.zoom}px`,
      });
    }
  });
}

export default function ({ data, parentElement, setStateValue }) {
  if (!places.has(parentElement)) places.set(parentElement, create(parentElement, data));
  const shown = places.get(parentElement);
  const other = shown.data && (shown.data.rows !== data.rows || shown.data.columns !== data.columns);
  if (other) Object.assign(shown, { zoom: 1, left: 0, top: 0 });
  Object.assign(shown, { data, tell: setStateValue });
  fill(shown);
  lay(shown);
  return () => {
    clearTimeout(shown.waiting);
    shown.observer.disconnect();
    shown.root.remove();
    places.delete(parentElement);
  };
}
