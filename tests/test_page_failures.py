"""The page when things fail, really: what it says, that the question is never lost, that trying again works.

What was asked again is recorded once: each question bears a number of its own, by which it is counted in the history.
"""

import contextlib
import itertools
import json
import re
import time
from collections.abc import Callable, Iterator

import fault_proxy
import httpx
import pytest
from browser import Site, Visitor
from fault_proxy import Fault
from joserfc import jwk, jwt
from playwright.sync_api import Locator, Page, expect
from running_system import Process, frozen

from medassist.production import sign_in

pytestmark = pytest.mark.integration

Visit = Callable[..., Visitor]
ASK = "POST questions"  # the call's name at the proxy
QUESTION = "What are the symptoms of asthma?"
NUMBERS = itertools.count(1)


@pytest.fixture
def visitor(visit: Visit) -> Visitor:
    visitor = visit()
    visitor.requests_may_fail = True
    return visitor


@pytest.fixture
def question() -> str:
    """Return a question that nobody has asked before, in words that the sources answer."""
    return f"{QUESTION} ({next(NUMBERS)})"


def send(visitor: Visitor, question: str) -> None:
    field = visitor.page.get_by_role("textbox", name="Your question")
    field.fill(question)
    field.press("Enter")


def failure(page: Page, words: str) -> Locator:
    """Return the message once it is there, and see that the question is too."""
    fault = page.get_by_role("alert").filter(has_text=words)
    expect(fault).to_be_visible()
    expect(page.get_by_text("Your question is still in its field.")).to_be_visible()
    expect(page.get_by_role("textbox", name="Your question")).not_to_have_value("")
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_enabled()
    return fault


def times_recorded(visitor: Visitor, question: str) -> int:
    with visitor.client() as client:
        items = client.get("/v1/questions?limit=100").json()["items"]
    return sum(item["question"] == question for item in items)


def try_again(visitor: Visitor, question: str) -> None:
    """Press the button; the answer comes, and is recorded once."""
    visitor.page.get_by_role("button", name="Try again", exact=True).click()
    expect(visitor.answer().get_by_role("heading", level=2)).to_have_text(question)
    assert times_recorded(visitor, question) == 1
    assert visitor.page.evaluate("sessionStorage.getItem('draft-question')") is None


# --- between browser and API --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        pytest.param(fault_proxy.cut, "The service cannot be reached.", id="cut"),
        pytest.param(fault_proxy.cut_after_the_service_has_done_it, "The service cannot be reached.", id="answer lost"),
        pytest.param(fault_proxy.torn, "The reply broke off on its way.", id="torn"),
        pytest.param(
            fault_proxy.altered(lambda body: body[:-40]), "The reply broke off on its way.", id="half of it, as whole"
        ),
        pytest.param(
            fault_proxy.says(502, b"<html>Bad gateway</html>", "text/html"), "The service cannot answer", id="502"
        ),
        pytest.param(
            fault_proxy.says(500, {"title": "Internal error", "detail": "It broke."}, "application/problem+json"),
            "The service cannot answer just now.",
            id="500",
        ),
        pytest.param(
            fault_proxy.says(504, {"detail": "The answer took too long."}, "application/problem+json"),
            "The service cannot answer just now.",
            id="504",
        ),
    ],
)
def test_whatever_happens_on_the_way_the_question_is_kept_and_recorded_once(
    visitor: Visitor, site: Site, question: str, fault: Fault, words: str
) -> None:
    # GIVEN something that goes wrong WHEN a question is asked THEN the page says what
    with site.proxy.injecting(fault, only=ASK):
        send(visitor, question)
        failure(visitor.page, words)
    # AND when it is over, trying again is enough
    try_again(visitor, question)


def test_a_question_that_failed_survives_a_reload(visitor: Visitor, site: Site, question: str) -> None:
    with site.proxy.injecting(fault_proxy.cut, only=ASK):
        send(visitor, question)
        failure(visitor.page, "The service cannot be reached.")
    visitor.page.reload()
    expect(visitor.page.get_by_role("textbox", name="Your question")).to_have_value(question)


def test_asking_can_be_cancelled(visitor: Visitor, site: Site, question: str) -> None:
    # GIVEN an API that says nothing WHEN somebody does not want to wait
    page = visitor.page
    with site.proxy.injecting(fault_proxy.silent, only=ASK):
        send(visitor, question)
        page.get_by_role("button", name="Cancel").click()
        # THEN they are back in the field, at once, with what they wrote
        field = page.get_by_role("textbox", name="Your question")
        expect(field).to_be_focused()
        expect(field).to_have_value(question)
        expect(page.get_by_role("status").filter(has_text="…")).to_have_count(0)
    # AND can ask again
    field.press("Enter")
    visitor.answer()


def test_nobody_waits_for_ever(visit: Visit, site: Site, question: str) -> None:
    # GIVEN an API that says nothing, and a browser whose clock we move
    visitor = visit()
    page = visitor.page
    page.clock.install()
    page.reload()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    with site.proxy.injecting(fault_proxy.silent, only=ASK) as calls:
        send(visitor, question)
        fault_proxy.wait_until(lambda: ASK in calls)
        # WHEN it takes longer than usual THEN the seconds are counted
        page.clock.run_for(7_000)
        expect(page.get_by_text("Longer than usual: 7 s")).to_be_visible()
        # WHEN it takes longer than API Gateway ever does THEN the page gives up
        page.clock.run_for(34_000)
        failure(page, "No answer came within 40 seconds.")
    page.clock.resume()
    try_again(visitor, question)


def test_offline(visitor: Visitor, question: str) -> None:
    visitor.context.set_offline(True)
    send(visitor, question)
    failure(visitor.page, "You are offline.")
    visitor.context.set_offline(False)
    try_again(visitor, question)


def test_an_answer_under_way_is_waited_for(visitor: Visitor, site: Site, question: str) -> None:
    # GIVEN a slow API, and a reply that was lost while the answer was being made
    with site.proxy.injecting(fault_proxy.cut, only=ASK):
        send(visitor, question)
        failure(visitor.page, "The service cannot be reached.")
    # WHEN the first request still is at work, as its key says, THEN trying again waits for it
    busy = {"title": "Conflict", "status": 409, "detail": "A request with this key is being answered."}
    once = iter([fault_proxy.says(409, busy, "application/problem+json")])

    def first_busy(exchange: fault_proxy.Exchange) -> None:
        next(once, fault_proxy.Exchange.pass_on)(exchange)

    with site.proxy.injecting(first_busy, only=ASK) as calls:
        try_again(visitor, question)
        assert calls.count(ASK) == 2


def test_settings_that_cannot_be_read_are_read_again(visit: Visit, site: Site) -> None:
    visitor = visit()
    visitor.requests_may_fail = True
    page = visitor.page
    # GIVEN a page whose settings cannot be had WHEN it is loaded THEN it says so above everything else
    with site.proxy.injecting(fault_proxy.cut, only="GET config.json"):
        page.reload()
        notice = page.get_by_role("alert").filter(has_text="The service cannot be reached.")
        expect(notice).to_be_visible()
    # AND one press mends it
    notice.get_by_role("button", name="Try again").click()
    expect(notice).to_have_count(0)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def test_the_history_says_what_failed_and_tries_again(visitor: Visitor, site: Site, question: str) -> None:
    page = visitor.page
    send(visitor, question)
    visitor.answer()
    with site.proxy.injecting(fault_proxy.says(503, b"{}", "application/problem+json"), only="GET questions"):
        page.get_by_role("tab", name="History").click()
        fault = page.get_by_role("alert").filter(has_text="The service cannot answer just now.")
        expect(fault).to_be_visible()
    fault.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("link", name=question)).to_be_visible()
    expect(fault).to_have_count(0)


# --- parts behind the API -----------------------------------------------------------------------------------------


def test_a_model_that_is_down_costs_its_words_only(visitor: Visitor, site: Site, question: str) -> None:
    with frozen(site.system.container()):
        answer = visitor.ask(question)
    expect(answer.get_by_text("Quoted word for word")).to_be_visible()
    expect(answer.locator("q").first).to_contain_text("wheezing")
    assert times_recorded(visitor, question) == 1


def test_what_could_not_be_saved_says_so_and_can_be_saved(visitor: Visitor, site: Site, question: str) -> None:
    # GIVEN a table that cannot be used WHEN a question is asked THEN it is answered, and not in the history
    with site.system.proxies["dynamodb"].injecting(fault_proxy.DYNAMODB_BROKEN):
        answer = visitor.ask(question)
        expect(answer.get_by_text("This answer could not be saved to your history.")).to_be_visible()
        expect(answer.get_by_text("Did this help?")).to_have_count(0)
    assert times_recorded(visitor, question) == 0
    # WHEN it can be used again THEN one press saves it
    visitor.page.get_by_role("button", name="Try to save it").click()
    expect(visitor.page.get_by_text("Did this help?")).to_be_visible()
    assert times_recorded(visitor, question) == 1


# --- the API itself -----------------------------------------------------------------------------------------------


@contextlib.contextmanager
def running(site: Site, *arguments: str) -> Iterator[Process]:
    """Run an API of one's own for a while."""
    api = site.start_api("page-own", *arguments)
    try:
        yield api
    finally:
        api.kill()


def test_an_api_that_was_stopped_and_comes_back(visit: Visit, site: Site, question: str) -> None:
    # GIVEN a page whose API is stopped WHEN a question is asked THEN the page says that it cannot be reached
    with running(site) as api:
        visitor = visit(url=api.url)
        visitor.requests_may_fail = True
    send(visitor, question)
    failure(visitor.page, "The service cannot be reached.")
    # AND when it is up again, trying again is enough
    port = api.url.rpartition(":")[2]
    with running(site, "--port", port):
        try_again(visitor, question)


def test_too_many_at_once_wait_for_their_turn(visit: Visit, site: Site, question: str) -> None:
    # GIVEN an API that lets few requests in, and all of them used
    with running(site, "--rate", "0.25", "--burst", "2") as api:
        visitor = visit(url=api.url)
        visitor.requests_may_fail = True
        page = visitor.page
        expect(page.get_by_text("The sources here")).to_be_visible()
        while httpx.get(f"{api.url}/v1/health").status_code == 200:
            pass
        # WHEN a question is asked THEN the page says that it has to wait, and for how long
        send(visitor, question)
        fault = failure(page, "Too many questions are being asked at once.")
        wait = fault.get_by_role("button", name=re.compile(r"^Try again in \d s$"))
        expect(wait).to_be_disabled()
        # AND then it is let in
        expect(fault.get_by_role("button", name="Try again", exact=True)).to_be_enabled()
        fault.get_by_role("button", name="Try again", exact=True).click()
        expect(visitor.answer().get_by_role("heading", level=2)).to_have_text(question)


def key_of(site: Site) -> jwk.RSAKey:
    """Return the key that the emulated Cognito signs with."""
    return jwk.RSAKey.import_key(json.loads((site.system.folder / "cloud" / "cognito-key.json").read_text()))


def expired(site: Site, token: str) -> str:
    """Return the same token as it would be an hour after its end."""
    of = jwt.decode(token, key_of(site))
    made: str = jwt.encode(of.header, {**of.claims, "exp": int(time.time()) - 3_600}, key_of(site))
    return made


def foreign(site: Site, _: str) -> str:
    """Return a token of another user pool of the same cloud."""
    with site.system.environment():
        return sign_in.passing_token(sign_in.find_pool("medassist"))


@pytest.mark.parametrize("token_of", [expired, foreign])
def test_a_token_that_is_no_longer_good_leads_through_the_sign_in(
    visitor: Visitor, site: Site, question: str, token_of: Callable[[Site, str], str]
) -> None:
    # GIVEN a page that takes its token for good WHEN the API does not
    page = visitor.page
    page.evaluate("(token) => sessionStorage.setItem('token', token)", token_of(site, visitor.token))
    send(visitor, question)
    fault = failure(page, "You are not signed in, or no longer.")
    expect(page.get_by_role("banner").get_by_role("button", name="Sign in")).to_be_visible()
    # WHEN somebody signs in THEN the question is asked without being written again
    fault.get_by_role("button", name="Sign in").click()
    expect(visitor.answer().get_by_role("heading", level=2)).to_have_text(question)
    assert times_recorded(visitor, question) == 1
