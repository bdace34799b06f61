"""The page in a real browser, over the real local cloud: asking, reading, checking, keeping."""

import json
import re
from collections.abc import Callable

import fault_proxy
import page_states
import pytest
from browser import PUBLISHED, Site, Visitor, needed_browser
from page_states import OFF_TOPIC, QUESTION, URGENT
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.integration

Visit = Callable[..., Visitor]
ASK = "POST /v1/questions"


@pytest.fixture
def visitor(visit: Visit) -> Visitor:
    return visit()


@pytest.fixture
def page(visitor: Visitor) -> Page:
    return visitor.page


@pytest.fixture
def nothing_asked(visitor: Visitor) -> Visitor:
    """Return somebody whose history is empty."""
    with visitor.client() as client:
        assert client.delete("/v1/questions").json()["complete"]
    return visitor


def field_of(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Your question")


def heading(page: Page, text: str) -> Locator:
    return page.get_by_role("heading", level=2, name=text)


def test_without_a_browser_the_tests_are_skipped_but_not_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("MEDASSIST_BROWSER", raising=False)
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="There is no Chromium: install one"):
        needed_browser()
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="There is no Chromium: install one"):
        needed_browser()


# --- asking -------------------------------------------------------------------------------------------------------


def test_enter_asks_and_shift_enter_breaks_the_line(visitor: Visitor, page: Page) -> None:
    # GIVEN a question that is written in two lines
    field = field_of(page)
    field.press_sequentially("What are the symptoms")
    field.press("Shift+Enter")
    field.press_sequentially("of asthma?")
    assert field.input_value() == "What are the symptoms\nof asthma?"
    assert ASK not in visitor.requests
    # WHEN Enter is pressed THEN it is answered, once, and the answer is where the reader is taken
    field.press("Enter")
    expect(heading(page, QUESTION)).to_be_focused()
    expect(page.get_by_text("wheezing (a whistling sound").first).to_be_visible()
    assert visitor.requests.count(ASK) == 1
    # AND the disclaimers are there: the API's with the answer, the short one in sight wherever one is
    expect(page.get_by_text("This is general information from published texts")).to_be_visible()
    expect(page.get_by_role("contentinfo")).to_be_in_viewport()


def test_the_progress_is_told_and_the_answer_takes_its_place(visitor: Visitor, page: Page, site: Site) -> None:
    # GIVEN an API that takes its time WHEN a question is asked
    with site.proxy.injecting(fault_proxy.slow(2.0), only="POST questions"):
        field_of(page).fill(QUESTION)
        page.get_by_role("button", name="Ask", exact=True).click()
        # THEN what is being done is announced, and nobody can ask twice
        status = page.get_by_role("status").filter(has_text="…")
        expect(status).to_have_text(re.compile("Looking for sources|Writing|Checking each statement"))
        expect(page.get_by_role("button", name="Ask", exact=True)).to_be_disabled()
        visitor.answer()
    # AND then the answer is all that there is
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_enabled()


def test_the_limit_shows_as_it_nears(visitor: Visitor, page: Page) -> None:
    field = field_of(page)
    counter = page.get_by_text(re.compile(r"of 2,000 characters"))
    field.fill("a" * 1_699)
    expect(counter).to_have_count(0)
    field.fill("a" * 1_950)
    expect(counter).to_have_text("1,950 of 2,000 characters")
    # WHEN there are too many THEN the page says so, sends nothing, and keeps what was written
    field.fill("a" * 2_001)
    field.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("The question has 2,001 characters, but the limit is 2,000.")
    assert ASK not in visitor.requests
    assert len(field.input_value()) == 2_001


def test_nothing_is_not_asked(visitor: Visitor, page: Page) -> None:
    field_of(page).fill("  \n ")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Write a question first.")
    expect(field_of(page)).to_be_focused()
    assert ASK not in visitor.requests


def test_an_example_is_asked_by_one_press(page: Page, visitor: Visitor) -> None:
    page.get_by_role("button", name="How is high blood pressure treated?").click()
    visitor.answer()
    expect(heading(page, "How is high blood pressure treated?")).to_be_visible()


def test_the_address_can_bring_a_question(visit: Visit) -> None:
    # WHEN somebody follows a link with a question, and is signed in on the way THEN it stands in the field
    visitor = visit("/?q=What%20is%20gout%3F")
    expect(field_of(visitor.page)).to_have_value("What is gout?")
    # AND once it is answered it does not come back
    field_of(visitor.page).press("Enter")
    visitor.answer()
    visitor.page.reload()
    expect(field_of(visitor.page)).to_have_value("")


# --- reading ------------------------------------------------------------------------------------------------------


def test_a_citation_shows_its_passage_when_pointed_at_focused_or_pressed(visit: Visit) -> None:
    # GIVEN an answer in a window that has no room beside the text
    visitor = visit(viewport={"width": 800, "height": 900})
    page = visitor.page
    statement = visitor.ask(QUESTION).locator(".statement").first
    cite = statement.get_by_role("button", name="Source 1: Asthma: symptoms")
    note = page.get_by_role("group", name="What source 1 says")
    expect(note).to_have_count(0)
    # WHEN it is pointed at THEN the passage is there with the quoted words marked, and goes with the pointer
    cite.hover()
    expect(note).to_contain_text("medassist sample")
    quoted = statement.locator("q").inner_text()
    assert quoted.strip("“”") == note.locator("mark").inner_text()
    expect(cite).to_have_attribute("aria-expanded", "true")
    note.hover()  # it can be read with the pointer on it
    expect(note).to_be_visible()
    page.mouse.move(5, 5)
    expect(note).to_have_count(0)
    # WHEN it is focused THEN likewise
    cite.focus()
    expect(note).to_be_visible()
    page.keyboard.press("Escape")
    expect(note).to_have_count(0)
    expect(cite).to_be_focused()
    # WHEN it is pressed THEN it stays while the pointer goes elsewhere, until it is closed
    cite.click()
    page.mouse.move(5, 5)
    expect(note).to_be_visible()
    note.get_by_role("button", name="Close").click()
    expect(note).to_have_count(0)
    expect(cite).to_be_focused()


def test_a_citation_shows_its_passage_when_it_is_tapped(visit: Visit) -> None:
    visitor = visit(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    statement = visitor.ask(QUESTION).locator(".statement").first
    note = visitor.page.get_by_role("group", name="What source 1 says")
    expect(note).to_have_count(0)
    statement.get_by_role("button", name="Source 1").tap()
    expect(note.locator("mark")).to_be_in_viewport()
    # WHEN somebody taps elsewhere THEN it goes
    visitor.page.get_by_role("heading", level=2, name=QUESTION).tap()
    expect(note).to_have_count(0)


def test_beside_the_text_the_first_passage_is_shown_at_once(visitor: Visitor, page: Page) -> None:
    answer = visitor.ask(QUESTION)
    note = page.get_by_role("group", name="What source 1 says")
    expect(note.locator("mark")).to_have_text(re.compile("^The typical symptoms of asthma are wheezing"))
    # WHEN the next statement's citation is pointed at THEN its words are marked
    answer.locator(".cite").nth(1).hover()
    expect(note).to_have_count(1)
    expect(note.locator("mark")).to_have_text(re.compile("^Symptoms vary from day to day"))
    # AND it covers no text
    note_box, answer_box = note.bounding_box(), answer.locator(".statements").bounding_box()
    assert note_box is not None
    assert answer_box is not None
    assert note_box["x"] >= answer_box["x"] + answer_box["width"]


def test_quotations_are_told_from_the_models_own_words(visit: Visit, site: Site) -> None:
    visitor = visit(url=site.garden.url)
    # GIVEN a model whose words the passages support
    words = json.dumps({"text": "Fernitis is treated with rest, warm water and plenty of sleep.", "model": "tiny-t5"})
    with site.system.proxies["runtime"].injecting(fault_proxy.says(200, words.encode())):
        answer = visitor.ask("How is fernitis treated?")
    # THEN they stand there as they are, and in the passage the words are marked that both have
    expect(answer.locator(".statement")).to_contain_text("Fernitis is treated with rest, warm water")
    expect(answer.locator("q")).to_have_count(0)
    expect(answer).not_to_contain_text("Quoted word for word")
    marked = " ".join(visitor.page.locator(".note-card mark").all_inner_texts())
    assert all(word in marked for word in ("Fernitis", "treated", "rest", "warm", "water", "plenty", "sleep"))
    # WHEN the model says what no passage supports THEN the sources are quoted, and it says so
    answer = visitor.ask(QUESTION)
    expect(answer.get_by_text("Quoted word for word")).to_be_visible()
    assert answer.locator("q").count() > 0


def test_sources_name_publisher_and_address(visit: Visit, site: Site) -> None:
    visitor = visit(url=site.garden.url)
    answer = visitor.ask(QUESTION)
    sources = answer.locator(".sources").first
    expect(sources).to_contain_text("Asthma: symptoms")
    expect(sources).to_contain_text("medassist sample")
    link = sources.get_by_role("link", name="Read it where it was published").first
    expect(link).to_have_attribute("href", f"{PUBLISHED}asthma-symptoms")
    assert link.get_attribute("rel") == "noopener noreferrer"
    # WHEN a source is opened THEN its whole passage is there, with what is quoted marked
    passage = sources.get_by_text("Not everyone has all four")
    expect(passage).to_be_hidden()
    sources.get_by_text("Asthma: symptoms").click()
    expect(passage).to_be_visible()
    assert sources.locator("mark").count() > 0


def test_what_was_considered_is_shown_with_scores_and_how_it_was_made(visitor: Visitor) -> None:
    answer = visitor.ask(QUESTION)
    considered = answer.locator("details", has_text="All 5 passages considered, with scores").last
    considered.locator("summary").first.click()
    scores = considered.get_by_text(re.compile(r"^score \d+\.\d\d, similarity \d\.\d\d$"))
    expect(scores).to_have_count(5)
    answer.get_by_text("How this answer was made").click()
    made = answer.locator("dl")
    for term in ("Looking for sources", "Checking", "All together", "Model", "Index", "Support of statement 1"):
        expect(made.get_by_text(term, exact=True)).to_be_visible()
    assert re.search(r"All together\s+[\d,]+ ms", made.inner_text())


def test_what_the_sources_do_not_answer_is_not_answered(visitor: Visitor) -> None:
    answer = visitor.ask(OFF_TOPIC)
    expect(answer).to_contain_text("I can't answer that from my sources.")
    expect(answer.get_by_role("heading", name="The nearest topics in my sources")).to_be_visible()
    expect(answer.locator(".statement")).to_have_count(0)
    assert answer.locator(".sources li").count() > 0


def test_each_view_has_a_title_and_an_address(page: Page) -> None:
    for view, address in (("Multiple choice", "#choice"), ("History", "#history"), ("Question", "#question")):
        page.get_by_role("tab", name=view, exact=True).click()
        expect(page).to_have_title(f"{view} · medassist")
        assert page.url.endswith(address)
    page.go_back()
    expect(page.get_by_role("tab", name="History")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("heading", level=1, name="What you have asked")).to_be_visible()


def test_an_urgent_message_comes_first_with_its_number(visitor: Visitor, page: Page) -> None:
    answer = visitor.ask(URGENT)
    alert = answer.get_by_role("alert")
    expect(alert).to_be_in_viewport()
    expect(page.get_by_role("heading", name="Get help now")).to_be_focused()
    expect(alert.get_by_role("link", name="Call 112")).to_have_attribute("href", "tel:112")
    # AND nothing but what was written stands beside it, and after it
    assert answer.evaluate("article => article.firstElementChild.getAttribute('role')") == "alert"
    expect(answer.get_by_text(URGENT)).to_be_visible()
    expect(answer.get_by_text("Did this help?")).to_have_count(0)
    expect(answer.locator(".statement")).to_have_count(0)


def test_a_question_about_oneself_is_pointed_to_somebody_who_can_tell(visitor: Visitor) -> None:
    answer = visitor.ask("How many paracetamol tablets should I take for my headache?")
    advice = answer.get_by_text("This answer gives no dose for anyone.")
    expect(advice).to_be_visible()
    # THEN it stands before what the sources say
    first = answer.locator(".statement").first
    assert advice.evaluate("(note, other) => note.compareDocumentPosition(other) & 4", first.element_handle()) == 4


def test_people_are_told_what_was_taken_out_of_their_question(visitor: Visitor, page: Page) -> None:
    answer = visitor.ask("My name is John Smith, call me on 020 7946 0958. What are the symptoms of asthma?")
    expect(heading(page, "My name is [name], call me on [phone]. What are the symptoms of asthma?")).to_be_visible()
    expect(answer.get_by_text("Taken out of your question before anything else: name, phone.")).to_be_visible()
    expect(answer).not_to_contain_text("Smith")


# --- checking and keeping -----------------------------------------------------------------------------------------


def test_the_copy_can_be_read_without_the_page(visit: Visit, site: Site) -> None:
    visitor = visit(url=site.garden.url, permissions=["clipboard-read", "clipboard-write"])
    answer = visitor.ask(QUESTION)
    answer.get_by_role("button", name="Copy with sources").click()
    expect(answer.get_by_role("status").filter(has_text="Copied.")).to_be_visible()
    copied = visitor.page.evaluate("navigator.clipboard.readText()")
    lines = copied.splitlines()
    assert lines[0] == QUESTION
    assert '"The typical symptoms of asthma are wheezing' in copied
    assert any(line.endswith(" [1]") for line in lines)
    assert f"[1] Asthma: symptoms, medassist sample, {PUBLISHED}asthma-symptoms" in lines
    assert lines[-1].startswith("This is general information")


def test_feedback_is_given_and_kept(visitor: Visitor, page: Page) -> None:
    answer = visitor.ask(QUESTION)
    # WHEN somebody says that it did not help, and why
    answer.get_by_role("button", name="No", exact=True).click()
    expect(answer.get_by_role("status").filter(has_text="Thank you, noted.")).to_be_visible()
    comment = answer.get_by_role("textbox", name=re.compile("What was good or wrong"))
    comment.fill("Too long, says john.smith@example.org.")
    with page.expect_response("**/feedback") as sent:
        answer.get_by_role("button", name="Send").click()
    # THEN it is stored, without the address, and shown as it was stored
    assert sent.value.ok
    expect(comment).to_have_value("Too long, says [email].")
    with visitor.client() as client:
        item = client.get("/v1/questions?limit=1").json()["items"][0]
    assert (item["feedback"]["rating"], item["feedback"]["comment"]) == ("down", "Too long, says [email].")
    # AND it is there when the answer is opened again
    page.get_by_role("tab", name="History").click()
    row = page.locator("li", has=page.get_by_role("link", name=QUESTION)).first
    expect(row.get_by_text("did not help")).to_be_visible()
    row.get_by_role("link").click()
    again = visitor.answer()
    expect(again.get_by_role("button", name="No", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(again.get_by_role("textbox", name=re.compile("What was good or wrong"))).to_have_value(
        "Too long, says [email]."
    )


def test_the_history_is_searched_read_and_deleted(nothing_asked: Visitor) -> None:
    # GIVEN three questions
    visitor, page = nothing_asked, nothing_asked.page
    page_states.history(page)
    questions = page.get_by_role("listitem").get_by_role("link")
    expect(questions).to_have_text([QUESTION, OFF_TOPIC, "How is high blood pressure treated?"])  # the newest first
    # WHEN one is searched for, by a word of its answer THEN it is found, and the count is announced
    search = page.get_by_role("searchbox", name="Search your questions and answers")
    search.fill("WHEEZING")
    expect(questions).to_have_text([QUESTION])
    expect(page.get_by_role("status").filter(has_text="1 question found.")).to_be_visible()
    search.fill("zebrafinch")
    expect(questions).to_have_count(0)
    expect(page.get_by_text("Nothing found.")).to_be_visible()
    search.fill("")
    # WHEN it is opened again THEN it is the whole answer, and the browser's way back leads to the list
    questions.first.click()
    again = visitor.answer()
    expect(again.get_by_role("heading", level=2)).to_have_text(QUESTION)
    expect(again.locator(".statement").first).to_contain_text("wheezing")
    page.go_back()
    expect(questions).to_have_count(3)
    # WHEN one is deleted THEN it is gone here and there, and the focus is on what took its place
    page.get_by_role("button", name=f"Delete: {OFF_TOPIC}").click()
    expect(questions).to_have_text([QUESTION, "How is high blood pressure treated?"])
    expect(page.get_by_role("button", name="Delete: How is high blood pressure treated?")).to_be_focused()
    with visitor.client() as client:
        assert len(client.get("/v1/questions").json()["items"]) == 2


def test_everything_is_deleted_only_after_a_question(nothing_asked: Visitor) -> None:
    visitor, page = nothing_asked, nothing_asked.page
    page_states.history(page)
    # WHEN somebody presses the button and thinks better of it THEN nothing happens
    page.get_by_role("button", name="Delete all").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Keep")).to_be_focused()
    dialog.get_by_role("button", name="Keep").click()
    expect(page.get_by_role("listitem").get_by_role("link")).to_have_count(3)
    # WHEN they mean it THEN all is gone
    page.get_by_role("button", name="Delete all").click()
    dialog.get_by_role("button", name="Delete all").click()
    expect(page.get_by_text("Everything is deleted: 3 questions.")).to_be_visible()
    expect(page.get_by_role("listitem").get_by_role("link")).to_have_count(0)
    with visitor.client() as client:
        assert client.get("/v1/questions").json()["items"] == []


def test_older_questions_are_there_and_are_found(nothing_asked: Visitor) -> None:
    # GIVEN more questions than a page shows, which are answered quickly as they are urgent
    visitor, page = nothing_asked, nothing_asked.page
    with visitor.client() as client:
        for n in range(52):
            question = "I can't breathe" if n else "I can't breathe, said the zebrafinch"
            client.post("/v1/questions", json={"question": question}).raise_for_status()
    page.get_by_role("tab", name="History").click()
    questions = page.get_by_role("listitem").get_by_role("link")
    expect(questions).to_have_count(50)
    # WHEN the oldest is searched for THEN it is found
    page.get_by_role("searchbox").fill("finch breathe")
    expect(questions).to_have_text(["I can't breathe, said the zebrafinch"])
    # AND they can be leafed through, to the last
    page.reload()
    expect(questions).to_have_count(50)
    page.get_by_role("button", name="Show older ones").click()
    expect(questions).to_have_count(52)
    expect(page.get_by_role("button", name="Show older ones")).to_be_hidden()


# --- multiple choice ----------------------------------------------------------------------------------------------


def test_options_are_shown_with_the_models_probabilities(visit: Visit, site: Site) -> None:
    # GIVEN a model whose choices are shown
    page = visit(url=site.garden.url).page
    page_states.choice(page)
    # THEN each option has its share, and they are one together
    options = page.get_by_role("list", name="Options").get_by_role("listitem")
    expect(options).to_have_count(3)
    shares = [int(re.findall(r"(\d+) %", text)[0]) for text in options.all_inner_texts()]
    assert sum(shares) == pytest.approx(100, abs=2)
    chosen = options.filter(has_text="chosen")
    expect(chosen).to_have_count(1)
    assert int(re.findall(r"(\d+) %", chosen.inner_text())[0]) == max(shares)
    # AND the bars are as long as that
    bars = [bar.evaluate("bar => bar.style.getPropertyValue('--share')") for bar in options.locator(".bar").all()]
    assert [round(100 * float(share)) for share in bars] == pytest.approx(shares, abs=1)
    # AND the answer can be opened again with all of that
    page.get_by_role("tab", name="History").click()
    page.get_by_role("link", name=page_states.CHOICE).first.click()
    again = page.get_by_role("tabpanel", name="History").get_by_role("list", name="Options").get_by_role("listitem")
    expect(again).to_have_count(3)
    assert [int(re.findall(r"(\d+) %", text)[0]) for text in again.all_inner_texts()] == shares


def test_a_choice_that_is_not_the_models_has_no_probabilities(page: Page) -> None:
    page_states.choice(page)
    options = page.get_by_role("list", name="Options").get_by_role("listitem")
    expect(options.filter(has_text="chosen")).to_contain_text("A reliever inhaler")
    expect(options).to_have_count(3)
    expect(page.get_by_text("There are no probabilities: the model")).to_be_visible()
    assert "%" not in "".join(options.all_inner_texts())


def test_options_are_two_to_ten(visitor: Visitor, page: Page) -> None:
    page.get_by_role("tab", name="Multiple choice").click()
    page.get_by_role("textbox", name="The question").fill("Which one?")
    page.get_by_role("textbox", name="Option A").fill("the only one")
    page.get_by_role("button", name="Choose").click()
    expect(page.get_by_role("alert")).to_contain_text("Write at least two options.")
    assert ASK not in visitor.requests
    add = page.get_by_role("button", name="Add an option")
    while add.is_visible():
        add.click()
    expect(page.get_by_role("textbox", name=re.compile("^Option "))).to_have_count(10)
    expect(page.get_by_role("textbox", name="Option J")).to_be_focused()


# --- drafts, and who is signed in ---------------------------------------------------------------------------------


def test_what_was_not_sent_survives_a_reload_and_what_was_answered_does_not(visitor: Visitor, page: Page) -> None:
    field_of(page).fill("What is gout?")
    page.get_by_role("tab", name="Multiple choice").click()
    page.get_by_role("textbox", name="The question").fill("Which one?")
    page.get_by_role("textbox", name="Option B").fill("this one")
    page.reload()
    expect(page.get_by_role("textbox", name="The question")).to_have_value("Which one?")
    expect(page.get_by_role("textbox", name="Option B")).to_have_value("this one")
    page.get_by_role("tab", name="Question", exact=True).click()
    expect(field_of(page)).to_have_value("What is gout?")
    # WHEN it is answered THEN nothing of it is kept
    field_of(page).press("Enter")
    visitor.answer()
    assert "gout" not in page.evaluate("JSON.stringify({...sessionStorage, ...localStorage})")
    page.reload()
    expect(field_of(page)).to_have_value("")


def test_signing_out_and_in_again(visitor: Visitor, page: Page) -> None:
    # WHEN somebody signs out THEN the page stays, without their token and their questions
    page.get_by_role("button", name="Sign out").click()
    sign_in = page.get_by_role("banner").get_by_role("button", name="Sign in")
    expect(sign_in).to_be_visible()
    assert page.evaluate("sessionStorage.getItem('token')") is None
    page.get_by_role("tab", name="History").click()
    expect(page.get_by_text("Sign in to see what you have asked.")).to_be_visible()
    # WHEN they ask THEN they are signed in on the way, and answered
    page.get_by_role("tab", name="Question", exact=True).click()
    field_of(page).fill(QUESTION)
    field_of(page).press("Enter")
    visitor.answer()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    expect(heading(page, QUESTION)).to_be_visible()
    # AND the code that they came back with is in no address
    assert "code=" not in page.url


def test_nothing_outlives_the_tab_and_nobody_is_told(visitor: Visitor, page: Page, site: Site) -> None:
    visitor.ask(QUESTION)
    assert page.evaluate("localStorage.length") == 0
    assert visitor.context.cookies() == []
    assert page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0
    # AND every request went to the page's own address: see the fixture; there were some
    assert {"GET /", "GET /config.json", "POST /sign-in/oauth2/token", ASK} <= set(visitor.requests)
