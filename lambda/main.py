"""What Lambda starts: its handler is ``main.handler``.

Lambda imports this module while it makes a container, when nobody is waiting yet: on demand, for provisioned
concurrency, or for a snapshot (SnapStart). Then the index is loaded here, before the first request. Anywhere else
importing it does nothing, as importing ``app`` always does.
"""

import os
import random
import time

import app
from app import handler

from medassist.answering import grounding

__all__ = ["handler"]

INITIALIZATION = "AWS_LAMBDA_INITIALIZATION_TYPE"  # Lambda sets it: on-demand, provisioned-concurrency or snap-start
QUESTION = "What is asthma?"
PAUSES_S = (2.0, 4.0, 8.0, 16.0)  # before a snapshot: a role that was just made may not work everywhere yet


def prepare() -> None:
    """Make the container ready; with SnapStart, see to it that this is done before the snapshot, and undone in part
    after each restoring.
    """
    if os.environ.get(INITIALIZATION) == "snap-start" and _register():
        return
    if INITIALIZATION in os.environ:
        warm_up()


def _register() -> bool:
    """Register the pair of hooks; return whether Lambda's module for that is there."""
    try:
        from snapshot_restore_py import register_after_restore, register_before_snapshot
    except ImportError:
        return False
    register_before_snapshot(load_for_snapshot)
    register_after_restore(renew)
    return True


def warm_up() -> None:
    """Load the index and search it once: what is loaded on first use is loaded then.

    A failure is logged and ends nothing: the first request tries again, and is told so (503) if it fails too.
    """
    try:
        _load()
    except Exception as error:
        app.logger.error("not ready before the first request", error=type(error).__name__, reason=str(error))


def load_for_snapshot() -> None:
    """Load the index and search it once, in a few tries.

    If the last fails too, so does the publication of the version, and with it the deployment: in a snapshot without
    its index, every restored container would have to load it while somebody waits.
    """
    for pause in PAUSES_S:
        try:
            _load()
            return
        except Exception as error:
            app.logger.warning("not ready for the snapshot yet", error=type(error).__name__, reason=str(error))
            time.sleep(pause)
    _load()


def _load() -> None:
    ready = app.services()
    index = ready.assistant.index
    grounding.extract(QUESTION, index.search(QUESTION, ready.settings.top_k), index.encoder)


def renew() -> None:
    """Renew what containers made from one snapshot must not share, or what has aged in it.

    Those are random numbers, credentials, connections. Question ids come from the operating system's randomness,
    which differs by itself.
    """
    import boto3
    import numpy as np

    random.seed()
    np.random.seed()
    boto3.setup_default_session()  # credentials are looked up anew
    if app.services.cache_info().currsize:
        app.services().renew()


prepare()
