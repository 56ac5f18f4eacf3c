"""The softphone's page, as somebody uses it who reads labels and buttons and nothing else."""

from collections.abc import Callable
from dataclasses import dataclass

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
        WebDriverWait(self.browser, PATIENCE, poll_frequency=0.05).until(lambda _: what())

    def find(self, selector: str) -> WebElement:
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector: str) -> str:
        return self.find(selector).text

    def phone(self, name: str) -> "Phone":
        """A person's phone, or "Caller"."""
        return Phone(self, "#caller" if name == "Caller" else f"[aria-label='{name}’s phone']")

    def dial(self) -> "Phone":
        """Call, and wait to be answered."""
        self.find("#dial .go").click()
        caller = self.phone("Caller")
        caller.sees("Answered")
        return caller

    @property
    def ladder(self) -> list[tuple[str, str, str]]:
        """Leg, kind and text of every rung."""
        script = (
            "return [...document.querySelectorAll('#ladder summary')]"
            ".map(rung => ['leg', 'kind', 'text'].map(part => rung.querySelector('.' + part).textContent))"
        )
        return [(leg, kind, text) for leg, kind, text in self.browser.execute_script(script)]

    def tidy(self) -> None:
        """Hang up, and wait until the call has been judged."""
        if self.find("#dial").is_displayed():
            return
        self.phone("Caller").press("Hang up")
        self.wait(self.find("#dial").is_displayed)
        self.wait(self.find(".care").is_displayed)


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
