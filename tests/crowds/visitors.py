"""Several people at the playground at once, each in a browser session of their own.

`python -m tests.crowds.visitors URL PEOPLE MOVES` prints a JSON object: what anybody saw that was
not theirs, and how long each move took until its result was seen. A process of its own, since all
of them move at the same time.
"""

import asyncio
import json
import random
import sys
import time
from dataclasses import dataclass, field

from playwright.async_api import Browser, Error, Page, async_playwright

from convcore.errors import ConvcoreError
from lab.playground import Setup
from lab.playground.compute import compute
from lab.playground.edits import randomised, with_kernel_size, with_number
from lab.playground.presets import PRESETS
from tests.browser.conftest import launch
from tests.browser.test_playground import READ

NO_BROWSER = 77  # exit code
_PRESETS = ("a1", "a2-padding", "a2-stride", "arithmetic-plain", "arithmetic-same")
_PATIENCE = 600.0  # seconds; a crowd on a busy machine takes its time
_LOOK = 0.03  # seconds between two looks


@dataclass
class Visitor:
    """One person, whose moves and whose right results come from a seed."""

    page: Page
    draw: random.Random
    setup: Setup
    thrown: int = 0  # random numbers asked for
    milliseconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    async def walk(self, url: str, moves: int) -> None:
        """Open a link of one's own, then change one thing after the other."""
        await self.page.goto(f"{url}/playground?setup={self.setup.to_link()}")
        await self._see("the link")
        self.milliseconds.clear()  # of the first page, which brings all scripts along
        for _ in range(moves):
            await self._move()

    async def _move(self) -> None:
        what = self.draw.choice(("number", "number", "stride", "padding", "kernel_size", "random"))
        if what == "number":
            await self._type(self.draw.randint(-9, 9))
        elif what == "random":
            await self._throw()
        else:
            await self._push(what, self.draw.randrange(2))

    async def _type(self, number: int) -> None:
        """Type a number over the kernel's first one."""
        self.setup = with_number(self.setup, "weight", [0, 0, 0, 0], str(number))
        await self.page.locator("[data-grid='weight']").first.focus()
        await self.page.keyboard.press("Home")
        await self.page.keyboard.type(str(number))
        await self.page.keyboard.press("Enter")
        await self._see(f"kernel {number}")

    async def _throw(self) -> None:
        """Ask for new numbers everywhere; a session's first ones are of seed 1, and so on."""
        self.thrown += 1
        self.setup = randomised(self.setup, self.thrown)
        await self.page.get_by_role("button", name="Random").click()
        await self._see(f"random {self.thrown}")

    async def _push(self, name: str, axis: int) -> None:
        """Push a slider up by one, where the result can be looked at."""
        values = list(getattr(self.setup, name))
        values[axis] += 1
        try:
            pushed = self._with(name, tuple(values))
            compute(pushed)
        except ConvcoreError:
            return
        self.setup = pushed
        slider = f"[class*='st-key-playground-{name}-{axis}'] input"
        await self.page.locator(slider).first.press("ArrowRight")
        await self._see(f"{name} {values}")

    def _with(self, name: str, values: tuple[int, ...]) -> Setup:
        if name == "kernel_size":
            return with_kernel_size(self.setup, values)
        return self.setup.changed(**{name: values})

    async def _see(self, what: str) -> None:
        """Wait until one's own result stands there: first and last number, then all of them."""
        wanted = dict(enumerate(compute(self.setup).flatten().tolist()))
        ends = {step: wanted[step] for step in (0, len(wanted) - 1)}
        since, found = time.monotonic(), {}
        while found != wanted:
            if time.monotonic() - since > _PATIENCE:
                self.wrong.append(f"{what}: {found} is not {wanted}")
                return
            await asyncio.sleep(_LOOK)
            found = await self._read(2)
            seen = time.monotonic()
            if found == ends:  # both may be as before, though the rest is not
                found = await self._read(len(wanted))
        self.milliseconds.append(1000 * (seen - since))

    async def _read(self, most: int) -> dict[int, float]:
        """Return the sums that the stepper shows at its first and last step, and between."""
        reads = await self.page.evaluate(READ, max(most, 2))
        if len(reads) != 1:
            return {}  # an old stepper goes as a new one comes
        return {int(step): _rounded(*read["total"]) for step, read in reads[0].items()}


def _rounded(value: float) -> float:
    return round(value, 9)


async def _one(browser: Browser, number: int, url: str, moves: int) -> Visitor:
    context = await browser.new_context(viewport={"width": 1400, "height": 900})
    context.set_default_timeout(1000 * _PATIENCE)
    preset = PRESETS[_PRESETS[number % len(_PRESETS)]]
    setup = randomised(preset.make(), number)
    visitor = Visitor(await context.new_page(), random.Random(number), setup)
    await visitor.walk(url, moves)
    await context.close()
    return visitor


async def _all(url: str, people: int, moves: int) -> dict[str, list]:
    async with async_playwright() as playwright:
        try:
            browser = await launch(playwright)
        except Error as error:
            sys.stderr.write(str(error))
            sys.exit(NO_BROWSER)
        crowd = await asyncio.gather(*(_one(browser, n, url, moves) for n in range(people)))
        await browser.close()
    return {
        "wrong": [f"visitor {n}, {text}" for n, each in enumerate(crowd) for text in each.wrong],
        "milliseconds": [taken for each in crowd for taken in each.milliseconds],
    }


if __name__ == "__main__":
    address, people, moves = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    json.dump(asyncio.run(_all(address, people, moves)), sys.stdout)
