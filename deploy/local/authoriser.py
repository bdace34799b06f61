"""Who asks: tokens are checked as API Gateway's authoriser of a Cognito user pool checks them.

A token must be an identity token of this pool, signed by it (RS256, its published keys), and not expired. Its claims
are handed to the routes as API Gateway hands them to Lambda.
"""

import json
import threading
import time
import urllib.request
from typing import Any

FETCH_AGAIN_S = 5.0  # a token of an unknown key makes the keys be fetched again, but not more often than this
TIMEOUT_S = 5.0
MAX_TOKEN = 16_384  # characters


class RefusedError(Exception):
    """The token does not tell who asks."""


class Authoriser:
    """Checks tokens of one user pool. Safe to use from several threads.

    Parameters
    ----------
    pool_id : str
        For instance ``eu-west-1_AbCdEfGhI``.
    region : str
        The pool's, which stands in the issuer's name.
    keys_url : str
        Where the pool publishes its keys (``…/.well-known/jwks.json``).
    """

    def __init__(self, pool_id: str, region: str, keys_url: str) -> None:
        self._issuer = f"https://cognito-idp.{region}.amazonaws.com/{pool_id}"
        self._keys_url = keys_url
        self._keys: Any = None
        self._fetched = -FETCH_AGAIN_S
        self._lock = threading.Lock()

    def claims_of(self, authorization: str) -> dict[str, Any]:
        """Return the claims of the token in an ``Authorization`` header, with or without ``Bearer`` before it.

        Raises
        ------
        RefusedError
            If it is none of this pool's, is expired, or is no identity token.
        """
        from joserfc import jwt
        from joserfc.errors import JoseError

        token = authorization.removeprefix("Bearer ").strip()
        if not token or len(token) > MAX_TOKEN:
            raise RefusedError
        rules = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": self._issuer},
            token_use={"essential": True, "value": "id"},
            sub={"essential": True},
            exp={"essential": True},
        )
        try:
            claims = dict(self._decoded(token).claims)
            rules.validate(claims)
        except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise RefusedError from error
        return claims

    def _decoded(self, token: str) -> Any:
        from joserfc import jwt
        from joserfc.errors import JoseError

        try:
            return jwt.decode(token, self._current_keys(), algorithms=["RS256"])
        except (JoseError, ValueError):
            if not self._fetch_again():
                raise
            return jwt.decode(token, self._keys, algorithms=["RS256"])

    def _current_keys(self) -> Any:
        if self._keys is None:
            self._fetch_again()
        if self._keys is None:
            raise ValueError("the pool's keys cannot be fetched")
        return self._keys

    def _fetch_again(self) -> bool:
        """Fetch the keys, unless that was done just now; return whether it was."""
        from joserfc import jwk

        with self._lock:
            if time.monotonic() - self._fetched < FETCH_AGAIN_S:
                return False
            self._fetched = time.monotonic()
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            try:
                with opener.open(self._keys_url, timeout=TIMEOUT_S) as answer:
                    self._keys = jwk.KeySet.import_key_set(json.load(answer))
            except (OSError, ValueError):
                return False
            return True
