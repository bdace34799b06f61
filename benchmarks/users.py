"""What a user of the load test does: asks one question after the other and notes what came of each. A locust file.

``service_load.py`` starts it. Each answer becomes a line of ``--answers``: when it came (seconds since 1970), how many
milliseconds it took, its status and, if it is an answer, its id, whether it says that it was stored, the model that was
asked (empty if none answered), and why the model's words are not shown.
"""

import json
import random
import time
from pathlib import Path
from typing import Any

from locust import FastHttpUser, constant, events, task


@events.init_command_line_parser.add_listener
def add_options(parser: Any, **_: Any) -> None:
    """Add our own options to locust's."""
    parser.add_argument("--questions", help="JSON file: a list of texts")
    parser.add_argument("--headers", help="JSON file: headers that each request has")
    parser.add_argument("--answers", help="JSON Lines file to write to")
    parser.add_argument("--rest", type=float, default=0.0, help="seconds between an answer and the next question")


@events.test_start.add_listener
def read_files(environment: Any, **_: Any) -> None:
    """Read what is asked and open what is written, once for all users."""
    options = environment.parsed_options
    Person.questions = json.loads(Path(options.questions).read_text(encoding="utf-8"))
    Person.headers = json.loads(Path(options.headers).read_text(encoding="utf-8"))
    Person.wait_time = constant(options.rest)
    Person.notes = open(options.answers, "w", encoding="utf-8")  # noqa: SIM115  closed when the test stops


@events.quitting.add_listener
def close_file(**_: Any) -> None:
    """Write what is left in memory."""
    Person.notes.close()


class Person(FastHttpUser):
    """Somebody who asks."""

    connection_timeout = network_timeout = 120.0
    questions: list[str]
    headers: dict[str, str]
    notes: Any

    @task
    def ask(self) -> None:
        """Ask a question by chance."""
        body = {"question": random.choice(self.questions)}
        begun = time.time()
        response = self.client.post("/v1/questions", json=body, headers=self.headers)
        note: dict[str, Any] = {"at": time.time(), "ms": 1000 * (time.time() - begun), "status": response.status_code}
        if response.status_code == 200:
            answer = response.json()
            note |= {name: answer[name] for name in ("id", "recorded", "model", "fallback")}
        self.notes.write(json.dumps(note) + "\n")
