"""The page for everybody: axe-core, the keyboard alone, small windows, large type, paper, slow lines, hostile texts.

axe-core finds what a program can find (WCAG 2.0 to 2.2, A and AA, and its best practices).
"""

import re
from collections.abc import Callable
from typing import Any

import fault_proxy
import page_states
import pytest
from browser import HOSTILE, Site, Visitor
from page_states import QUESTION, STATES
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.integration

Visit = Callable[..., Visitor]
MAX_FIRST_LOAD = 100_000  # bytes on the line, headers and all


# --- axe-core -----------------------------------------------------------------------------------------------------


def with_everything_open(page: Page) -> None:
    """An answer with a passage, the folds and the comment opened."""
    page_states.answer(page)
    page.get_by_role("button", name="No", exact=True).click()
    for summary in page.locator("article summary:visible").all():
        summary.click()
    page.locator(".cite").first.click()


def choosing(page: Page) -> None:
    """The form of multiple-choice questions, with one option too few."""
    page.get_by_role("tab", name="Multiple choice").click()
    page.get_by_role("textbox", name="The question").fill("Which one?")
    page.get_by_role("button", name="Choose").click()
    page.get_by_role("alert").wait_for()


def opened_again(page: Page) -> None:
    """An answer of the history."""
    page_states.answer(page)
    page.get_by_role("tab", name="History").click()
    page.get_by_role("link", name=QUESTION).first.click()
    page.get_by_role("link", name="Back to all questions").wait_for()


def about_to_delete(page: Page) -> None:
    """The question before everything is deleted."""
    page_states.answer(page)
    page.get_by_role("tab", name="History").click()
    page.get_by_role("button", name="Delete all").click()
    page.get_by_role("dialog").wait_for()


def too_long(page: Page) -> None:
    """A question over the limit, and what is said about it."""
    page.get_by_role("textbox", name="Your question").fill("why " * 600)
    page.get_by_role("button", name="Ask", exact=True).click()
    page.get_by_role("alert").wait_for()


def advised(page: Page) -> None:
    """An answer that points to a professional, with something taken out of the question."""
    page_states.ask(page, "My name is John Smith. How many paracetamol tablets should I take for my headache?")


def signed_out(page: Page) -> None:
    """Nobody is signed in."""
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("banner").get_by_role("button", name="Sign in").wait_for()
    page.get_by_role("tab", name="History").click()
    page.get_by_text("Sign in to see what you have asked.").wait_for()


MORE = (with_everything_open, choosing, opened_again, about_to_delete, too_long, advised, signed_out)
ALL = {**STATES, **{state.__name__: state for state in MORE}}


@pytest.mark.parametrize("state", ALL)
def test_axe_finds_nothing(visit: Visit, state: str) -> None:
    visitor = visit()
    ALL[state](visitor.page)
    visitor.check_accessibility(state)


def test_axe_finds_nothing_while_waiting_and_after_a_failure(visit: Visit, site: Site) -> None:
    visitor = visit()
    visitor.requests_may_fail = True
    page = visitor.page
    page.get_by_role("textbox", name="Your question").fill(QUESTION)
    with site.proxy.injecting(fault_proxy.silent, only="POST questions"):
        page.get_by_role("button", name="Ask", exact=True).click()
        page.get_by_role("button", name="Cancel").wait_for()
        visitor.check_accessibility("waiting")
        page.get_by_role("button", name="Cancel").click()
    with site.proxy.injecting(fault_proxy.cut, only="POST questions"):
        page.get_by_role("button", name="Ask", exact=True).click()
        page.get_by_role("button", name="Try again").wait_for()
        visitor.check_accessibility("failed")


def test_axe_finds_nothing_with_probabilities_and_on_a_small_screen(visit: Visit, site: Site) -> None:
    visitor = visit(url=site.garden.url, viewport={"width": 360, "height": 740})
    page_states.choice(visitor.page)
    visitor.check_accessibility("probabilities")
    visitor.page.get_by_role("tab", name="Question", exact=True).click()
    page_states.answer(visitor.page)
    visitor.page.locator(".cite").first.click()
    visitor.check_accessibility("small screen")


# --- the keyboard alone -------------------------------------------------------------------------------------------

# What has the focus: its name, whether one sees that it has it, and whether anything lies over it.
FOCUSED = """() => {
  const element = document.activeElement, box = element.getBoundingClientRect(), style = getComputedStyle(element);
  const footer = document.querySelector("footer"), end = footer.getBoundingClientRect().top;
  const fixed = getComputedStyle(footer).position === "sticky";
  const [x, y] = [box.x + box.width / 2, Math.max(box.y, 0) + Math.min(box.height, innerHeight) / 2];
  const top = document.elementFromPoint(x, y);
  return {
    name: (element.getAttribute("aria-label") || element.textContent || element.id).trim().slice(0, 60),
    tag: element.tagName.toLowerCase(),
    visible: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    inside: box.top >= -1 && box.bottom <= (fixed ? end : innerHeight) + 1,
    uncovered: top !== null && (element.contains(top) || top.contains(element)) && !footer.contains(top),
  };
}"""


def walk(page: Page, most: int = 80) -> list[dict[str, Any]]:
    """Press Tab until the focus leaves the page; return where it has been."""
    steps: list[dict[str, Any]] = []
    while len(steps) < most:
        page.keyboard.press("Tab")
        step = page.evaluate(FOCUSED)
        if step["tag"] == "body" or (steps and (step["tag"], step["name"]) == (steps[0]["tag"], steps[0]["name"])):
            break
        steps.append(step)
    return steps


@pytest.mark.parametrize(
    "viewport", [{"width": 1280, "height": 720}, {"width": 360, "height": 640}], ids=["wide", "narrow"]
)
def test_the_focus_is_seen_everywhere_and_the_footer_never_covers_it(visit: Visit, viewport: dict[str, int]) -> None:
    visitor = visit(viewport=viewport)
    page = visitor.page
    page_states.history(page)  # so that all of the views hold something
    for view in ("Question", "Multiple choice", "History"):
        page.get_by_role("tab", name=view, exact=True).click()
        page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
        steps = walk(page)
        assert len(steps) >= 8, steps
        for step in steps:
            assert step["visible"], f"{view}: nobody sees the focus on {step}"
            assert step["inside"] or step["tag"] in ("textarea", "dialog"), f"{view}: out of sight: {step}"
            assert step["uncovered"], f"{view}: something lies over {step}"


def test_everything_can_be_done_by_the_keyboard_alone(visit: Visit) -> None:
    visitor = visit(viewport={"width": 900, "height": 800})
    page, keys = visitor.page, visitor.page.keyboard

    def tab_to(name: str, most: int = 40, key: str = "Tab") -> None:
        for _ in range(most):
            keys.press(key)
            if re.search(name, page.evaluate(FOCUSED)["name"]):
                return
        raise AssertionError(f"{key} does not lead to {name!r}")

    # GIVEN the page as it was loaded WHEN it is gone through THEN one can skip to the content
    tab_to("Skip to the content", most=1)
    keys.press("Enter")
    tab_to("^question$", most=3)
    # ask
    keys.type(QUESTION)
    keys.press("Enter")
    visitor.answer()
    expect(page.get_by_role("heading", level=2, name=QUESTION)).to_be_focused()
    # read: a citation shows its passage when it is focused, keeps it after Enter, gives it up after Escape
    tab_to("^Source 1")
    note = page.get_by_role("group", name="What source 1 says")
    expect(note).to_be_visible()
    keys.press("Enter")
    tab_to("^Close$", most=3)
    expect(note).to_be_visible()
    keys.press("Escape")
    expect(note).to_have_count(0)
    assert page.evaluate(FOCUSED)["name"].startswith("Source 1")
    # open a source, and how the answer was made
    tab_to("Asthma: symptoms")
    keys.press("Enter")
    expect(page.get_by_text("Not everyone has all four").first).to_be_visible()
    # say what one thinks of it
    tab_to("^Yes$")
    keys.press("Space")
    expect(page.get_by_role("button", name="Yes", exact=True)).to_have_attribute("aria-pressed", "true")
    tab_to("^comment-")
    keys.type("Clear.")
    tab_to("^Send$", most=2)
    keys.press("Enter")
    expect(page.get_by_text("Thank you, noted.")).to_be_visible()
    # go to another view by arrows
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    tab_to("^Question$")
    keys.press("ArrowRight")
    expect(page.get_by_role("tab", name="Multiple choice")).to_be_focused()
    expect(page.get_by_role("tab", name="Multiple choice")).to_have_attribute("aria-selected", "true")
    tab_to("^choice-question$")
    keys.type(page_states.CHOICE)
    for option in page_states.OPTIONS:
        keys.press("Tab")
        keys.type(option)
    keys.press("Enter")
    expect(visitor.answer().get_by_role("heading", level=2)).to_have_text(page_states.CHOICE)
    # and delete what was asked
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    tab_to("^Multiple choice$")
    keys.press("End")
    expect(page.get_by_role("tab", name="History")).to_be_focused()
    questions = page.get_by_role("listitem").get_by_role("link")
    expect(questions.first).to_have_text(page_states.CHOICE)
    before = questions.count()
    tab_to(f"^Delete: {re.escape(page_states.CHOICE)}")
    keys.press("Enter")
    expect(questions).to_have_count(before - 1)
    tab_to("^Delete all$", key="Shift+Tab")
    keys.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    keys.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(questions).to_have_count(before - 1)
    keys.press("Enter")
    tab_to("^Delete all$", most=2)
    keys.press("Enter")
    expect(page.get_by_text(re.compile("^Everything is deleted"))).to_be_visible()


# --- windows, type, motion, paper ---------------------------------------------------------------------------------

OVERFLOW = "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"


@pytest.mark.parametrize("state", [*STATES, "with_everything_open", "choosing", "about_to_delete"])
def test_nothing_is_scrolled_sideways_on_a_narrow_screen(visit: Visit, state: str) -> None:
    page = visit(viewport={"width": 320, "height": 640}).page
    ALL[state](page)
    assert page.evaluate(OVERFLOW) <= 0


def test_the_page_can_be_read_at_twice_its_size(visit: Visit) -> None:
    # GIVEN a window of 1280 by 720 at a zoom of 200 %: the page has half of it
    visitor = visit(viewport={"width": 640, "height": 360}, device_scale_factor=2)
    page_states.answer(visitor.page)
    assert visitor.page.evaluate(OVERFLOW) <= 0
    # AND the type alone twice as large, as the browser's settings allow
    other = visit(viewport={"width": 1280, "height": 720})
    size = "parseFloat(getComputedStyle(document.querySelector('h1')).fontSize)"
    before = other.page.evaluate(size)
    other.context.new_cdp_session(other.page).send("Page.setFontSizes", {"fontSizes": {"standard": 32}})
    assert other.page.evaluate(size) > 1.2 * before
    page_states.answer(other.page)
    assert other.page.evaluate(OVERFLOW) <= 0
    # THEN no label is cut off
    for page in (visitor.page, other.page):
        for button in page.locator("button:visible:not(.cite)").all():  # around a citation there is room for a finger
            cut = button.evaluate("element => element.scrollWidth - element.clientWidth")
            assert cut <= 1, button.inner_text()


def test_who_wants_no_motion_gets_none(visit: Visit, site: Site) -> None:
    page = visit(reduced_motion="reduce").page
    with site.proxy.injecting(fault_proxy.slow(1.0), only="POST questions"):
        page.get_by_role("textbox", name="Your question").fill(QUESTION)
        page.get_by_role("button", name="Ask", exact=True).click()
        page.get_by_role("button", name="Cancel").wait_for()
        assert page.evaluate("document.getAnimations().length") == 0
    page.locator("article.answer").wait_for()
    # AND who has nothing against it sees that something goes on
    page = visit(reduced_motion="no-preference").page
    with site.proxy.injecting(fault_proxy.slow(1.0), only="POST questions"):
        page.get_by_role("textbox", name="Your question").fill(QUESTION)
        page.get_by_role("button", name="Ask", exact=True).click()
        page.get_by_role("button", name="Cancel").wait_for()
        assert page.evaluate("document.getAnimations().length") > 0
    page.locator("article.answer").wait_for()


def test_on_paper_there_is_the_answer_with_its_passages_and_nothing_to_press(visit: Visit) -> None:
    page = visit().page
    page_states.answer(page)
    page.emulate_media(media="print")
    for role in ("button", "textbox", "tab"):
        for element in page.get_by_role(role).all():
            if not re.fullmatch(r"\d", element.inner_text()):  # citations stay: they are the numbers in the text
                expect(element).to_be_hidden()
    expect(page.locator(".statement").first).to_be_visible()
    expect(page.locator(".passage", has_text="Not everyone has all four").first).to_be_visible()
    expect(page.get_by_text("This is general information from published texts")).to_be_visible()


# --- slow lines ---------------------------------------------------------------------------------------------------


def test_the_first_load_is_small_and_goes_to_nobody_else(chromium: Any, site: Site) -> None:
    visitor = Visitor(chromium, site.api.url)
    line = visitor.context.new_cdp_session(visitor.page)
    line.send("Network.enable")
    sizes: list[int] = []
    line.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    visitor.open()
    visitor.page.get_by_text("The sources here").wait_for()
    assert len(sizes) >= 10  # all files, twice: before and after signing in
    assert 10_000 < sum(sizes) <= MAX_FIRST_LOAD, f"{sum(sizes):,} bytes in {len(sizes)} replies"
    visitor.close()


# --- hostile texts ------------------------------------------------------------------------------------------------

ELEMENTS = "document.querySelectorAll('article img, article script, article svg, article b[onmouseover]').length"


def test_text_of_a_source_is_text_and_nothing_else(visit: Visit, site: Site) -> None:
    # GIVEN a passage whose title, text, publisher and address hold scripts WHEN it is quoted, and opened everywhere
    visitor = visit(url=site.garden.url, permissions=["clipboard-read", "clipboard-write"])
    page = visitor.page
    answer = visitor.ask("How is fernitis treated?")
    for summary in page.locator("article summary:visible").all():
        summary.click()
    answer.locator(".cite").first.click()
    # THEN it is shown as it was written
    expect(answer.locator("q").first).to_contain_text("plenty of sleep<img src=x onerror=")
    expect(answer.locator(".sources").first).to_contain_text(HOSTILE.title)
    expect(answer.locator(".sources").first).to_contain_text("<script>window.hacked='text'</script>")
    expect(page.locator(".note-card")).to_contain_text("<b onmouseover=alert(1)>A publisher</b>")
    # AND nothing of it has become an element, a link, or has run; that the browser had nothing to refuse: see visit
    assert page.evaluate(ELEMENTS) == 0
    assert page.locator("a[href^='javascript']").count() == 0
    assert page.evaluate("window.hacked") is None
    # AND so it is in the history
    page.get_by_role("tab", name="History").click()
    page.get_by_role("link", name="How is fernitis treated?").first.wait_for()
    assert page.evaluate("document.querySelectorAll('main img, main script').length") == 0


def test_what_people_write_is_text_too(visit: Visit) -> None:
    visitor = visit()
    page = visitor.page
    hostile = "What are the symptoms of asthma <img src=x onerror=\"window.hacked='question'\">?"
    answer = visitor.ask(hostile)
    expect(answer.get_by_role("heading", level=2)).to_have_text(hostile)
    page.get_by_role("tab", name="Multiple choice").click()
    page.get_by_role("textbox", name="The question").fill(page_states.CHOICE)
    page.get_by_role("textbox", name="Option A").fill("A reliever inhaler <script>window.hacked='option'</script>")
    page.get_by_role("textbox", name="Option B").fill("<svg onload=\"window.hacked='option'\">")
    page.get_by_role("button", name="Choose").click()
    options = page.get_by_role("list", name="Options").get_by_role("listitem")
    expect(options.first).to_contain_text("<script>window.hacked='option'</script>")
    page.get_by_role("tab", name="History").click()
    expect(page.get_by_role("link", name=hostile).first).to_be_visible()
    assert page.evaluate(ELEMENTS) == 0
    assert page.evaluate("window.hacked") is None


def test_the_browser_itself_would_refuse(visit: Visit) -> None:
    # GIVEN the page WHEN a script of it made HTML of text after all THEN the browser would not let it
    visitor = visit()
    refused = "(code) => { try { code(); return ''; } catch (error) { return error.name; } }"
    for code in ("document.body.innerHTML = '<b>x</b>'", "document.write('<b>x</b>')"):
        assert visitor.page.evaluate(f"({refused})(() => {{ {code}; }})") == "TypeError", code
    assert len(visitor.complaints) >= 2
    assert all("TrustedHTML" in said for said in visitor.complaints)
    visitor.complaints.clear()
