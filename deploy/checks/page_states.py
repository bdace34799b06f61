"""What the page can look like: each function brings a page that was just opened into one state.

Used by the page's tests and by ``screenshots.py``. The page is found as people find it, by roles and names.
"""

import os
import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
NO_BROWSER = "There is no Chromium: install one (Debian: apt-get install chromium) or name it in MEDASSIST_BROWSER."
QUESTION = "What are the symptoms of asthma?"
OFF_TOPIC = "How do I change the oil of my car?"
URGENT = "My chest hurts and my left arm is numb"
CHOICE = "What opens the airways in asthma?"
OPTIONS = ("A reliever inhaler", "Insulin", "An antibiotic")


def find_browser() -> str:
    """Return the path of the system's Chromium, or what ``MEDASSIST_BROWSER`` names; empty if there is none."""
    return os.environ.get("MEDASSIST_BROWSER") or next(filter(None, map(shutil.which, BROWSERS)), "")


def ask(page: "Page", question: str) -> None:
    """Ask a question and wait for the answer."""
    page.get_by_role("textbox", name="Your question").fill(question)
    page.get_by_role("button", name="Ask", exact=True).click()
    page.locator("article.answer:visible").wait_for()


def start(page: "Page") -> None:
    """Nothing has been asked yet."""
    page.get_by_text("The sources here").wait_for()  # the last thing that comes


def answer(page: "Page") -> None:
    """An answer with its sources."""
    ask(page, QUESTION)


def urgent(page: "Page") -> None:
    """The message that comes before anything else."""
    ask(page, URGENT)


def abstained(page: "Page") -> None:
    """The sources do not answer."""
    ask(page, OFF_TOPIC)


def choice(page: "Page") -> None:
    """An answered multiple-choice question."""
    page.get_by_role("tab", name="Multiple choice").click()
    page.get_by_role("textbox", name="The question").fill(CHOICE)
    for letter, option in zip("ABC", OPTIONS, strict=True):
        page.get_by_role("textbox", name=f"Option {letter}").fill(option)
    page.get_by_role("button", name="Choose").click()
    page.locator("article.answer:visible").wait_for()


def history(page: "Page") -> None:
    """What was asked before, at least these."""
    for question in ("How is high blood pressure treated?", OFF_TOPIC, QUESTION):
        ask(page, question)
    page.get_by_role("tab", name="History").click()
    page.get_by_role("link", name=QUESTION).first.wait_for()


STATES: dict[str, Callable[["Page"], None]] = {
    state.__name__: state for state in (start, answer, urgent, abstained, choice, history)
}
