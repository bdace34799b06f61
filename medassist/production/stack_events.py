"""What happens to a stack while CloudFormation works on it: its events, followed to the end over a bad network too."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from medassist import aws
from medassist.errors import DeploymentError
from medassist.production import refusals

POLL_S = 2.0  # CloudFormation allows some ten calls a second an account; events come every few seconds
NETWORK_LIMIT_S = 300.0  # how long the network may be away before we give up watching
STACK_TYPE = "AWS::CloudFormation::Stack"
CONTINUES = "CloudFormation goes on by itself; run the command again and it continues from there."


@dataclass(frozen=True, slots=True)
class Event:
    """One event: what happened to a resource of the stack, or to the stack itself."""

    id: str
    time: datetime
    resource: str
    type: str
    status: str
    reason: str

    @property
    def failed(self) -> bool:
        """Whether the resource could not be made, changed or removed."""
        return self.status.endswith("_FAILED")

    @property
    def in_progress(self) -> bool:
        """Whether it has only begun."""
        return self.status.endswith("_IN_PROGRESS")


def known_events(stack_id: str) -> set[str]:
    """Return the ids of all events so far; :func:`follow` leaves them out."""
    with refusals.explained("reading the stack's events"):
        return {event.id for event in _read(aws.client("cloudformation", timeout_s=20), stack_id, set())}


def follow(
    stack_id: str,
    known: set[str],
    on_event: Callable[[Event], None] = lambda event: None,
    on_trouble: Callable[[str], None] = lambda line: None,
    *,
    network_limit_s: float = NETWORK_LIMIT_S,
) -> list[Event]:
    """Watch a stack until CloudFormation is done with it; return all new events, in order of time.

    Parameters
    ----------
    stack_id : str
        ARN of the stack: a deleted stack's events can be read by nothing else.
    known : set of str
        Ids of the events to leave out, from before the operation began.
    on_event, on_trouble : callable
        Called with each new event, and with a line when the network is away.

    Raises
    ------
    DeploymentError
        If AWS refuses, or the network stays away for ``network_limit_s`` seconds.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    client = aws.client("cloudformation", timeout_s=20)
    seen, found = set(known), list[Event]()
    away_since, pause = 0.0, POLL_S
    while True:
        try:
            new = _read(client, stack_id, seen)
        except (BotoCoreError, ClientError) as error:
            away_since = away_since or time.monotonic()
            lasted = time.monotonic() - away_since
            if not refusals.is_network(error) or lasted > network_limit_s:
                raise DeploymentError(f"{refusals.explain(error, 'watching the stack')} {CONTINUES}") from error
            on_trouble(f"no answer from AWS for {lasted:.0f} s; trying again")
            pause = min(2 * pause, 30.0)
        else:
            away_since, pause = 0.0, POLL_S
            for event in new:
                seen.add(event.id)
                found.append(event)
                on_event(event)
            if any(event.type == STACK_TYPE and not event.in_progress for event in new):
                return found
        time.sleep(pause)


def first_failure(events: Sequence[Event]) -> Event | None:
    """Return what failed first: whatever fails after it was cancelled because of it."""
    failed = [event for event in events if event.failed and event.type != STACK_TYPE]
    return min(failed, key=lambda event: event.time, default=None)


def _read(client: Any, stack_id: str, seen: set[str]) -> list[Event]:
    """Return unseen events, oldest first; CloudFormation gives the newest first, so reading stops at a known one."""
    found: list[Event] = []
    for page in client.get_paginator("describe_stack_events").paginate(StackName=stack_id):
        for raw in page["StackEvents"]:
            if raw["EventId"] in seen:
                return found[::-1]
            # A stack within this one would have an event of the same type; ours is the one that names itself.
            own = raw.get("PhysicalResourceId") == raw["StackId"]
            type_ = raw.get("ResourceType", "")
            found.append(
                Event(
                    raw["EventId"],
                    raw["Timestamp"],
                    raw.get("LogicalResourceId", ""),
                    type_ if own or type_ != STACK_TYPE else f"{STACK_TYPE} (nested)",
                    raw.get("ResourceStatus", ""),
                    raw.get("ResourceStatusReason", ""),
                )
            )
    return found[::-1]
