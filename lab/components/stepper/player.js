// First, back, play, forward, scrub, speed.

const SPEEDS = [0.5, 1, 2, 4, 8, 16]; // steps per second
const ICONS = {
  first: "M3 3h2v10H3zM13 3v10L6 8z",
  back: "M11 3v10L4 8z",
  play: "M4 2.5v11L13 8z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  forward: "M5 3v10l7-5z",
};
const SVG = "http://www.w3.org/2000/svg";

function makePlayer(stepper) {
  const player = { timer: null };
  const go = (to) => () => {
    pause(stepper);
    goTo(stepper, to());
  };
  const buttons = {
    first: iconButton("First step", "first", go(() => 0)),
    back: iconButton("Step back", "back", go(() => stepper.step - 1)),
    play: iconButton("Play", "play", () => togglePlay(stepper)),
    forward: iconButton("Step forward", "forward", go(() => stepper.step + 1)),
  };
  const slider = make("input", { type: "range", class: "convlab-slider", min: 0, step: 1, "aria-label": "Step" });
  slider.addEventListener("input", () => {
    pause(stepper);
    goTo(stepper, Number(slider.value));
  });
  const options = SPEEDS.map((speed) => make("option", { value: speed }, `${speed}/s`));
  const speed = make("select", { class: "convlab-speed", "aria-label": "Speed in steps per second" }, ...options);
  speed.value = "2";
  speed.addEventListener("change", () => player.timer && play(stepper));
  const text = make("span", { class: "convlab-step" });
  const row = make("div", { class: "convlab-player", role: "group", "aria-label": "Player" });
  row.append(...Object.values(buttons), slider, speed, text);
  return Object.assign(player, { row, buttons, slider, speed, text });
}

function iconButton(label, icon, onClick) {
  const button = make("button", { type: "button", "aria-label": label, title: label });
  setIcon(button, icon);
  button.addEventListener("click", onClick);
  return button;
}

function setIcon(button, icon) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[icon]);
  svg.append(path);
  button.replaceChildren(svg);
}

function goTo(stepper, step) {
  stepper.step = Math.max(0, Math.min(stepper.scene.steps - 1, step));
  stepper.hover = null;
  stepper.schedule();
}

const togglePlay = (stepper) => (stepper.player.timer ? pause(stepper) : play(stepper));

function play(stepper) {
  const { player } = stepper;
  clearInterval(player.timer);
  if (stepper.step >= stepper.scene.steps - 1) goTo(stepper, 0);
  player.timer = setInterval(() => {
    if (stepper.step + 1 >= stepper.scene.steps) pause(stepper);
    else goTo(stepper, stepper.step + 1);
  }, 1000 / Number(player.speed.value));
  showPlaying(player, true);
}

function pause(stepper) {
  const { player } = stepper;
  if (!player.timer) return;
  clearInterval(player.timer);
  player.timer = null;
  showPlaying(player, false);
  stepper.schedule(); // says where it stopped
}

function showPlaying({ buttons }, playing) {
  setIcon(buttons.play, playing ? "pause" : "play");
  buttons.play.setAttribute("aria-label", playing ? "Pause" : "Play");
  buttons.play.title = playing ? "Pause" : "Play";
}

function showStep({ scene, player }, step) {
  const { slider, text } = player;
  slider.max = scene.steps - 1;
  slider.value = step;
  slider.setAttribute("aria-valuetext", `step ${step + 1} of ${scene.steps}`);
  text.textContent = scene.hidden ? `step ${step + 1}` : `step ${step + 1} of ${scene.steps}`;
  text.dataset.position = outputPlace(scene, step).join(",");
  text.style.minWidth = `${`step ${scene.steps} of ${scene.steps}`.length}ch`; // nothing jumps
}
