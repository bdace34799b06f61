"""Who asks, at home: tokens of the emulated Cognito, and all that only looks like one; the sign-in of the page."""

import base64
import hashlib
import json
import secrets
import time
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import boto3
import pytest
import user_pools
from authoriser import Authoriser, RefusedError
from joserfc import jwk, jwt
from sign_in_page import SignInPage

from medassist.cloud import Cloud
from medassist.production import sign_in

NAME = "test-authoriser"
HERE = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def cognito(emulated_cloud: Cloud) -> Any:
    return boto3.client("cognito-idp")


@pytest.fixture(scope="module")
def pool(cognito: Any) -> str:
    return user_pools.ensure_pool(cognito, NAME)


@pytest.fixture(scope="module")
def authoriser(cognito: Any, pool: str) -> Authoriser:
    return of_pool(cognito, pool)


def of_pool(cognito: Any, pool: str) -> Authoriser:
    return Authoriser(pool, "eu-west-1", f"{cognito.meta.endpoint_url}/{pool}/.well-known/jwks.json")


def parts_of(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    header, claims, _ = (json.loads(base64.urlsafe_b64decode(part + "==")) if part else {} for part in split(token))
    return header, claims


def split(token: str) -> list[str]:
    header, claims, _ = token.split(".")
    return [header, claims, ""]


# --- tokens -------------------------------------------------------------------------------------------------------


def test_a_token_of_the_pool_tells_who_asks(authoriser: Authoriser, pool: str) -> None:
    token = sign_in.passing_token(pool)
    claims = authoriser.claims_of(token)
    assert claims["sub"] == sign_in.subject_of(token)
    assert claims["token_use"] == "id"
    # AND with the scheme's name before it, as other clients send it
    assert authoriser.claims_of(f"Bearer {token}") == claims


def forged(token: str, key: Any, *, header: dict[str, Any] | None = None, **claims: Any) -> str:
    """Return the same claims, but for some, signed by somebody."""
    of_header, of_claims = parts_of(token)
    made: str = jwt.encode(of_header | (header or {}), of_claims | claims, key, algorithms=["RS256", "HS256"])
    return made


@pytest.fixture(scope="module")
def own_key(emulated_cloud: Cloud) -> Any:
    """Return the pool's key, as nobody but the emulated cloud has it: to tell a wrong claim from a wrong signature."""
    import urllib.request
    from pathlib import Path

    with urllib.request.urlopen(f"{emulated_cloud.urls['cloud']}/_medassist/health") as health:
        folder = Path(json.load(health)["state_dir"])
    file = folder / "cognito-key.json"
    assert file.stat().st_mode & 0o777 == 0o600
    return jwk.RSAKey.import_key(json.loads(file.read_text()))


def test_expired_and_foreign_claims_are_refused(authoriser: Authoriser, pool: str, own_key: Any) -> None:
    token = sign_in.passing_token(pool)
    assert authoriser.claims_of(forged(token, own_key))  # the key is the right one
    foreign = parts_of(token)[1]["iss"][:-3] + "abc"
    now = int(time.time())
    for wrong in ({"exp": now - 1}, {"iss": foreign}, {"token_use": "access"}, {"sub": None}, {"exp": "never"}):
        with pytest.raises(RefusedError):
            authoriser.claims_of(forged(token, own_key, **wrong))


def test_other_signatures_are_refused(authoriser: Authoriser, pool: str, cognito: Any) -> None:
    token = sign_in.passing_token(pool)
    header, claims, signature = token.split(".")
    other = jwk.RSAKey.generate_key(2048)
    public = json.dumps({"n": "public"})
    nobody = base64.urlsafe_b64encode(b'{"alg":"none","kid":"dummy"}').decode().rstrip("=")
    wrong = {
        "another key": forged(token, other),
        "another key of another name": forged(token, other, header={"kid": "other"}),
        "a secret instead of a key": forged(token, jwk.OctKey.import_key(public), header={"alg": "HS256"}),
        "none": f"{nobody}.{claims}.",
        "cut": f"{header}.{claims}.{signature[:-8]}",
        "without": f"{header}.{claims}.",
        "changed": f"{header}.{claims[:-2]}AA.{signature}",
    }
    for name, each in wrong.items():
        with pytest.raises(RefusedError):
            pytest.fail(name) if authoriser.claims_of(each) else None


@pytest.mark.parametrize("wrong", ["", "Bearer ", "abc", "a.b.c", "..", "ä.b.c", "Basic YTpi", "a" * 20_000, "\x00"])
def test_what_is_no_token_is_refused(authoriser: Authoriser, wrong: str) -> None:
    with pytest.raises(RefusedError):
        authoriser.claims_of(wrong)


def test_a_token_of_another_pool_is_refused(authoriser: Authoriser, cognito: Any) -> None:
    other = user_pools.ensure_pool(cognito, f"{NAME}-other")
    token = sign_in.passing_token(other)
    assert of_pool(cognito, other).claims_of(token)
    with pytest.raises(RefusedError):
        authoriser.claims_of(token)


def test_an_access_token_tells_no_api_who_asks(authoriser: Authoriser, cognito: Any, pool: str) -> None:
    page = SignInPage(cognito, pool)
    with pytest.raises(RefusedError):
        authoriser.claims_of(page._tokens()["AccessToken"])


# --- the page's sign-in -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def page(cognito: Any, pool: str) -> SignInPage:
    return SignInPage(cognito, pool)


def challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def authorize(page: SignInPage, verifier: str, **changes: str) -> tuple[int, dict[str, str], bytes]:
    asked = {
        "response_type": "code",
        "client_id": page.client_id,
        "redirect_uri": f"{HERE}/",
        "state": "s",
        "code_challenge": challenge(verifier),
        "code_challenge_method": "S256",
    }
    return page.answer("GET", "/sign-in/oauth2/authorize", urlencode(asked | changes), b"", HERE)


def redeem(page: SignInPage, code: str, verifier: str, **changes: str) -> tuple[int, dict[str, Any]]:
    asked = {
        "grant_type": "authorization_code",
        "client_id": page.client_id,
        "code": code,
        "redirect_uri": f"{HERE}/",
        "code_verifier": verifier,
    }
    body = urlencode(asked | changes).encode()
    status, headers, said = page.answer("POST", "/sign-in/oauth2/token", "", body, HERE)
    assert headers["Cache-Control"] == "no-store"
    return status, json.loads(said)


def code_of(reply: tuple[int, dict[str, str], bytes]) -> str:
    assert reply[0] == 302
    address = urlsplit(reply[1]["Location"])
    assert f"{address.scheme}://{address.netloc}" == HERE
    assert parse_qs(address.query)["state"] == ["s"]
    return parse_qs(address.query)["code"][0]


def test_the_page_gets_a_token_for_its_code_once(page: SignInPage, authoriser: Authoriser, cognito: Any) -> None:
    # GIVEN the way that the page goes
    verifier = secrets.token_urlsafe(32)
    code = code_of(authorize(page, verifier))
    # WHEN it redeems its code, THEN the token is the demo user's, for an hour
    status, tokens = redeem(page, code, verifier)
    assert (status, tokens["expires_in"]) == (200, 3600)
    claims = authoriser.claims_of(tokens["id_token"])
    assert claims["email"] == user_pools.DEMO_USER
    # AND the code is used up
    assert redeem(page, code, verifier) == (400, {"error": "invalid_grant"})
    # AND the next start of the front door signs in the same person
    again = SignInPage(cognito, page._pool_id)
    _, tokens = redeem(again, code_of(authorize(again, verifier)), verifier)
    assert authoriser.claims_of(tokens["id_token"])["sub"] == claims["sub"]


def test_a_code_is_good_only_for_who_asked_for_it(page: SignInPage) -> None:
    verifier = secrets.token_urlsafe(32)
    for wrong in (
        {"code_verifier": secrets.token_urlsafe(32)},
        {"code_verifier": ""},
        {"client_id": "other"},
        {"redirect_uri": "https://evil.example/"},
        {"grant_type": "password"},
    ):
        assert redeem(page, code_of(authorize(page, verifier)), verifier, **wrong) == (400, {"error": "invalid_grant"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "other"},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": f"{HERE}.evil.example/"},
        {"response_type": "token"},
        {"code_challenge_method": "plain"},
    ],
)
def test_nobody_is_sent_away_with_a_code(page: SignInPage, wrong: dict[str, str]) -> None:
    status, headers, _ = authorize(page, secrets.token_urlsafe(32), **wrong)
    assert status == 400
    assert "Location" not in headers


def test_codes_that_nobody_redeems_do_not_pile_up(cognito: Any, pool: str) -> None:
    page = SignInPage(cognito, pool)
    statuses = [authorize(page, "v" * 43)[0] for _ in range(150)]
    assert statuses == [302] * 100 + [429] * 50
