"""How many requests a stage of API Gateway lets in: a token bucket, which everybody's requests share.

A request takes a token; ``burst`` of them are there at first, and ``rate`` a second come back
(docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html). What API Gateway answers
when there is none stands in the template; here it says so in the same words.
"""

import math
import time
from collections.abc import Callable

# As the template's preset dev has them.
RATE, BURST = 10.0, 20
TITLE, DETAIL = "Too many requests", "Too many questions at once; wait a moment, then ask again."


class TokenBucket:
    """Counts tokens; to be used from one thread.

    Parameters
    ----------
    rate : float
        Tokens a second that come back; 0 lets everything in.
    burst : int
        Tokens at most, at least 1.
    clock : callable
        Seconds, from wherever.
    """

    def __init__(self, rate: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._tokens, self._counted = float(burst), clock()

    def take(self) -> int:
        """Take a token and return 0, or return after how many whole seconds there will be one."""
        if not self._rate:
            return 0
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + self._rate * (now - self._counted))
        self._counted = now
        if self._tokens < 1:
            return math.ceil((1 - self._tokens) / self._rate)
        self._tokens -= 1
        return 0
