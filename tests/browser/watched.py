"""A page in a real browser, and what hostile texts try on it."""

from urllib.parse import urlsplit

from playwright.sync_api import Page

from tests.hostile import EVIL

STRANGE = '"em", "del", "blockquote", "h1", "h2", "code", "pre"'
# What a browser would do with a text that became more than text: (element or attribute, where).
SWEEP = """evil => [...document.querySelectorAll("*")].flatMap((element) => {
  const found = [], name = element.localName, here = element.outerHTML.slice(0, 160);
  const says = element.textContent.includes("evil") || element.alt?.includes("evil");
  for (const {name: given, value} of element.attributes) {
    if (given.startsWith("on")) found.push(`${given}: ${here}`);
    if (["href", "src", "srcdoc", "action", "formaction", "data", "xlink:href"].includes(given)
      && (/^\\s*(javascript|vbscript|data:text)/i.test(value) || value.includes(evil)))
      found.push(`${given}: ${here}`);
  }
  if (["iframe", "object", "embed", "base", "blink"].includes(name)) found.push(here);
  if (says && ([%s].includes(name)
    || element.matches(".katex, .stMarkdownBadge, [class*=colored i], a[href^=http]:not([role])")))
    found.push(`${name}: ${here}`);
  return found;
}).concat(window.taken === undefined ? [] : [`a script ran: ${window.taken}`])"""
RESTS = """() => document.querySelector(".stApp")?.dataset.testScriptState === "notRunning"
  && !document.querySelector("[data-stale=true], [data-testid=stSkeleton], .stSpinner")"""


class Watched:
    """A page, and what was tried on it."""

    def __init__(self, page: Page) -> None:
        self.page, self.tried = page, []
        page.on("dialog", self._dialog)
        page.on("popup", lambda popup: self.tried.append(f"popup {popup.url}"))
        page.on("request", self._request)

    def open(self, url: str, drawn: str = "") -> Page:
        self.page.goto(url)
        if drawn:
            self.page.locator(drawn).first.wait_for(state="attached", timeout=90_000)
        self.settle()
        return self.page

    def settle(self) -> None:
        """Wait until nothing more is drawn, then see that nothing was taken."""
        self.page.wait_for_function(RESTS)
        self.sweep()

    def sweep(self, strange: str = STRANGE) -> None:
        """See that nothing was taken; `strange` are the elements that may not hold such a text."""
        assert self.page.evaluate(SWEEP % strange, EVIL) == []
        assert not self.page.get_by_test_id("stException").count()
        assert self.tried == []

    def _dialog(self, dialog) -> None:
        self.tried.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def _request(self, request) -> None:
        if EVIL in urlsplit(request.url).netloc:
            self.tried.append(f"request {request.url}")
