const SCRIPT = "./app/static/plotly.min.js";
const LIBRARY = "__convlabPlotly"; // one promise for all charts of the page
const CONFIG = {
  displaylogo: false,
  showSendToCloud: false, // a button that sends the chart to Plotly's servers
  modeBarButtonsToRemove: ["select2d", "lasso2d"],
};
const charts = new WeakMap(); // the component's place in the page → its chart

function loadPlotly() {
  window[LIBRARY] ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = SCRIPT;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => {
      delete window[LIBRARY]; // the next update tries again
      reject(new Error(`${SCRIPT} did not load. Reload the page; if that does not help, set ` +
        "server.enableStaticServing=true and start the app again."));
    };
    document.head.append(script);
  });
  return window[LIBRARY];
}

function themed(layout, place) {
  const style = getComputedStyle(place);
  const color = (name) => style.getPropertyValue(`--st-${name}-color`).trim();
  const font = { color: color("text"), family: style.getPropertyValue("--st-font"), size: 12 };
  const hoverlabel = {
    bgcolor: color("secondary-background"),
    bordercolor: color("border"),
    font,
  };
  const modebar = { bgcolor: "rgba(0, 0, 0, 0)", color: color("text"), activecolor: color("primary") };
  return { ...layout, font: { ...font, ...layout.font }, hoverlabel, modebar };
}

async function draw(chart) {
  const { node, place } = chart;
  try {
    const Plotly = await loadPlotly();
    if (!place.isConnected) return;
    const { data, layout } = JSON.parse(chart.figure);
    const size = { height: chart.height, width: place.clientWidth };
    await Plotly.react(node, data, { ...themed(layout, place), ...size }, CONFIG);
    delete node.dataset.failed;
  } catch (error) {
    node.dataset.failed = `The chart can't be drawn: ${error.message}`;
  }
}

function create(place) {
  const node = document.createElement("div");
  node.className = "convlab-live-chart";
  node.setAttribute("role", "figure"); // not "img": its buttons would not be there for all
  place.append(node);
  const chart = { node, place };
  chart.observer = new ResizeObserver(() => {
    if (node.layout && node.layout.width !== place.clientWidth) draw(chart);
  });
  chart.observer.observe(place);
  return chart;
}

export default function ({ data, parentElement }) {
  if (!charts.has(parentElement)) charts.set(parentElement, create(parentElement));
  const chart = charts.get(parentElement);
  const look = data.figure + themed({}, parentElement).font.color;
  const same = look === chart.look && !("failed" in chart.node.dataset);
  Object.assign(chart, data, { look });
  chart.node.style.height = `${data.height}px`;
  chart.node.setAttribute("aria-label", data.label);
  if (!same) draw(chart); // most ticks bring nothing new
  return () => {
    chart.observer.disconnect();
    window.Plotly?.purge(chart.node);
    chart.node.remove();
    charts.delete(parentElement);
  };
}
