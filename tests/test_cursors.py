"""Cursors: what was written is read, by its caller; nothing else is a cursor."""

import random
import string

import boto3
import pytest

from medassist import cursors, interactions
from medassist.cloud import Cloud
from medassist.cursors import CursorSigner
from medassist.errors import InvalidRequestError, StorageError

SECRET = "test-cursors"
PLACE = interactions.new_question_id(1_700_000_000_000)


@pytest.fixture(scope="module")
def signer(emulated_cloud: Cloud) -> CursorSigner:
    cursors.create_key(SECRET)
    return CursorSigner(SECRET)


def test_a_cursor_is_read_by_its_caller_in_any_container(signer: CursorSigner) -> None:
    cursor = signer.write("ada", PLACE)
    assert CursorSigner(SECRET).read("ada", cursor) == PLACE
    # AND it fits into an address as it is
    assert set(cursor) <= set(string.ascii_letters + string.digits + "-_")
    assert len(cursor) <= cursors.MAX_CHARACTERS


def test_another_callers_cursor_is_none(signer: CursorSigner) -> None:
    cursor = signer.write("ada", PLACE)
    # Also where caller and place together are the same letters.
    for caller, place in (("eve", PLACE), ("ada" + PLACE[0], PLACE[1:])):
        with pytest.raises(InvalidRequestError, match="none of yours"):
            signer.read(caller, cursor)
        assert signer.write(caller, place) != cursor


def test_a_cursor_with_any_character_changed_is_none(signer: CursorSigner) -> None:
    cursor, draw = signer.write("ada", PLACE), random.Random(13)
    alphabet = string.ascii_letters + string.digits + "-_="
    for position, letter in enumerate(cursor):
        other = draw.choice([each for each in alphabet if each != letter])
        with pytest.raises(InvalidRequestError):
            signer.read("ada", cursor[:position] + other + cursor[position + 1 :])


@pytest.mark.parametrize("wrong", ["", "a", "====", "ä", "\ud800", "A" * 200, PLACE, "%00", " "])
def test_anything_else_is_none(signer: CursorSigner, wrong: str) -> None:
    with pytest.raises(InvalidRequestError):
        signer.read("ada", wrong)


def test_cut_and_lengthened_cursors_are_none(signer: CursorSigner) -> None:
    cursor = signer.write("ada", PLACE)
    for wrong in [cursor[:length] for length in range(len(cursor))] + [cursor + "=", cursor + "A", cursor + "\n"]:
        with pytest.raises(InvalidRequestError):
            signer.read("ada", wrong)


def test_another_key_makes_other_cursors(signer: CursorSigner) -> None:
    cursors.create_key("test-cursors-2")
    with pytest.raises(InvalidRequestError):
        CursorSigner("test-cursors-2").read("ada", signer.write("ada", PLACE))


def test_the_key_is_made_once_and_is_long(signer: CursorSigner) -> None:
    manager = boto3.client("secretsmanager")
    before = manager.get_secret_value(SecretId=SECRET)["SecretString"]
    assert cursors.create_key(SECRET) is False
    assert manager.get_secret_value(SecretId=SECRET)["SecretString"] == before
    assert len(before) >= 43  # 32 bytes in base64
    # AND a stack's, which is named by its ARN, is left alone
    assert cursors.create_key(manager.describe_secret(SecretId=SECRET)["ARN"]) is False


def test_without_the_key_it_is_storage_that_fails(emulated_cloud: Cloud) -> None:
    missing = CursorSigner("no-such-secret")
    with pytest.raises(StorageError, match="no-such-secret cannot be read"):
        missing.write("ada", PLACE)
