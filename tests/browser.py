"""A visitor of the page in the system's Chromium, and the site that is visited; used by the page's tests.

The visitor sees what nobody may ever see on the page: errors and warnings in the console (what the
Content-Security-Policy has refused is one of them), faults of its scripts, dialogs of the browser, requests to others.
"""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import page_states
import pytest
from fault_proxy import FaultProxy
from running_system import BUCKET, ROOT, Process, RunningSystem

from medassist import datasets, passages, retrieval, storage
from medassist.schemas import Document

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Dialog, Locator, Request

WAIT_MS = 20_000  # for what must come; nothing is timed
# Chromium says this itself of every reply that is no success, whatever the page makes of it.
FAILED_REQUEST = "Failed to load resource"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def needed_browser() -> str:
    """Return the browser's path. Without one the test is skipped, but not in CI, where nobody would see it."""
    found = page_states.find_browser()
    if not found:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(page_states.NO_BROWSER)
    return found


@contextlib.contextmanager
def launched() -> Iterator["Browser"]:
    """Run the browser. While it runs, this thread has an event loop: no other test may run meanwhile."""
    path = needed_browser()
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=path)


class Visitor:
    """Somebody with a browser window of their own. ``options`` are those of Playwright's ``new_context``."""

    def __init__(self, browser: "Browser", url: str, **options: Any) -> None:
        self.url = url
        self.complaints: list[str] = []
        self.requests: list[str] = []  # "POST /v1/questions"
        self.requests_may_fail = False
        self.context = browser.new_context(base_url=url, **{"viewport": {"width": 1280, "height": 800}, **options})
        self.context.set_default_timeout(WAIT_MS)
        self.page = self.context.new_page()
        self.page.on("console", self._read_console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        self.page.on("dialog", self._dismiss)
        self.page.on("request", self._note)

    def open(self, address: str = "/") -> None:
        """Load the page and wait until it has signed in."""
        from playwright.sync_api import expect

        self.page.goto(address)
        expect(self.page.get_by_role("button", name="Sign out")).to_be_visible()

    def ask(self, question: str) -> "Locator":
        """Ask by the keyboard and return the answer once it is there."""
        field = self.page.get_by_role("textbox", name="Your question")
        field.fill(question)
        field.press("Enter")
        return self.answer()

    def answer(self) -> "Locator":
        """Return the answer once it is there."""
        article = self.page.locator("article.answer:visible")
        article.wait_for()
        return article

    @property
    def token(self) -> str:
        return str(self.page.evaluate("sessionStorage.getItem('token')"))

    def client(self) -> httpx.Client:
        """Return a client that asks the API as this visitor."""
        return httpx.Client(base_url=self.url, headers={"Authorization": self.token}, timeout=60)

    def check_accessibility(self, state: str) -> None:
        """Let axe-core look at the page as it is, by the standards that we keep, in light and in dark."""
        from axe_playwright_python.sync_playwright import Axe

        for scheme in ("light", "dark"):
            self.page.emulate_media(color_scheme=scheme)
            found = Axe().run(self.page, options={"runOnly": WCAG, "resultTypes": ["violations"]})
            assert not found.violations_count, f"{state}, {scheme}: {found.generate_report()}"

    def _read_console(self, message: "ConsoleMessage") -> None:
        if self.requests_may_fail and message.text.startswith(FAILED_REQUEST):
            return
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")

    def _dismiss(self, dialog: "Dialog") -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _note(self, request: "Request") -> None:
        self.requests.append(f"{request.method} {urlsplit(request.url).path}")
        if urlsplit(request.url).netloc != urlsplit(self.url).netloc:
            self.complaints.append(f"request to another: {request.url}")

    def close(self) -> None:
        """Leave; there must have been nothing to complain about."""
        self.context.close()
        assert self.complaints == []


# A publisher's text that would be more than text, if anything made HTML of it.
HOSTILE = Document(
    "fernitis-treatment",
    "Fernitis <img src=x onerror=\"window.hacked='title'\">: treatment",
    "Fernitis is treated with rest, warm water and plenty of sleep<img src=x onerror=\"window.hacked='statement'\">. "
    "People with fernitis should drink water <script>window.hacked='text'</script> several times a day. "
    'Most people recover from fernitis within <a href="javascript:hack()">a week</a>."></p><svg onload=hack()>',
    source="<b onmouseover=alert(1)>A publisher</b>",
    url="javascript:window.hacked='address'",
    topic="Fernitis",
    aspect="treatment",
)
PUBLISHED = "https://publisher.example/"


class Site:
    """The page with its API and cloud, as it is visited.

    ``url`` leads through a proxy to the API, so that what is between browser and API can go wrong. Each API has a user
    pool of its own, as one that starts gives the pool's demo user a new password.
    """

    def __init__(self, system: RunningSystem, encoder_folder: Path, folder: Path) -> None:
        self.system, self._encoder_folder, self._folder = system, encoder_folder, folder
        self.api = self.start_api("page")
        self.proxy = FaultProxy(self.api.url, keeps_host=True)
        self.url = self.proxy.url

    def start_api(self, pool: str, *arguments: str, **changes: Any) -> Process:
        """Start another API over the same cloud."""
        return self.system.start_api("--stack-name", pool, *arguments, **changes)

    @cached_property
    def garden(self) -> Process:
        """An API over texts about asthma, with addresses, and a hostile one; it shows the model's words and choices."""
        sample = (document for document in datasets.load_corpus(ROOT / "data" / "sample").documents)
        asthma = [replace(each, url=f"{PUBLISHED}{each.document_id}") for each in sample if each.topic == "Asthma"]
        pieces = passages.split_documents([HOSTILE, *asthma])
        retrieval.build(pieces, self._encoder_folder, self._folder, corpus="garden", passage_words=180, progress=False)
        uri = f"s3://{BUCKET}/index/garden/first"
        with self.system.environment():
            storage.upload_folder(self._folder, uri)
        return self.start_api("page-garden", index_uri=uri, model_words="always")

    def close(self) -> None:
        self.proxy.close()
        self.api.stop()
        if "garden" in self.__dict__:
            self.garden.stop()
