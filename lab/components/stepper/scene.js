// The scene that Python sent → typed arrays; and who stands where. Nothing is computed here that is shown
// as a result: products, sums and totals come from the scene.

function unpack(text, Kind) {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return new Kind(bytes.buffer); // little-endian, as every machine with a browser is
}

const product = (sizes) => sizes.reduce((all, n) => all * n, 1);

function decode(data) {
  const numbers = (text) => text && unpack(text, Float64Array);
  const places = (text) => text && unpack(text, Int32Array);
  const array = (part) => part && { ...part, values: numbers(part.values) };
  const [x, weight, bias, y] = [data.x, data.weight, data.bias, data.y].map(array);
  const scene = {
    ...data,
    x,
    weight,
    bias,
    y,
    channels: places(data.channels),
    frame: { ...data.frame, sources: places(data.frame.sources) },
    met: places(data.met),
    terms: numbers(data.terms),
    sums: numbers(data.sums),
    coverage: places(data.coverage),
    influence: places(data.influence),
    outputs: y.shape[0],
    pixels: product(y.shape.slice(1)),
    inputs: product(x.shape.slice(1)),
    cells: product(data.kernel_size),
  };
  scene.steps = scene.outputs * scene.pixels;
  scene.layers = scene.channels.length / scene.outputs;
  scene.winners = data.pooling && places(data.pooling.winner);
  if (data.matrix) {
    const { rows, columns, values } = data.matrix;
    scene.matrix = { ...data.matrix, rows: places(rows), columns: places(columns), values: numbers(values) };
  }
  scene.inside = insideOf(scene);
  return scene;
}

// For every cell of the frame: does a pixel of the input stand there itself, not a copy or padding?
function insideOf(scene) {
  const { shape, before } = scene.frame;
  const size = scene.x.shape.slice(1);
  return Uint8Array.from({ length: product(shape) }, (_, cell) =>
    unravel(cell, shape).every((at, axis) => at >= before[axis] && at < before[axis] + size[axis]));
}

function unravel(flat, shape) {
  const place = [];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    place.unshift(flat % shape[axis]);
    flat = Math.floor(flat / shape[axis]);
  }
  return place;
}

const ravel = (place, shape) => place.reduce((flat, at, axis) => flat * shape[axis] + at, 0);
const named = (name, place) => `${name}[${place.join(", ")}]`;

// What stands in a cell of the frame: a number, whose it is, or nothing (null) where padding is left out.
function standing(scene, channel, cell) {
  const source = scene.frame.sources[cell];
  if (source < 0) return { value: scene.frame.value, name: "padding" };
  const name = named("x", [channel, ...unravel(source, scene.x.shape.slice(1))]);
  return { value: scene.x.values[channel * scene.inputs + source], name };
}

const outputPlace = (scene, step) => unravel(step, scene.y.shape);
const outputName = (scene, step) => named("y", outputPlace(scene, step));
const channelOf = (scene, output, layer) => scene.channels[output * scene.layers + layer];

function weightPlace(scene, output, layer, cell) {
  return [output, layer, ...unravel(cell, scene.kernel_size)];
}

function weightName(scene, output, layer, cell) {
  const place = weightPlace(scene, output, layer, cell);
  return scene.weight ? named("w", place) : named("window", place.slice(2));
}

const weightAt = (scene, output, layer, cell) =>
  scene.weight.values[(output * scene.layers + layer) * scene.cells + cell];

const termAt = (scene, step, layer, cell) =>
  scene.terms[(step * scene.layers + layer) * scene.cells + cell];

// Every meeting [kernel cell, cell of the frame] behind an output.
function meetings(scene, step) {
  const first = (step % scene.pixels) * scene.cells;
  const found = [];
  for (let cell = 0; cell < scene.cells; cell++) {
    const at = scene.met[first + cell];
    if (at >= 0) found.push([cell, at]);
  }
  return found;
}

// The cells of the frame that show the same pixel: itself and its copies in the padding.
function copies(scene, cell) {
  const source = scene.frame.sources[cell];
  if (source < 0) return [cell];
  return Array.from(scene.frame.sources.keys()).filter((at) => scene.frame.sources[at] === source);
}

// Every use [step, layer, kernel cell] of an input number.
function uses(scene, channel, cell) {
  const wanted = new Set(copies(scene, cell));
  const found = [];
  for (let i = 0; i < scene.met.length; i++) {
    if (!wanted.has(scene.met[i])) continue;
    for (let output = 0; output < scene.outputs; output++) {
      for (let layer = 0; layer < scene.layers; layer++) {
        if (channelOf(scene, output, layer) !== channel) continue;
        found.push([output * scene.pixels + Math.floor(i / scene.cells), layer, i % scene.cells]);
      }
    }
  }
  return found.sort((a, b) => a[0] - b[0]);
}

// Every step of an output channel in which a kernel cell takes part: [step, cell of the frame].
function journeys(scene, output, cell) {
  const found = [];
  for (let pixel = 0; pixel < scene.pixels; pixel++) {
    const at = scene.met[pixel * scene.cells + cell];
    if (at >= 0) found.push([output * scene.pixels + pixel, at]);
  }
  return found;
}
