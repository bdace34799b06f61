"""The limit of requests before the API at home: the bucket's arithmetic, and what a caller hears."""

import subprocess
import sys

import httpx
import pytest
import throttle
from running_system import LOCAL, RunningSystem


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_let_in_and_then_the_rate() -> None:
    # GIVEN 2 requests a second and 3 at once WHEN five come at once
    clock = Clock()
    bucket = throttle.TokenBucket(2.0, 3, clock)
    # THEN three are let in, and the rest may come in half a second, which is told as a whole one
    assert [bucket.take() for _ in range(5)] == [0, 0, 0, 1, 1]
    # AND those that were refused have cost nothing: after half a second there is one token
    clock.now += 0.5
    assert [bucket.take(), bucket.take()] == [0, 1]
    # AND after an hour there are no more than fit in
    clock.now += 3_600
    assert [bucket.take() for _ in range(4)] == [0, 0, 0, 1]


def test_a_slow_rate_tells_its_real_wait() -> None:
    clock = Clock()
    bucket = throttle.TokenBucket(0.2, 1, clock)
    assert [bucket.take(), bucket.take()] == [0, 5]
    clock.now += 1.5
    assert bucket.take() == 4  # 3.5 seconds are left


def test_without_a_rate_everything_is_let_in() -> None:
    bucket = throttle.TokenBucket(0.0, 1, Clock())
    assert [bucket.take() for _ in range(1_000)] == [0] * 1_000


@pytest.mark.parametrize("wrong", [("--rate", "-1"), ("--rate", "nan"), ("--burst", "0"), ("--rate", "many")])
def test_a_limit_that_is_none_is_refused(wrong: tuple[str, str]) -> None:
    done = subprocess.run([sys.executable, str(LOCAL / "api.py"), *wrong], capture_output=True, text=True)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert wrong[0] in done.stderr


@pytest.mark.integration
def test_too_many_requests_are_refused_and_told_when_to_come_again(running_system: RunningSystem) -> None:
    # GIVEN an API that lets three in at once, and one more every twenty seconds
    api = running_system.start_api("--rate", "0.05", "--burst", "3")
    try:
        with httpx.Client(base_url=api.url, timeout=30) as client:
            # WHEN more come THEN the rest are refused before anybody is asked who they are, as API Gateway does it
            responses = [client.get("/v1/health") for _ in range(3)] + [client.get("/v1/questions")]
            assert [response.status_code for response in responses] == [200, 200, 200, 429]
            refused = responses[-1]
            assert refused.headers["content-type"] == "application/problem+json"
            assert refused.json() == {
                "type": "about:blank",
                "title": throttle.TITLE,
                "status": 429,
                "detail": throttle.DETAIL,
            }
            assert 15 <= int(refused.headers["retry-after"]) <= 20
            # AND the page is not held back: on AWS it lies elsewhere
            assert client.get("/").status_code == 200
            assert client.get("/config.json").status_code == 200
    finally:
        assert api.stop() == 0
