"""What a model must do at an endpoint before it may answer people: the requests of the smoke test.

The requests are the ones that go wrong when something is wrong: an answer, the same answer again, a choice among
options, a judgement, a limit of words, the largest request that is allowed, several at once, and those that must be
refused. How good the answers are is not asked here; training and notebook 06 measure that.
"""

import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from medassist.config import Settings
from medassist.endpoint import EndpointClient
from medassist.errors import EndpointError, InvalidRequestError
from medassist.model_requests import MAX_NEW_TOKENS, MAX_PASSAGES, MAX_QUESTION_CHARACTERS
from medassist.prompts import JUDGE, PassageText
from medassist.schemas import Generation

LATENCY_LIMIT_S = Settings().endpoint_timeout_s  # as long as the API waits before it quotes instead
COLD_START_LIMIT_S = 60.0  # SageMaker's own limit of a call; the first one may wait for a cold start
QUESTION = "What are the symptoms of asthma?"
PASSAGES = (
    PassageText("Asthma", "The typical symptoms of asthma are wheezing, shortness of breath and a cough."),
    PassageText("Hay fever", "Hay fever makes the nose run and the eyes itch."),
)
OPTIONS = {"A": "wheezing", "B": "a broken leg", "C": "itching eyes"}


@dataclass(frozen=True, slots=True)
class Check:
    """One request and whether the endpoint did with it what it must; ``problem`` is empty if it did."""

    name: str
    problem: str
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether it did."""
        return not self.problem


def run(endpoint_name: str, *, latency_limit_s: float = LATENCY_LIMIT_S) -> list[Check]:
    """Send the requests, one after the other, and say of each what went wrong. The first wakes the endpoint up.

    Parameters
    ----------
    endpoint_name : str
    latency_limit_s : float
        How long each request but the first may take, in seconds; generous, as nothing is measured here.
    """
    client = EndpointClient(endpoint_name, timeout_s=COLD_START_LIMIT_S)
    checks: dict[str, Callable[[EndpointClient], str]] = {
        "answers": _answers,
        "answers the same again": _repeats,
        "chooses among options": _chooses,
        "judges": _judges,
        "keeps the limit of word pieces": _keeps_limit,
        "takes the largest request": _takes_largest,
        "answers several at once": _answers_together,
        "refuses an empty question": _refuses_empty,
        "refuses too many word pieces": _refuses_too_long,
        "refuses options to judge": _refuses_contradiction,
    }
    done: list[Check] = []
    for name, check in checks.items():
        begun = time.monotonic()
        try:
            problem = check(client)
        except (EndpointError, InvalidRequestError) as error:
            problem = str(error)
        seconds = time.monotonic() - begun
        if not problem and done and seconds > latency_limit_s:
            problem = f"It took {seconds:.1f} s, the limit is {latency_limit_s:g} s."
        done.append(Check(name, problem, seconds))
    return done


def failure(checks: list[Check]) -> str:
    """Say in one line which checks failed and why; empty if all passed."""
    return "; ".join(f"{check.name}: {check.problem}" for check in checks if not check.passed)


def _answers(client: EndpointClient) -> str:
    answer = client.generate(QUESTION, PASSAGES)
    complete = answer.model and answer.input_tokens > 0 and answer.output_tokens > 0
    return "" if complete else "The answer lacks the model's name or its count of word pieces."


def _repeats(client: EndpointClient) -> str:
    first, second = (client.generate(QUESTION, PASSAGES, max_new_tokens=16) for _ in range(2))
    return "" if first == second else "Two equal questions got two different answers."


def _chooses(client: EndpointClient) -> str:
    return _choice(client.generate(QUESTION, PASSAGES, OPTIONS))


def _judges(client: EndpointClient) -> str:
    return _choice(client.generate("Does asthma cause wheezing?", PASSAGES, task=JUDGE))


def _choice(answer: Generation) -> str:
    total = math.fsum(answer.probabilities.values())
    if not math.isclose(total, 1.0, abs_tol=1e-3):
        return f"The options' probabilities sum to {total:.4f}, not to 1."
    likeliest = max(answer.probabilities, key=lambda key: answer.probabilities[key])
    return "" if answer.choice == likeliest else f"It chose {answer.choice}, but {likeliest} is likelier."


def _keeps_limit(client: EndpointClient) -> str:
    written = client.generate(QUESTION, PASSAGES, max_new_tokens=4).output_tokens
    return "" if written <= 4 else f"It wrote {written} word pieces where 4 were allowed."


def _takes_largest(client: EndpointClient) -> str:
    passage = PassageText("Asthma", "Wheezing, breathlessness and a cough are symptoms of asthma. " * 20)
    client.generate(QUESTION, [passage] * MAX_PASSAGES)
    longest = ("What are the symptoms of asthma, and " * 200)[:MAX_QUESTION_CHARACTERS]
    with suppress(InvalidRequestError):  # so many characters may be more tokens than the model reads, which it says
        client.generate(longest, [passage] * MAX_PASSAGES)
    return ""


def _answers_together(client: EndpointClient) -> str:
    """Nobody may get another's answer, whatever is computed together; a serverless endpoint may turn some away."""
    questions = [f"{QUESTION} {number}" for number in range(3)]
    alone = [client.generate(question, PASSAGES, max_new_tokens=8) for question in questions]
    with ThreadPoolExecutor(len(questions)) as pool:
        together = list(pool.map(lambda question: _unless_busy(client, question), questions))
    if not any(together):
        return "None of three requests at once was answered."
    same = all(answer in (None, expected) for answer, expected in zip(together, alone, strict=True))
    return "" if same else "A question that came with others got another answer than alone."


def _unless_busy(client: EndpointClient, question: str) -> Generation | None:
    try:
        return client.generate(question, PASSAGES, max_new_tokens=8)
    except EndpointError:
        return None


def _refuses_empty(client: EndpointClient) -> str:
    return _refusal(lambda: client.generate("", PASSAGES))


def _refuses_too_long(client: EndpointClient) -> str:
    return _refusal(lambda: client.generate(QUESTION, PASSAGES, max_new_tokens=MAX_NEW_TOKENS + 1))


def _refuses_contradiction(client: EndpointClient) -> str:
    return _refusal(lambda: client.generate(QUESTION, PASSAGES, OPTIONS, task=JUDGE))


def _refusal(ask: Callable[[], object]) -> str:
    try:
        ask()
    except InvalidRequestError:
        return ""
    return "It was answered, but must be refused with status 400."
