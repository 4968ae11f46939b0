"use strict";
const CONFIG = {
  displaylogo: false,
  showSendToCloud: false, // a button that sends the chart to Plotly's servers
  modeBarButtonsToRemove: ["select2d", "lasso2d"],
};
const PAPER = 660; // pixels: what A4 and Letter are wide, less their margins
const dark = matchMedia("screen and (prefers-color-scheme: dark)");
const print = matchMedia("print");
const plots = [...document.querySelectorAll(".plot")];

// Plotly comes compressed: a third of the size, which counts in a mail.
async function unpacked(name) {
  const text = document.getElementById(name).textContent;
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

function look(onPaper) {
  const style = getComputedStyle(document.documentElement);
  const value = (name) => style.getPropertyValue(name).trim();
  const color = onPaper ? "#1b1e23" : value("--text");
  const family = getComputedStyle(document.body).fontFamily;
  const font = { color, family, size: onPaper ? 10 : 12 };
  return {
    font,
    hoverlabel: { bgcolor: value("--soft"), bordercolor: value("--line"), font },
    modebar: { bgcolor: "rgba(0,0,0,0)", color: value("--quiet"), activecolor: color },
  };
}

function size(plot, onPaper) {
  const { height } = plot.figure.layout;
  const beside = plot.closest(".run") !== null; // a matrix, which is square
  if (onPaper) {
    const half = PAPER / 2 - 12;
    if (beside) return { width: half, height: half };
    // The three of a run alone then share a page.
    const low = height < 400 && plot.closest("#curves");
    return { width: PAPER, height: low ? 290 : height };
  }
  const width = plot.parentElement.clientWidth;
  return { width, height: beside ? Math.min(height, width) : height };
}

function draw(plot, onPaper = print.matches) {
  const { data, layout } = plot.figure;
  const { width, height } = size(plot, onPaper);
  plot.style.height = `${height}px`;
  window.Plotly.react(plot, data, { ...layout, ...look(onPaper), width, height }, CONFIG);
}

function drawAll(onPaper) {
  for (const plot of plots) draw(plot, onPaper);
}

function unfold() {
  for (const each of document.querySelectorAll("details:not([open])")) {
    each.open = true;
    each.dataset.folded = "";
  }
}

function fold() {
  for (const each of document.querySelectorAll("details[data-folded]")) {
    each.open = false;
    delete each.dataset.folded;
  }
}

function paper(on) {
  if (on) unfold();
  else fold();
  drawAll(on);
}

async function begin() {
  for (const plot of plots) {
    plot.figure = JSON.parse(plot.parentElement.querySelector("script").textContent);
  }
  const script = document.createElement("script");
  script.textContent = await unpacked("plotly");
  document.head.append(script);
  drawAll();
  const sizes = new ResizeObserver((changes) => {
    for (const { target } of changes) {
      const plot = target.querySelector(".plot");
      if (!print.matches && plot.layout.width !== target.clientWidth) draw(plot);
    }
  });
  for (const plot of plots) sizes.observe(plot.parentElement);
  dark.addEventListener("change", () => drawAll());
  print.addEventListener("change", () => paper(print.matches));
  addEventListener("beforeprint", () => paper(true));
  addEventListener("afterprint", () => paper(false));
}

begin().catch((error) => {
  for (const plot of plots) plot.textContent = `The chart can't be drawn: ${error.message}`;
});
