"""The keys file."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from bylaw.model.errors import InvalidInputError, UsageError
from bylaw.server.keys import MAX_KEY, Keyring, Principal, Role, read_keyring
from tools.fakes.clock import EPOCH

KEY = b"a-key-of-thirty-two-characters.."
DIGEST = sha256(KEY).hexdigest()
ONE = f"keys:\n  - {{id: ci, role: admin, sha256: {DIGEST}, expires: 2026-03-02T10:00:00Z}}\n"


def read(text: str, **environment: str) -> Keyring:
    return read_keyring(text, "keys.yaml", environment)


def test_a_key_names_its_holder() -> None:
    assert read(ONE).find(KEY, EPOCH) == Principal("ci", Role.ADMIN)


def test_a_key_is_worth_nothing_from_the_moment_it_expires() -> None:
    end = datetime(2026, 3, 2, 10, tzinfo=UTC)

    assert read(ONE).find(KEY, end - timedelta(microseconds=1)) is not None
    assert read(ONE).find(KEY, end) is None


@pytest.mark.parametrize("given", [b"", KEY[:-1], KEY + b" ", DIGEST.encode(), b"x" * (MAX_KEY + 1)])
def test_anything_else_is_no_key(given: bytes) -> None:
    assert read(ONE).find(given, EPOCH) is None


def test_an_aws_key_takes_its_secret_from_the_environment() -> None:
    text = "aws:\n  - {access_key_id: AKIAEXAMPLE, secret_env: RECONCILER, role: reader}\n"

    keyring = read(text, RECONCILER="hush")

    assert (keyring.aws["AKIAEXAMPLE"].secret, keyring.aws["AKIAEXAMPLE"].role) == ("hush", Role.READER)
    assert "hush" not in repr(keyring)
    with pytest.raises(UsageError, match="`RECONCILER`, which is not set"):
        read(text)


BAD = {
    "nobody": ("keys: []\n", "lets nobody in"),
    "a key in the clear": ("keys:\n  - {id: ci, role: admin, key: secret}\n", "unknown key `key`"),
    "an unknown role": (ONE.replace("admin", "root"), "role"),
    "a digest that is none": (ONE.replace(DIGEST, DIGEST[:-1]), "sha256"),
    "an upper-case digest": (ONE.replace(DIGEST, DIGEST.upper()), "sha256"),
    "a time without zone": (ONE.replace("00:00Z", "00:00"), "expires"),
    "an id twice": (ONE + f"  - {{id: ci, role: reader, sha256: {'f' * 64}}}\n", "an id stands twice"),
    "a key twice": (ONE + f"  - {{id: other, role: reader, sha256: {DIGEST}}}\n", "a key stands twice"),
    "an id that could break a log": (ONE.replace("id: ci", 'id: "c\\ni"'), "id"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_file_that_is_not_clear_lets_nobody_in(what: str) -> None:
    text, told = BAD[what]

    with pytest.raises(InvalidInputError) as raised:
        read(text)

    assert told in " ".join(diagnostic.message for diagnostic in raised.value.diagnostics)
