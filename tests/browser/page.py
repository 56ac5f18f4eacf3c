"""The softphone's page, as somebody uses it who reads labels and buttons and nothing else."""

from collections.abc import Callable
from dataclasses import dataclass

from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

PATIENCE = 30.0  # seconds; the calls are in real time


@dataclass
class Page:
    browser: Chrome
    url: str

    def __post_init__(self) -> None:
        self.open()

    def open(self) -> None:
        """Load the page, or load it again."""
        self.browser.get(self.url)
        self.wait(lambda: "Dana Reyes" in self.text("#people"))

    def wait(self, what: Callable[[], object]) -> None:
        turning = [StaleElementReferenceException]  # a page begins afresh while it is looked at
        WebDriverWait(self.browser, PATIENCE, 0.05, ignored_exceptions=turning).until(lambda _: what())

    def find(self, selector: str) -> WebElement:
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector: str) -> str:
        return self.find(selector).text

    def phone(self, name: str) -> "Phone":
        """A person's phone, or a caller's: "Caller", "Caller 2"."""
        return Phone(self, f"[aria-label='{name}’s phone']")

    def dial(self, name: str = "Caller") -> "Phone":
        """Call, and wait to be answered. `name` is what the page calls this caller."""
        self.find("#dial .go").click()
        caller = self.phone(name)
        self.wait(lambda: self.browser.find_elements(By.CSS_SELECTOR, caller.selector))
        caller.sees("Answered")
        return caller

    @property
    def ladder(self) -> list[tuple[str, str, str]]:
        """Leg, kind and text of every rung: the raw names, which stand in its details."""
        script = (
            "return [...document.querySelectorAll('#ladder li')]"
            ".map(rung => ['leg', 'kind', 'text'].map(part => rung.querySelector('.' + part).textContent))"
        )
        return [(leg, kind, text) for leg, kind, text in self.browser.execute_script(script)]

    @property
    def story(self) -> list[str]:
        """Every rung in plain words."""
        script = "return [...document.querySelectorAll('#ladder .plain')].map(rung => rung.textContent)"
        return [str(words) for words in self.browser.execute_script(script)]

    def tidy(self) -> None:
        """Hang up every caller, and wait until each call has been judged."""
        for caller in self.browser.find_elements(By.CSS_SELECTOR, "#callers > .phone"):
            if (button := caller.find_element(By.CSS_SELECTOR, ".hang-up")).is_displayed():
                button.click()
            self.wait(caller.find_element(By.CSS_SELECTOR, ".care").is_displayed)


@dataclass
class Phone:
    """One telephone on the page."""

    page: Page
    selector: str

    @property
    def card(self) -> WebElement:
        return self.page.find(self.selector)

    def sees(self, text: str) -> None:
        """Wait until this phone shows that."""
        self.page.wait(lambda: text in self.card.text)

    def press(self, button: str) -> None:
        """Press a button by what is written on it."""
        for found in self.card.find_elements(By.TAG_NAME, "button"):
            if found.text == button:
                found.click()
                return
        raise LookupError(f"no button {button} on {self.card.text!r}")

    def says(self, line: str) -> None:
        """Type a line, and press Enter."""
        self.card.find_element(By.CSS_SELECTOR, ".say input").send_keys(line + "\n")
