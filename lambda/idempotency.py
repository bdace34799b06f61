"""Questions that are sent twice: with the same idempotency key they are answered once (Powertools' Idempotency).

What is kept of a key is which question it led to, and a hash of the body, in the caller's own part of the table of
interactions: no text, nobody else's, and gone with the question. Keys follow the IETF's draft "The Idempotency-Key
HTTP Header Field": another body with the same key gets 422, a second request while the first is at work 409.
"""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schemas import AnswerOut
from telemetry import logger

from medassist import aws
from medassist.errors import InProgressError, KeyReusedError
from medassist.interactions import EXPIRY_ATTRIBUTE, KEY_PREFIX, TIMEOUT_S, InteractionStore

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer

KEEP_S = 24 * 3600  # how long a key is remembered
WORK_MS = 29_000  # how long an answer may take; after that its key is free again, as whoever worked on it has died
MAX_KEY_CHARACTERS = 255


class _NotRecordedError(Exception):
    """The answer was not stored: its key must not lead to it."""


@dataclass(frozen=True, slots=True)
class _TimeLeft:
    """What Powertools asks of Lambda's context."""

    milliseconds: int

    def get_remaining_time_in_millis(self) -> int:
        return min(self.milliseconds, WORK_MS)


class Repeats:
    """Tells requests that were made before. One object serves all requests of a container."""

    def __init__(self, store: InteractionStore) -> None:
        self._store = store
        self._layer: DynamoDBPersistenceLayer | None = None

    def answer_once(
        self,
        caller: str,
        key: str,
        body: Mapping[str, Any],
        answer: Callable[[bool], AnswerOut],
        *,
        milliseconds_left: int = WORK_MS,
    ) -> AnswerOut:
        """Return the answer to a request, that of the first one with this key if there was one.

        If the table cannot be used, the question is answered all the same; then it is not recorded either.

        Parameters
        ----------
        caller, key : str
            Whose key it is, and the key as it was sent.
        body : mapping
            What must be the same in both requests.
        answer : callable
            Answers the question; told whether to record the answer.
        milliseconds_left : int
            After that nobody works on the request any more.

        Raises
        ------
        KeyReusedError
            If the key was used with another body.
        InProgressError
            If the first request is still at work.
        NotFoundError
            If its answer has been deleted this moment.
        """
        from aws_lambda_powertools.utilities.idempotency import IdempotencyConfig, exceptions, idempotent_function

        answered: list[AnswerOut] = []

        def work(*, request: Mapping[str, Any]) -> str:
            answered.append(answer(True))
            if not answered[0].recorded:
                raise _NotRecordedError
            return answered[0].id

        config = IdempotencyConfig(
            event_key_jmespath="key",
            payload_validation_jmespath="body",
            expires_after_seconds=KEEP_S,
            hash_function="sha256",
            lambda_context=_TimeLeft(milliseconds_left),
        )
        once = idempotent_function(
            work,
            data_keyword_argument="request",
            persistence_store=self._records_of(caller),
            config=config,
            key_prefix=KEY_PREFIX,
        )
        try:
            question_id = str(once(request={"key": key, "body": dict(body)}))
        except exceptions.IdempotencyAlreadyInProgressError:
            raise InProgressError(
                "A request with this Idempotency-Key is being answered; send it again in a second."
            ) from None
        except exceptions.IdempotencyValidationError:
            raise KeyReusedError(
                "This Idempotency-Key was used with another body; use a new key for a new question."
            ) from None
        except _NotRecordedError:
            return answered[0]
        except exceptions.IdempotencyPersistenceLayerError as error:
            logger.error("idempotency records cannot be used", error=type(error.__cause__).__name__)
            return answered[0] if answered else answer(False)
        return answered[0] if answered else AnswerOut.model_validate(self._store.get(caller, question_id))

    def _records_of(self, caller: str) -> "DynamoDBPersistenceLayer":
        """Return Powertools' table of records, for one caller: a copy, as each new one would leave hooks in boto3."""
        from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer

        if self._layer is None:
            self._layer = DynamoDBPersistenceLayer(
                table_name=self._store.table_name,
                key_attr="caller",
                sort_key_attr="question_id",
                expiry_attr=EXPIRY_ATTRIBUTE,
                boto3_client=aws.client("dynamodb", timeout_s=TIMEOUT_S, attempts=2),
            )
        records = copy.copy(self._layer)
        records.static_pk_value = caller
        return records
