"""A stepper in the browser: how it is steered and read, and torch's own answer to its setup."""

import json
import math

import torch
import torch.nn.functional as F
from playwright.sync_api import Page

ROOT = ".convlab-stepper"
# The cells of a panel's upper canvases on which something is drawn, as [grid, row, column].
LIT = """kind => [...document.querySelectorAll(`[data-grid="${kind}"]`)].flatMap((grid, index) => {
  const {left, top, wide, high} = Object.fromEntries(
    Object.entries(grid.dataset).map(([name, text]) => [name, Number(text)]));
  const canvas = grid.querySelectorAll("canvas")[1];
  const context = canvas.getContext("2d");
  const lit = [];
  const rows = Math.floor((grid.clientHeight - top) / high);
  const columns = Math.floor((grid.clientWidth - left) / wide);
  for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) {
    const x = left + (column + 0.5) * wide, y = top + row * high + 1.5;
    const at = [x, y].map((along) => Math.floor(along * devicePixelRatio));
    if (context.getImageData(...at, 1, 1).data[3] > 60) lit.push([index, row, column]);
  }
  return lit;
})"""


def grid(page: Page, kind: str, plane: int = 0):
    return page.locator(f"[data-grid='{kind}'][data-plane='{plane}']")


def spot(page: Page, kind: str, plane: int, row: int, column: int) -> dict[str, float]:
    """Where a cell's middle lies in its grid."""
    size = {name: float(text) for name, text in grid(page, kind, plane).evaluate(
        "({dataset: {left, top, wide, high}}) => ({left, top, wide, high})").items()}  # fmt: skip
    return {
        "x": size["left"] + (column + 0.5) * size["wide"],
        "y": size["top"] + (row + 0.5) * size["high"],
    }


def hover(page: Page, kind: str, plane: int, row: int, column: int) -> None:
    """Move the pointer there and wait until the browser has drawn it."""
    grid(page, kind, plane).hover(position=spot(page, kind, plane, row, column))
    settle(page)


def click(page: Page, kind: str, plane: int, row: int, column: int) -> None:
    grid(page, kind, plane).click(position=spot(page, kind, plane, row, column))
    settle(page)


def settle(page: Page) -> None:
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")


def lit(page: Page, kind: str) -> set[tuple[int, int, int]]:
    return {tuple(cell) for cell in page.evaluate(LIT, kind)}


def values(page: Page, name: str) -> list[float]:
    nodes = page.locator(f"{ROOT} .convlab-{name}")
    return nodes.evaluate_all("nodes => nodes.map(node => Number(node.dataset.value))")


def position(page: Page) -> list[int]:
    return [
        int(at) for at in page.locator(".convlab-step").get_attribute("data-position").split(",")
    ]


def said(page: Page) -> dict:
    return json.loads(page.locator("[data-testid='stCode']").first.text_content())


def wait_until_said(page: Page, check) -> dict:
    for _ in range(100):
        heard = said(page)
        if check(heard):
            return heard
        page.wait_for_timeout(50)
    raise AssertionError(heard)


def by_torch(setup: dict) -> torch.Tensor:
    """The result of the page's setup, by torch alone."""
    x, weight = (torch.tensor(setup[name], dtype=torch.float64) for name in ("x", "weight"))
    bias = None if setup["bias"] is None else torch.tensor(setup["bias"], dtype=torch.float64)
    stride, padding, dilation = setup["stride"], setup["padding"], setup["dilation"]
    axes, operation = x.dim() - 1, setup["operation"]
    if operation == "transposed":
        return F.conv_transpose2d(x, weight, bias, stride, padding)
    if operation == "pooling" and setup["rule"] == "max":
        return F.max_pool2d(x, weight.shape[2:], stride, padding)
    if operation == "pooling":
        return F.lp_pool2d(x, 2, weight.shape[2:], stride) / math.sqrt(weight[0, 0].numel())
    if operation == "convolution":
        weight = weight.flip(2, 3)
    if setup["padding_mode"] == "reflect":
        x, padding = F.pad(x, [p for p in reversed(padding) for _ in range(2)], "reflect"), 0
    return (F.conv1d, F.conv2d, F.conv3d)[axes - 1](x, weight, bias, stride, padding, dilation)
