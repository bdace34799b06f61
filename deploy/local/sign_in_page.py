"""Cognito's hosted sign-in at home: OAuth 2 code flow with PKCE, for the demo user, without a password to type.

The page of ``deploy/web`` goes the same way as on AWS: it is sent here, comes back with a code, and gets a token for
it. Whoever can open the page, on this machine, is the demo user.
"""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from typing import Any
from urllib.parse import parse_qs, urlencode

import user_pools

PREFIX = "/sign-in"
CODE_S = 60.0  # how long a code is good for
MAX_CODES = 100  # waiting at once; a page needs one
Reply = tuple[int, dict[str, str], bytes]


class SignInPage:
    """Answers below ``/sign-in``; its tokens are the pool's own."""

    def __init__(self, cognito: Any, pool_id: str) -> None:
        self._cognito, self._pool_id = cognito, pool_id
        self._password = f"aA1!{secrets.token_urlsafe(24)}"
        self.client_id = user_pools.ensure_client(cognito, pool_id)
        user_pools.set_demo_password(cognito, pool_id, self._password)
        self._codes: dict[str, tuple[float, str]] = {}  # code: until when, and the challenge that it answers
        self._lock = threading.Lock()

    @property
    def settings(self) -> dict[str, Any]:
        """What the page's ``config.json`` says."""
        return {"api_url": "", "sign_in_url": PREFIX, "client_id": self.client_id, "sign_in_at_once": True}

    def answer(self, method: str, path: str, query: str, body: bytes, origin: str) -> Reply:
        """Answer a request; ``origin`` is the page's own, as the browser sees it."""
        if (method, path) == ("GET", f"{PREFIX}/oauth2/authorize"):
            return self._authorize(_fields(query), origin)
        if (method, path) == ("POST", f"{PREFIX}/oauth2/token"):
            return self._token(_fields(body.decode("ascii", "replace")), origin)
        if (method, path) == ("GET", f"{PREFIX}/logout"):
            return 302, {"Location": f"{origin}/?signed-out"}, b""
        return _refusal(404, "not_found")

    def _authorize(self, asked: dict[str, str], origin: str) -> Reply:
        if asked.get("client_id") != self.client_id or asked.get("redirect_uri") != f"{origin}/":
            return _refusal(400, "unauthorized_client")  # and nobody is sent to where a foreign page wants
        if asked.get("response_type") != "code" or asked.get("code_challenge_method") != "S256":
            return _refusal(400, "invalid_request")
        code = secrets.token_urlsafe(32)
        with self._lock:
            now = time.monotonic()
            self._codes = {known: about for known, about in self._codes.items() if about[0] > now}
            if len(self._codes) >= MAX_CODES:
                return _refusal(429, "temporarily_unavailable")
            self._codes[code] = (now + CODE_S, asked.get("code_challenge", ""))
        back = urlencode({"code": code, "state": asked.get("state", "")})
        return 302, {"Location": f"{origin}/?{back}"}, b""

    def _token(self, asked: dict[str, str], origin: str) -> Reply:
        with self._lock:
            until, challenge = self._codes.pop(asked.get("code", ""), (0.0, ""))
        digest = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
        answered = base64.urlsafe_b64encode(digest).rstrip(b"=")
        fits = hmac.compare_digest(answered, challenge.encode("ascii", "replace"))
        if asked.get("grant_type") != "authorization_code" or time.monotonic() > until or not fits:
            return _refusal(400, "invalid_grant")
        if asked.get("client_id") != self.client_id or asked.get("redirect_uri") != f"{origin}/":
            return _refusal(400, "invalid_grant")
        try:
            made = self._tokens()
        except (self._cognito.exceptions.ClientError, OSError):
            return _refusal(503, "temporarily_unavailable")
        tokens = {"id_token": made["IdToken"], "access_token": made["AccessToken"], "token_type": "Bearer"}
        return _json(200, tokens | {"expires_in": made["ExpiresIn"]})

    def _tokens(self) -> dict[str, Any]:
        answer: dict[str, Any] = self._cognito.admin_initiate_auth(
            UserPoolId=self._pool_id,
            ClientId=self.client_id,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": user_pools.DEMO_USER, "PASSWORD": self._password},
        )["AuthenticationResult"]
        return answer


def _fields(form: str) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(form).items()}


def _json(status: int, value: dict[str, Any]) -> Reply:
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return status, headers, json.dumps(value).encode()


def _refusal(status: int, error: str) -> Reply:
    """OAuth 2's form of an error (RFC 6749, section 5.2)."""
    return _json(status, {"error": error})
