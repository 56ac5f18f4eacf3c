"""A telephone with a browser, and the app that it opens handoff cards of."""

from dataclasses import dataclass
from typing import Any

from flask import Flask
from selenium.common.exceptions import WebDriverException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from gateways.clock import StoppedClock
from tests.support.handoff import RINGING, Handoff

PHONES = ((390, 844), (320, 568))

# Controls that a thumb misses: lower than 44 px. A link within a sentence would be another matter, but there is none.
SMALL = """
return [...document.querySelectorAll('button, summary, input, a')]
  .filter(one => one.checkVisibility() && one.getBoundingClientRect().height < 44).map(one => one.outerHTML)
"""
UNNAMED = """
return [...document.querySelectorAll('button, summary, input, a')]
  .filter(one => !(one.getAttribute('aria-label') || one.textContent.trim() || one.labels?.[0]?.textContent.trim()))
  .map(one => one.outerHTML)
"""
# Text that is hard to read: a contrast below 4.5 (WCAG 2.2, 1.4.3) with the nearest background that is not transparent.
PALE = """
const rgb = color => color.match(/[\\d.]+/g).map(Number)
const light = color => {
  const [r, g, b] = rgb(color).map(c => c / 255).map(c => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
  return .2126 * r + .7152 * g + .0722 * b
}
const behind = one => {
  for (; one; one = one.parentElement) {
    const color = getComputedStyle(one).backgroundColor
    if ((rgb(color)[3] ?? 1) == 1) return color
  }
  return 'rgb(255, 255, 255)'
}
const contrast = (one, part) => {
  const [low, high] = [getComputedStyle(one, part).color, behind(one)].map(light).sort((a, b) => a - b)
  return (high + .05) / (low + .05)
}
const texts = [...document.querySelectorAll('body *')].filter(one => one.checkVisibility() &&
  [...one.childNodes].some(node => node.nodeType == 3 && node.textContent.trim()))
const hints = [...document.querySelectorAll('input')].filter(one => one.checkVisibility())
return [...texts.filter(one => contrast(one) < 4.5), ...hints.filter(one => contrast(one, '::placeholder') < 4.5)]
  .map(one => `${one.outerHTML} ${contrast(one)}`)
"""


@dataclass
class Telephone:
    """An app that is served in this process, at a time that the test sets, and a telephone with a browser."""

    app: Flask
    clock: StoppedClock
    browser: Chrome

    def opens(self, url: str) -> None:
        """Touch a link."""
        self.browser.get(url)

    def call(self, **told: Any) -> Handoff:
        """Dana's phone rings, and her link is opened."""
        consult = Handoff.begin(self.app, **told).happens(*RINGING)
        self.opens(consult.card())
        return consult

    def find(self, selector: str) -> WebElement:
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def press(self, words: str) -> None:
        """Touch the visible button of that name, and wait for the page that follows if one does."""
        for one in self.browser.find_elements(By.CSS_SELECTOR, "button, summary, a"):
            if one.is_displayed() and one.text == words and not (one.tag_name == "summary" and self._is_open(one)):
                one.click()
                return
        raise LookupError(f"no {words} on {self.reads!r}")

    def _is_open(self, summary: WebElement) -> bool:
        return summary.find_element(By.XPATH, "..").get_attribute("open") is not None

    def sees(self, words: str) -> None:
        """Wait until the page says that."""
        turning = [
            WebDriverException
        ]  # while the page before is gone and the next is not there yet, any question fails
        WebDriverWait(self.browser, 10, 0.05, ignored_exceptions=turning).until(lambda _: words in self.reads)

    @property
    def reads(self) -> str:
        # In one step: an element that was found may be gone with its page before it is read.
        return str(self.browser.execute_script("return document.body ? document.body.innerText : ''"))

    @property
    def wide(self) -> list[int]:
        """How wide the page is on each telephone, beyond its screen."""
        return [self._beyond(width, height) for width, height in PHONES]

    def _beyond(self, width: int, height: int) -> int:
        self.held(width, height)
        return int(self.browser.execute_script("return document.documentElement.scrollWidth")) - width

    def held(self, width: int, height: int) -> None:
        """Use a telephone of that size (CSS pixels)."""
        screen = {"width": width, "height": height, "deviceScaleFactor": 2, "mobile": True}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)

    def after_dark(self, scheme: str) -> None:
        """What the telephone prefers: "light" or "dark"."""
        wanted = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", wanted)

    def finds(self, script: str) -> list[str]:
        """What is wrong with the page."""
        return list(self.browser.execute_script(script))
