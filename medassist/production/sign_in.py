"""Who may ask: people invited into the stack's user pool, and tokens for those who hold AWS credentials."""

import base64
import contextlib
import json
import os
import re
import secrets
from typing import Any

from medassist import aws
from medassist.errors import DeploymentError
from medassist.production import refusals

TOKEN_VARIABLE = "MEDASSIST_TOKEN"
TOKEN_MINUTES = 60  # as long as the page's: an evaluation lasts minutes


def headers(user_pool_id: str, token: str = "") -> dict[str, str]:
    """Return the HTTP headers of a signed-in caller; none where there is no user pool and nobody signs in.

    The token is the one given, else that of the variable ``MEDASSIST_TOKEN``, else :func:`passing_token`'s.
    """
    token = token or os.environ.get(TOKEN_VARIABLE, "")
    if not token and user_pool_id:
        token = passing_token(user_pool_id)
    return {"Authorization": token} if token else {}


def find_pool(name: str) -> str:
    """Return the id of the user pool of that name; empty if there is none, or you may not look.

    With a stack its outputs say so. Without one, a front door that was started by itself has made a pool of this name.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        pages = aws.client("cognito-idp", timeout_s=10).get_paginator("list_user_pools").paginate(MaxResults=60)
        found = [str(pool["Id"]) for page in pages for pool in page["UserPools"] if pool["Name"] == name]
    except (BotoCoreError, ClientError):
        return ""
    return found[0] if found else ""


def passing_token(user_pool_id: str) -> str:
    """Return an identity token for an hour, for a caller who exists no longer when this returns.

    Whoever may do this holds AWS credentials with ``cognito-idp`` rights over the pool. A user with a random password
    and an app client of its own are made, used once and removed: so the page's client needs no password flow, and
    nothing that could sign in is left behind.
    """
    client = aws.client("cognito-idp")
    name, password = f"check-{secrets.token_hex(8)}@example.invalid", f"aA1!{secrets.token_urlsafe(24)}"
    with contextlib.ExitStack() as undo, refusals.explained("signing in with your AWS credentials"):
        app = client.create_user_pool_client(
            UserPoolId=user_pool_id,
            ClientName="medassist-check",
            ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            TokenValidityUnits={"IdToken": "minutes", "AccessToken": "minutes", "RefreshToken": "minutes"},
            IdTokenValidity=TOKEN_MINUTES,
            AccessTokenValidity=TOKEN_MINUTES,
            RefreshTokenValidity=TOKEN_MINUTES,
        )["UserPoolClient"]
        undo.callback(client.delete_user_pool_client, UserPoolId=user_pool_id, ClientId=app["ClientId"])
        client.admin_create_user(UserPoolId=user_pool_id, Username=name, MessageAction="SUPPRESS")
        undo.callback(client.admin_delete_user, UserPoolId=user_pool_id, Username=name)
        client.admin_set_user_password(UserPoolId=user_pool_id, Username=name, Password=password, Permanent=True)
        answer = client.admin_initiate_auth(
            UserPoolId=user_pool_id,
            ClientId=app["ClientId"],
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": password},
        )
        return str(answer["AuthenticationResult"]["IdToken"])


def subject_of(token: str) -> str:
    """Return whom a token is about, by which the table knows them. The token is not checked: it is one's own."""
    body = token.removeprefix("Bearer ").split(".")[1]
    return str(json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))["sub"])


def invite(user_pool_id: str, email: str) -> bool:
    """Invite a person by e-mail: Cognito sends a temporary password for three days. False if already invited."""
    from botocore.exceptions import ClientError

    address, client = _address(email), aws.client("cognito-idp")
    attributes = [{"Name": "email", "Value": address}, {"Name": "email_verified", "Value": "true"}]
    with refusals.explained(f"inviting {address}"):
        try:
            client.admin_create_user(
                UserPoolId=user_pool_id, Username=address, UserAttributes=attributes, DesiredDeliveryMediums=["EMAIL"]
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "UsernameExistsException":
                return False
            raise
    return True


def remove(user_pool_id: str, email: str) -> bool:
    """Remove a person; what they asked is deleted when its time is over. False if there was no such person."""
    from botocore.exceptions import ClientError

    address, client = _address(email), aws.client("cognito-idp")
    with refusals.explained(f"removing {address}"):
        try:
            client.admin_delete_user(UserPoolId=user_pool_id, Username=address)
        except ClientError as error:
            if error.response["Error"]["Code"] == "UserNotFoundException":
                return False
            raise
    return True


def users(user_pool_id: str) -> list[tuple[str, str]]:
    """Return who may ask: e-mail address and status, for instance ``CONFIRMED``."""
    client = aws.client("cognito-idp")
    with refusals.explained("reading who may ask"):
        pages = client.get_paginator("list_users").paginate(UserPoolId=user_pool_id)
        return sorted((_email(user), str(user["UserStatus"])) for page in pages for user in page["Users"])


def _email(user: dict[str, Any]) -> str:
    named = {attribute["Name"]: attribute["Value"] for attribute in user.get("Attributes", [])}
    return str(named.get("email", user["Username"]))


def _address(email: str) -> str:
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email):
        raise DeploymentError(f"{email!r} is no e-mail address; give one like name@example.org.")
    return email
