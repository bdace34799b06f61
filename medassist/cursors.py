"""Cursors of a history's pages: opaque to those who hold them, signed, and good for one caller only.

A cursor is URL-safe base64 (RFC 4648, section 5) of a tag and the place where the next page begins. The tag is
HMAC-SHA-256 (RFC 2104) over the caller and the place, with a key that Secrets Manager keeps: so nobody can make a
cursor, change one, or use another caller's.
"""

import base64
import hashlib
import hmac
import secrets
from typing import Any

from medassist import aws
from medassist.errors import InvalidRequestError, StorageError

TAG_BYTES = 32
KEY_BYTES = 32
MAX_CHARACTERS = 200
PURPOSE = b"medassist history 1"  # a key that came to be used for something else would make other tags


class CursorSigner:
    """Writes and reads cursors. Building one does nothing: most callers never get to a second page.

    Parameters
    ----------
    secret_name : str
        Name or ARN of the secret, made by :func:`create_key` or the deployment's template.
    timeout_s : float
        Time limit of one attempt to fetch it, in seconds.
    """

    def __init__(self, secret_name: str, timeout_s: float = 1.0) -> None:
        self._secret_name, self._timeout_s = secret_name, timeout_s
        self._key = b""

    def write(self, caller: str, place: str) -> str:
        """Return the cursor of a place in a caller's history.

        Raises
        ------
        StorageError
            If the key cannot be fetched.
        """
        body = place.encode()
        return base64.urlsafe_b64encode(self._tag(caller, body) + body).decode().rstrip("=")

    def read(self, caller: str, cursor: str) -> str:
        """Return the place that a cursor stands for.

        Raises
        ------
        InvalidRequestError
            If it is none, was changed, or is another caller's.
        StorageError
            If the key cannot be fetched.
        """
        try:
            decoded = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            tag, body = decoded[:TAG_BYTES], decoded[TAG_BYTES:]
            place = body.decode()
        except ValueError:  # of base64, of ASCII, of UTF-8
            raise _unknown() from None
        # Base64 can be written in more than one way; only ours is a cursor.
        if not place or not hmac.compare_digest(tag, self._tag(caller, body)) or self.write(caller, place) != cursor:
            raise _unknown()
        return place

    def _tag(self, caller: str, place: bytes) -> bytes:
        name = caller.encode()
        message = b"%b\n%d\n%b%b" % (PURPOSE, len(name), name, place)
        return hmac.digest(self._fetched(), message, hashlib.sha256)

    def _fetched(self) -> bytes:
        from botocore.exceptions import BotoCoreError, ClientError

        if not self._key:
            try:
                client = aws.client("secretsmanager", timeout_s=self._timeout_s, attempts=2)
                found: Any = client.get_secret_value(SecretId=self._secret_name)
            except (BotoCoreError, ClientError) as error:
                raise StorageError(
                    f"The secret {self._secret_name} cannot be read ({aws.reason(error)}); try again, or create it."
                ) from error
            self._key = str(found["SecretString"]).encode()
        return self._key


def create_key(secret_name: str) -> bool:
    """Create the secret with a random key, unless it is there; return whether it was new.

    Raises
    ------
    StorageError
        If it cannot be created.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    client = aws.client("secretsmanager", timeout_s=10)
    try:
        if secret_name.startswith("arn:"):  # it has one, so it is there
            return False
        client.create_secret(
            Name=secret_name, Description="Signs cursors", SecretString=secrets.token_urlsafe(KEY_BYTES)
        )
    except client.exceptions.ResourceExistsException:
        return False
    except (BotoCoreError, ClientError) as error:
        raise StorageError(
            f"The secret {secret_name} cannot be created ({aws.reason(error)}); check your permissions."
        ) from error
    return True


def _unknown() -> InvalidRequestError:
    return InvalidRequestError(
        "The cursor is none of yours, or was changed; leave it out to begin with the newest questions."
    )
