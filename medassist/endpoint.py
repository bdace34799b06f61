"""Asking a model endpoint: all that Lambda needs of SageMaker.

The client needs boto3 only. Its wire format is JSON: ``{"question", "passages": [{"title", "text"}], "options"?,
"task"?, "max_new_tokens", "beams"?, "stream"?}`` in, ``{"text", "model", "choice", "probabilities", "input_tokens",
"output_tokens", "use_baseline"}`` out; a response stream is JSON lines, ``{"token"}`` … and ``{"done": true, "model",
"use_baseline"}``. A refused request is ``{"error"}`` with status 400 or 413, one that finds the queue full has 429, one
that comes while the model is being stopped 503.

:mod:`medassist.model_packages` builds what an endpoint serves, :mod:`medassist.production.serving` brings endpoints up.
"""

import json
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext
from http import HTTPStatus
from typing import Any

from medassist import aws
from medassist.errors import CircuitOpenError, EndpointError, InvalidRequestError, PassingEndpointError
from medassist.prompts import JUDGE, JUDGEMENTS, TitledText
from medassist.resilience import CircuitBreaker, call_again, call_within
from medassist.schemas import Generation

# Of the model's server: its queue is full, it is being stopped, or it is being started.
_TOO_BUSY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
# What reading an answer of another form can raise; the last two of nested lists without end, and of infinite counts.
_NOT_OURS = (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError)

PAUSE_S = 0.2  # longest first pause before a second attempt
READ_BYTES = 1_024  # at a time, so that the clock is looked at now and then
MAX_ANSWER_BYTES = 1_000_000  # ours have some hundred bytes; SageMaker lets 25 MB through


class EndpointClient:
    """Asks a model endpoint. One object serves many requests, also from several threads.

    Parameters
    ----------
    endpoint_name : str
    timeout_s : float
        Longest wait for a whole answer, in seconds, all attempts together; of a stream, longest silence.
    attempts : int
        For what is refused at once (overloaded, unreachable). What is slow gets no second attempt: who waits would wait
        twice as long.
    failures : int
        After so many failures in a row the endpoint is left alone for ``pause_s`` seconds, and callers are told at
        once; 0 for never.
    pause_s : float
    """

    def __init__(
        self,
        endpoint_name: str,
        timeout_s: float = 10.0,
        *,
        attempts: int = 1,
        failures: int = 0,
        pause_s: float = 5.0,
    ) -> None:
        self.endpoint_name = endpoint_name
        self.timeout_s, self._attempts = timeout_s, attempts
        breaker = CircuitBreaker(EndpointError, self._left_alone, failures=failures, pause_s=pause_s)
        self._breaker = breaker if failures else None
        with self._errors():
            self._runtime = aws.client("sagemaker-runtime", timeout_s=timeout_s, attempts=1)

    def generate(
        self,
        question: str,
        passages: Sequence[TitledText],
        options: Mapping[str, str] | None = None,
        max_new_tokens: int = 64,
        *,
        task: str = "",
        beams: int = 1,
    ) -> Generation:
        """Return the model's answer; where it chooses, its choice and the probabilities.

        Parameters
        ----------
        question, passages
            The passages in the order of the retrieval, best first.
        options : mapping of str to str, optional
            Texts to choose among, by their keys.
        max_new_tokens, beams : int
            Of an answer in the model's own words.
        task : str
            One of ``prompts.TASKS``; if empty ``choose`` with options and ``answer`` without. The task ``judge``
            chooses among yes, no and maybe.

        Raises
        ------
        InvalidRequestError
            If the model refuses the request; the sentence is the model's.
        EndpointError
            If the endpoint is missing, down, too busy, too slow, or answers something unreadable.
        CircuitOpenError
            If it has failed several times in a row and is left alone.
        """
        request = _to_request(question, passages, max_new_tokens)
        request |= {"options": dict(options)} if options else {}
        request |= {"task": task} if task else {}
        request |= {"beams": beams} if beams != 1 else {}
        with self._breaker.guard() if self._breaker else nullcontext():
            body = self._ask(json.dumps(request).encode())
            try:
                return _to_generation(json.loads(body), JUDGEMENTS if task == JUDGE else options or ())
            except _NOT_OURS as error:
                raise self._unreadable() from error

    def _ask(self, request: bytes) -> bytes:
        """Return the endpoint's answer; try again what is refused at once, and give up when time is up."""
        deadline = time.monotonic() + self.timeout_s

        def ask_once() -> bytes:
            try:
                return call_within(deadline - time.monotonic(), lambda: self._invoke(request, deadline))
            except TimeoutError as error:
                raise self._too_slow() from error

        until = deadline - self.timeout_s / 2  # an attempt that begins later has too little time left
        return call_again(ask_once, PassingEndpointError, attempts=self._attempts, pause_s=PAUSE_S, until=until)

    def _invoke(self, request: bytes, deadline: float) -> bytes:
        with self._errors():
            response = self._runtime.invoke_endpoint(
                EndpointName=self.endpoint_name,
                ContentType="application/json",
                Accept="application/json",
                Body=request,
            )
            body = b""
            with closing(response["Body"]) as stream:
                while part := stream.read(READ_BYTES):
                    body += part
                    if len(body) > MAX_ANSWER_BYTES:
                        raise self._unreadable()
                    if time.monotonic() > deadline:  # it drips, and is silent never
                        raise self._too_slow()
            return body

    def stream(self, question: str, passages: Sequence[TitledText], max_new_tokens: int = 64) -> Iterator[str]:
        """Return an iterator over the pieces of the model's answer, as they are written.

        An endpoint that cannot stream, as serverless ones cannot, gives its whole answer as one piece. A caller who
        stops reading closes the connection; our server then ends the answer.

        Raises
        ------
        InvalidRequestError, EndpointError
            As :meth:`generate`; at the call, or, if the stream breaks off, while iterating.
        """
        from botocore.exceptions import ClientError

        request = _to_request(question, passages, max_new_tokens) | {"stream": True}
        with self._errors():
            try:
                response = self._runtime.invoke_endpoint_with_response_stream(
                    EndpointName=self.endpoint_name,
                    ContentType="application/json",
                    Accept="application/json",
                    Body=json.dumps(request).encode(),
                )
            except ClientError as error:
                if not _refuses_streams(error):
                    raise
                return iter((self.generate(question, passages, max_new_tokens=max_new_tokens).text,))
        return self._pieces(response["Body"])

    def _pieces(self, events: Iterable[Mapping[str, Any]]) -> Iterator[str]:
        with self._errors(), _closed_at_the_end(events):
            for line in _lines(events):
                try:
                    record = json.loads(line)
                    if "error" in record:
                        raise InvalidRequestError(str(record["error"]))
                    if record.get("done"):
                        return
                    # A container that cannot stream sends the whole answer at once.
                    piece = record["text"] if "text" in record else record["token"]
                except _NOT_OURS as error:
                    raise self._unreadable() from error
                yield str(piece)
                if "text" in record:
                    return
        raise EndpointError(f"The endpoint {self.endpoint_name} broke off in the middle of its answer; ask again.")

    def _too_slow(self) -> EndpointError:
        return EndpointError(
            f"The endpoint {self.endpoint_name} did not answer within {self.timeout_s:g} s; try again, or allow it "
            "more time."
        )

    def _left_alone(self) -> EndpointError:
        return CircuitOpenError(
            f"The endpoint {self.endpoint_name} has failed again and again and is left alone for some seconds; see its "
            f"log in /aws/sagemaker/Endpoints/{self.endpoint_name}."
        )

    def _unreadable(self) -> EndpointError:
        return EndpointError(
            f"The endpoint {self.endpoint_name} answered something that is not medassist's format; deploy a package "
            "built with medassist."
        )

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn what botocore raises into one sentence. The request's text never goes into it."""
        from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError
        from botocore.exceptions import ReadTimeoutError as BodyTimeoutError
        from urllib3.exceptions import ReadTimeoutError

        name = self.endpoint_name
        try:
            yield
        except ClientError as error:
            raise self._refused(error) from error
        except (BodyTimeoutError, ReadTimeoutError) as error:
            raise self._too_slow() from error
        except (HTTPClientError, ConnectionError) as error:
            raise PassingEndpointError(
                f"The endpoint {name} cannot be reached ({type(error).__name__}); check network and region."
            ) from error
        except BotoCoreError as error:
            raise EndpointError(f"The endpoint {name} cannot be asked ({error}); check your AWS settings.") from error

    def _refused(self, error: Any) -> EndpointError | InvalidRequestError:
        said = error.response.get("Error", {})
        code, status = said.get("Code", ""), int(error.response.get("OriginalStatusCode") or 0)
        if code == "ThrottlingException" or (code == "ModelError" and status in _TOO_BUSY):
            return PassingEndpointError(
                f"The endpoint {self.endpoint_name} has more requests than it takes at once ({status or code}); try "
                "again in a moment, or give it more concurrency or instances."
            )
        if code == "ModelError":
            if 400 <= status < 500 and (sentence := _own_sentence(error.response.get("OriginalMessage", ""))):
                return InvalidRequestError(sentence)
            return EndpointError(
                f"The model behind the endpoint {self.endpoint_name} failed (status {status}); see its log in "
                f"/aws/sagemaker/Endpoints/{self.endpoint_name}."
            )
        if aws.is_missing(error):
            return EndpointError(
                f"There is no endpoint {self.endpoint_name} in service; create it with notebook 04_deploy_endpoint."
            )
        return EndpointError(f"The endpoint {self.endpoint_name} cannot answer now ({code}); try again in a minute.")


def _refuses_streams(error: Any) -> bool:
    """Tell whether the runtime turned a response stream down for a reason other than a missing endpoint."""
    return str(error.response["Error"].get("Code", "")).startswith("Validation") and not aws.is_missing(error)


def _to_request(question: str, passages: Sequence[TitledText], max_new_tokens: int) -> dict[str, Any]:
    return {
        "question": question,
        "passages": [{"title": passage.title, "text": passage.text} for passage in passages],
        "max_new_tokens": max_new_tokens,
    }


@contextmanager
def _closed_at_the_end(events: Iterable[Mapping[str, Any]]) -> Iterator[None]:
    """Close a response stream however it ends: what the server writes meanwhile would be for nobody."""
    try:
        yield
    finally:
        if close := getattr(events, "close", None):
            close()


def _to_generation(record: Any, candidates: Collection[str]) -> Generation:
    """Raises KeyError, TypeError or ValueError if the record is not an answer, or not a choice among the candidates."""
    if not isinstance(record["text"], str) or not isinstance(record["model"], str):
        raise TypeError("text and model must be strings")
    generation = Generation(
        text=record["text"],
        model=record["model"],
        choice=str(record.get("choice", "")),
        probabilities={str(key): float(value) for key, value in record.get("probabilities", {}).items()},
        input_tokens=int(record.get("input_tokens", 0)),
        output_tokens=int(record.get("output_tokens", 0)),
        use_baseline=bool(record.get("use_baseline", False)),
    )
    if candidates and (generation.choice not in candidates or set(generation.probabilities) != set(candidates)):
        raise ValueError("the choice is none of the candidates")
    return generation


def _own_sentence(message: str) -> str:
    """The sentence of our own error body; empty if the message is something else."""
    try:
        sentence = json.loads(message)["error"]
    except (ValueError, KeyError, TypeError):
        return ""
    return sentence if isinstance(sentence, str) else ""


def _lines(events: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """The lines of a response stream; its parts may end anywhere."""
    rest = b""
    for event in events:
        *lines, rest = (rest + event.get("PayloadPart", {}).get("Bytes", b"")).split(b"\n")
        yield from filter(None, lines)
    if rest.strip():
        yield rest
