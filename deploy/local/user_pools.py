"""The emulated Cognito: keys of its own, and the user pool that people who run all this at home sign in to.

moto signs every token of every installation with one key that comes with it. Here each state folder has a key of its
own, made once, so that nobody else can make tokens. Clients of pools and users go when the cloud ends; the demo user
comes back as the same person (``sub``), so that the history is still theirs.
"""

import contextlib
import json
import os
import uuid
from pathlib import Path
from typing import Any

DEMO_USER = "demo@example.invalid"  # a domain that no mail can ever reach (RFC 2606)
PAGE_CLIENT = "page"
KEY_BITS = 2048
_KEY_ID = "dummy"  # as moto writes into each token's header
_PEOPLE = uuid.UUID("5b7f6a52-7d0e-4d0b-9a55-0d7b2f7c8d11")  # any fixed one: names become ids below it


def install(key_file: Path) -> None:
    """Let moto sign with the key of this state folder, and publish its public part."""
    from joserfc import jwk
    from moto.cognitoidp import models, responses

    key = jwk.RSAKey.import_key(json.loads(_read_or_make_key(key_file)))
    pool_class: Any = models.CognitoIdpUserPool
    user_class: Any = models.CognitoIdpUser
    construct_pool, construct_user = pool_class.__init__, user_class.__init__

    def pool_with_key(self: Any, *arguments: Any, **named: Any) -> None:
        construct_pool(self, *arguments, **named)
        self.json_web_key = key

    def user_who_comes_back(self: Any, *arguments: Any, **named: Any) -> None:
        construct_user(self, *arguments, **named)
        if DEMO_USER in (self.username, self.attribute_lookup.get("email")):
            self.id = str(uuid.uuid5(_PEOPLE, DEMO_USER))
            self.update_attributes([{"Name": "sub", "Value": self.id}])

    pool_class.__init__, user_class.__init__ = pool_with_key, user_who_comes_back
    public = {**key.as_dict(private=False), "kid": _KEY_ID, "alg": "RS256", "use": "sig"}
    responses.CognitoIdpJsonWebKeyResponse.json_web_key = json.dumps({"keys": [public]}).encode()


def _read_or_make_key(file: Path) -> str:
    from joserfc import jwk

    if file.is_file():
        return file.read_text("utf-8")
    text = json.dumps(jwk.RSAKey.generate_key(KEY_BITS).as_dict(private=True))
    part = file.with_name(file.name + ".part")
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as target:
        target.write(text)
    part.rename(file)
    return text


# --- what the front door needs ------------------------------------------------------------------------------------


def ensure_pool(cognito: Any, name: str) -> str:
    """Return the id of the user pool of that name; make it, as the template would, if there is none."""
    for page in cognito.get_paginator("list_user_pools").paginate(MaxResults=60):
        for pool in page["UserPools"]:
            if pool["Name"] == name:
                return str(pool["Id"])
    made = cognito.create_user_pool(
        PoolName=name, UsernameAttributes=["email"], AdminCreateUserConfig={"AllowAdminCreateUserOnly": True}
    )
    return str(made["UserPool"]["Id"])


def ensure_client(cognito: Any, pool_id: str) -> str:
    """Return the id of a client of the pool by which the demo user's password is taken."""
    made = cognito.create_user_pool_client(
        UserPoolId=pool_id,
        ClientName=PAGE_CLIENT,
        ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )
    return str(made["UserPoolClient"]["ClientId"])


def set_demo_password(cognito: Any, pool_id: str, password: str) -> None:
    """Make the demo user if need be, and give them this password."""
    with contextlib.suppress(cognito.exceptions.UsernameExistsException):
        cognito.admin_create_user(
            UserPoolId=pool_id,
            Username=DEMO_USER,
            UserAttributes=[{"Name": "email", "Value": DEMO_USER}],
            MessageAction="SUPPRESS",
        )
    cognito.admin_set_user_password(UserPoolId=pool_id, Username=DEMO_USER, Password=password, Permanent=True)
