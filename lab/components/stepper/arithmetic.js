// What is looked at, in numbers and words.

const MOST_LISTED = 200; // uses of one input; every product of an output is always there

function explain(stepper) {
  const { focus } = stepper;
  if (focus.kind === "x") return explainInput(stepper, focus);
  if (focus.kind === "weight") return explainWeight(stepper, focus);
  if (focus.kind === "bias") return explainBias(stepper);
  return explainOutput(stepper, focus.kind === "matrix" ? focus.row : focus.step);
}

const line = (label, middle, sum) => {
  const row = make("div", { class: "convlab-line" }, make("span", { class: "convlab-label" }, label));
  row.append(make("div", { class: "convlab-products" }, ...middle), sum ?? "");
  return row;
};

const paren = (value) => (value < 0 ? `(${format(value)})` : format(value));

function explainOutput({ scene, theme }, step) {
  const name = outputName(scene, step);
  const head = `${name} =`;
  if (scene.hidden) {
    const count = meetings(scene, step).length * scene.layers;
    const parts = `${count} ${scene.pooling ? "numbers" : "products"}`;
    return { head: `${head} ?`, body: [make("p", {}, `It is made of ${parts}: predict it.`)], foot: [], words: "" };
  }
  const met = meetings(scene, step).filter(([, at]) => !leftOut(scene, at));
  const body = scene.pooling ? poolLines(scene, theme, step, met) : channelLines(scene, theme, step, met);
  const foot = [];
  const output = Math.floor(step / scene.pixels);
  if (scene.bias) {
    const value = scene.bias.values[output];
    const number = make("span", { class: "convlab-bias", "data-value": value }, `+ ${paren(value)}`);
    foot.push(make("span", {}, make("span", { class: "convlab-label" }, "bias "), number));
  }
  const value = scene.y.values[step];
  const total = make("b", { class: "convlab-total", "data-value": value }, `= ${format(value)}`);
  foot.push(make("span", {}, make("span", { class: "convlab-label" }, `${name} `), total));
  const padding = met.filter(([, at]) => !scene.inside[at]).length;
  const from = `from ${met.length * scene.layers} ${scene.pooling ? "numbers" : "products"}`;
  const words = `${name} = ${format(value)}, ${from}${padding ? `, ${padding * scene.layers} in padding` : ""}`;
  return { head, body, foot, words };
}

const leftOut = (scene, at) => scene.frame.sources[at] < 0 && scene.frame.value === null;

function channelLines(scene, theme, step, met) {
  const output = Math.floor(step / scene.pixels);
  return Array.from({ length: scene.layers }, (_, layer) => {
    const parts = met.flatMap(([cell, at], i) => {
      const chip = chipOf(scene, theme, step, layer, cell, at);
      return i ? [" + ", chip] : [chip];
    });
    const sum = scene.sums[step * scene.layers + layer];
    const number = make("span", { class: "convlab-sum", "data-value": sum }, `= ${format(sum)}`);
    const channel = channelOf(scene, output, layer);
    const label = scene.labels.x_rows?.[channel] ?? `channel ${channel}`;
    return line(label, parts.length ? parts : ["meets nothing"], number);
  });
}

function chipOf(scene, theme, step, layer, cell, at) {
  const output = Math.floor(step / scene.pixels);
  const { value, name } = standing(scene, channelOf(scene, output, layer), at);
  const term = termAt(scene, step, layer, cell);
  const weight = scene.weight && weightAt(scene, output, layer, cell);
  const text = scene.weight ? `${paren(value)} · ${paren(weight)}` : format(value);
  const title = scene.weight
    ? `${name} × ${weightName(scene, output, layer, cell)} = ${format(term)}`
    : `${name} = ${format(value)}`;
  const chip = make("span", {
    class: "convlab-product",
    "data-value": term,
    "data-x": value,
    "data-w": weight ?? undefined,
    "data-cell": cell,
    title,
    style: `--hue: ${hueOf(cell, scene.cells, theme.dark)}`,
  }, text);
  if (scene.frame.sources[at] < 0) chip.classList.add("convlab-faint");
  if (scene.winners?.[step] === cell) chip.classList.add("convlab-winner");
  return chip;
}

function poolLines(scene, theme, step, met) {
  const { rule, text } = scene.pooling;
  const parts = met.flatMap(([cell, at], i) => {
    const chip = chipOf(scene, theme, step, 0, cell, at);
    return i ? [", ", chip] : [chip];
  });
  const channel = `channel ${channelOf(scene, Math.floor(step / scene.pixels), 0)}`;
  const lines = [
    rule === "formula"
      ? line(channel, [`${text}   with w = `, ...parts])
      : line(channel, [`${text}(`, ...parts, ")"]),
  ];
  const outside = meetings(scene, step).length - met.length;
  if (outside) lines.push(make("p", {}, `${outside} cells lie in padding and are left out.`));
  return lines;
}

const times = (count) => (count === 1 ? "once" : `${count} times`);

function explainInput({ scene, theme }, { channel, cell }) {
  const { value, name } = standing(scene, channel, cell);
  const found = uses(scene, channel, cell);
  const kind = scene.inside[cell] ? "" : scene.frame.sources[cell] < 0 ? "" : "padding, a copy of ";
  const what = `${kind}${name} = ${format(value)}`;
  let head = found.length ? `${what} is used ${times(found.length)}` : `${what} is never used`;
  if (value === null) head = `padding lies under the window ${times(found.length)}, and is left out`;
  const body = found.slice(0, MOST_LISTED).map(([step, layer, through]) => {
    const output = Math.floor(step / scene.pixels);
    return link(scene, theme, through, weightName(scene, output, layer, through), outputName(scene, step));
  });
  if (!found.length) body.push(make("p", { class: "convlab-alarm" }, "No step of the kernel meets it."));
  return { head, body: [make("div", { class: "convlab-list" }, ...body, more(found))], foot: [], words: head };
}

function explainWeight({ scene, theme, output }, { layer, cell }) {
  const found = journeys(scene, output, cell);
  const padding = found.filter(([, at]) => !scene.inside[at]).length;
  const channel = channelOf(scene, output, layer);
  const name = weightName(scene, output, layer, cell);
  const value = scene.weight ? ` = ${format(weightAt(scene, output, layer, cell))}` : "";
  const verb = scene.weight ? "multiplies" : "meets";
  const numbers = found.length === 1 ? "one number" : `${found.length} numbers`;
  const among = padding ? `, ${padding} of them padding` : "";
  const head = `${name}${value} ${verb} ${numbers} of channel ${channel}${among}`;
  const body = found.slice(0, MOST_LISTED).map(([step, at]) => {
    return link(scene, theme, cell, standing(scene, channel, at).name, outputName(scene, step));
  });
  return { head, body: [make("div", { class: "convlab-list" }, ...body, more(found))], foot: [], words: head };
}

function explainBias({ scene, output }) {
  const value = format(scene.bias.values[output]);
  const head = `b[${output}] = ${value} is added to every output of channel ${output}`;
  return { head, body: [], foot: [], words: head };
}

function link(scene, theme, cell, from, to) {
  const style = `--hue: ${hueOf(cell, scene.cells, theme.dark)}`;
  return make("span", { class: "convlab-link", style }, `${from} → ${to}`);
}

const more = (found) => (found.length > MOST_LISTED ? `… and ${found.length - MOST_LISTED} more` : "");
