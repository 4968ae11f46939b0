// What the panels show: the numbers, how often each input is used, how much padding each output met.

const VIEWS = { x: ["Numbers", "Coverage"], y: ["Numbers", "Padding"] };
const VIEW_HINTS = {
  Coverage: "How many kernel cells meet each input on the whole way",
  Padding: "How many kernel cells lie in padding, per output",
};

function makeViews(stepper, panel) {
  const group = make("div", { class: "convlab-views", role: "group", "aria-label": `${panel.title.textContent} shows` });
  panel.view = "Numbers";
  for (const name of VIEWS[panel.kind]) {
    const button = make("button", { type: "button", "aria-pressed": name === panel.view }, name);
    if (VIEW_HINTS[name]) button.title = VIEW_HINTS[name];
    button.addEventListener("click", () => {
      panel.view = name;
      for (const other of group.children) other.setAttribute("aria-pressed", other === button);
      drawPanel(stepper, panel);
    });
    group.append(button);
  }
  panel.head.append(group);
}

function scalesOf(scene, theme) {
  return {
    x: signedScale(scene.x.values, theme),
    y: signedScale(scene.hidden ? [] : scene.y.values, theme),
    weight: signedScale(scene.weight ? scene.weight.values : [], theme),
    bias: signedScale(scene.bias ? scene.bias.values : [], theme),
    coverage: countScale(scene.coverage, theme, true),
    influence: countScale(scene.influence, theme, false),
  };
}

// Draw a panel's lower canvases in its view.
function drawPanel(stepper, panel) {
  const { scene, theme, scales } = stepper;
  const look = { x: inputLook, y: outputLook, weight: weightLook, bias: biasLook }[panel.kind];
  drawBase(panel, theme, look(stepper, panel));
  const counts = { Coverage: scales.coverage, Padding: scales.influence }[panel.view];
  const empty = panel.kind === "bias" || (panel.kind === "weight" && !scene.weight);
  panel.legend.hidden = empty || (panel.kind === "y" && scene.hidden && !counts);
  if (!panel.legend.hidden) showLegend(panel, counts ?? scales[panel.kind]);
}

function inputLook({ scene, theme, scales }, panel) {
  const nothing = css(mix(theme.zero, theme.page, 0.5));
  const faint = css(theme.faint);
  return (channel, cell) => {
    const padding = !scene.inside[cell];
    const source = scene.frame.sources[cell];
    if (panel.view === "Coverage") {
      if (padding) return { fill: nothing, padding };
      return { ...scales.coverage.of(scene.coverage[source]), value: scene.coverage[source] };
    }
    const { value } = standing(scene, channel, cell);
    if (!padding) return { ...scales.x.of(value), value };
    const fill = source < 0 ? nothing : scales.x.of(value).faded;
    return { fill, ink: faint, padding, value: value ?? undefined };
  };
}

function outputLook({ scene, theme, scales }, panel) {
  return (channel, cell) => {
    if (panel.view === "Padding") {
      return { ...scales.influence.of(scene.influence[cell]), value: scene.influence[cell] };
    }
    if (scene.hidden) return { fill: css(theme.zero), ink: css(theme.faint), value: "?" };
    const value = scene.y.values[channel * scene.pixels + cell];
    return { ...scales.y.of(value), value };
  };
}

function weightLook({ scene, theme, scales, output }) {
  return (layer, cell) => {
    if (!scene.weight) return { fill: hueOf(cell, scene.cells, theme.dark, 0.22) };
    const value = weightAt(scene, output, layer, cell);
    return { ...scales.weight.of(value), value };
  };
}

function biasLook({ scene, scales, output }) {
  return () => ({ ...scales.bias.of(scene.bias.values[output]), value: scene.bias.values[output] });
}

// The kernel's own colours, which never go out: a corner of each cell.
function drawCorners(panel, scene, theme) {
  const size = Math.max(4, Math.min(panel.wide, panel.high) * 0.26);
  panel.planes.forEach((plane, index) => {
    const context = plane.base.getContext("2d");
    for (let row = 0; row < panel.rows; row++) {
      for (let column = 0; column < panel.columns; column++) {
        const { cell } = address(panel, { plane: index, row, column });
        const x = panel.left + column * panel.wide + 1;
        const y = panel.top + row * panel.high + 1;
        context.fillStyle = hueOf(cell, scene.cells, theme.dark);
        context.beginPath();
        context.moveTo(x, y);
        context.lineTo(x + size, y);
        context.lineTo(x, y + size);
        context.fill();
      }
    }
  });
}

// The kernel panel shows the stacks of one output channel.
function drawKernel(stepper) {
  const { scene, theme, panels } = stepper;
  drawPanel(stepper, panels.weight);
  drawCorners(panels.weight, scene, theme);
  if (scene.bias) drawPanel(stepper, panels.bias);
  nameKernel(stepper);
}

const sizeText = (sizes) => sizes.join(" × ");

function nameKernel({ scene, panels, output }) {
  const { weight, bias, x } = panels;
  const of = scene.outputs > 1 ? `for output channel ${output}` : "";
  const turned = scene.operation === "convolution" ? "turned round when laid on" : "";
  weight.title.textContent = scene.pooling ? "Window" : "Kernel";
  weight.note.textContent = scene.pooling
    ? scene.pooling.text
    : [of, turned].filter(Boolean).join(", ");
  weight.planes.forEach((plane, index) => {
    const meets = channelOf(scene, output, plane.channel);
    const several = scene.axes > 1 && x.channels > 1 && !scene.pooling;
    plane.caption.textContent = captionOf(scene, several ? `meets channel ${meets}` : "", plane, weight);
    const rows = Array.from({ length: weight.rows }, (_, row) => channelOf(scene, output, row)).join(", ");
    const layers = scene.axes === 1 ? ` of input channels ${rows}` : ` of input channel ${meets}`;
    labelGrid(plane, `Kernel${scene.pooling ? "" : layers}, output channel ${output}`, weight);
  });
  if (!scene.bias) return;
  bias.planes[0].caption.textContent = "bias";
  bias.planes[0].grid.setAttribute("aria-label", `Bias of output channel ${output}`);
}

function captionOf(scene, channel, plane, panel) {
  const slice = panel.depth > 1 ? `slice ${plane.slice}` : "";
  return [channel, slice].filter(Boolean).join(", ");
}

function labelGrid(plane, title, panel) {
  const slice = panel.depth > 1 ? `, slice ${plane.slice}` : "";
  const size = `${panel.rows} rows, ${panel.columns} columns`;
  plane.grid.setAttribute("aria-label", `${title}${slice}: ${size}. Arrow keys move.`);
}

function nameGrids({ scene, panels }) {
  const { x, y, weight } = panels;
  x.size.textContent = sizeText(scene.x.shape);
  weight.size.textContent = sizeText(scene.weight ? scene.weight.shape : scene.kernel_size);
  y.size.textContent = scene.hidden ? "?" : sizeText(scene.y.shape);
  y.body.classList.toggle("convlab-unknown", scene.hidden === "size");
  for (const [panel, title] of [[x, "Input"], [y, "Output"]]) {
    for (const plane of panel.planes) {
      const channel = scene.axes > 1 && panel.channels > 1 ? `channel ${plane.channel}` : "";
      plane.caption.textContent = captionOf(scene, channel, plane, panel);
      labelGrid(plane, `${title}${channel && `, ${channel}`}`, panel);
    }
  }
}
