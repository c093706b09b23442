"""Who may call the server: the keys file, and finding the caller of a request in it.

    keys:
      - {id: ci, role: admin, sha256: 9f86…, expires: 2027-06-30T00:00:00Z}
    aws:
      - {access_key_id: AKIAEXAMPLE, secret_env: RECONCILER_SECRET, role: admin}

A key itself is never stored: make one with `openssl rand -hex 32`, and its digest with `printf %s "$KEY" | sha256sum`.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Final

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from bylaw.model.diagnostics import Diagnostic
from bylaw.model.errors import InvalidInputError, UsageError
from bylaw.repository.documents.base import Document
from bylaw.repository.documents.loading import load_document

MAX_KEY: Final = 512
"""Bytes; what is longer is no key and is not even hashed."""


class Role(StrEnum):
    """What a caller may do: readers may not change anything."""

    ADMIN = "admin"
    READER = "reader"


KeyId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,127}$")]
"""Names a caller in the audit trail."""


class KeyEntry(Document):
    """One caller with a key of its own."""

    id: KeyId
    role: Role
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    expires: AwareDatetime | None = None


class AwsEntry(Document):
    """One caller that signs its requests as AWS clients do."""

    access_key_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{4,128}$")]
    secret_env: Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=200)]
    role: Role


class KeysFile(Document):
    """The keys file."""

    keys: Annotated[tuple[KeyEntry, ...], Field(max_length=1000)] = ()
    aws: Annotated[tuple[AwsEntry, ...], Field(max_length=1000)] = ()

    @model_validator(mode="after")
    def _each_once(self) -> "KeysFile":
        for what, values in (
            ("id", [key.id for key in self.keys]),
            ("key", [key.sha256 for key in self.keys]),
            ("access key", [entry.access_key_id for entry in self.aws]),
        ):
            if len(set(values)) != len(values):
                msg = f"an {what} stands twice" if what != "key" else "a key stands twice"
                raise ValueError(msg)
        return self


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls."""

    id: str
    role: Role

    @property
    def is_admin(self) -> bool:
        """Whether it may change things."""
        return self.role is Role.ADMIN


ANYBODY: Final = Principal("noop", Role.ADMIN)
"""The caller of a server without keys."""


@dataclass(frozen=True, slots=True)
class Key:
    """One known key."""

    principal: Principal
    digest: bytes
    expires: datetime | None


@dataclass(frozen=True, slots=True)
class AwsKey:
    """One known AWS access key."""

    role: Role
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Keyring:
    """All callers that are known."""

    keys: tuple[Key, ...] = ()
    aws: Mapping[str, AwsKey] = field(default_factory=dict)
    """By access key id."""

    def find(self, key: bytes, now: datetime) -> Principal | None:
        """Find who holds a key. Takes the same time whichever it is, or none."""
        if not 0 < len(key) <= MAX_KEY:
            return None
        digest = sha256(key).digest()
        found = None
        for known in self.keys:
            if hmac.compare_digest(digest, known.digest):
                found = known
        if found is None or (found.expires is not None and found.expires <= now):
            return None
        return found.principal


def read_keyring(text: str, path: str, environment: Mapping[str, str]) -> Keyring:
    """Read a keys file; secrets of AWS keys come from the environment.

    Raises:
        InvalidInputError: it is no keys file, or names nobody.
        UsageError: a variable that it names is not set.
    """
    document, problems = load_document(KeysFile, text, path)
    if document is None:
        raise InvalidInputError(problems)
    if not document.keys and not document.aws:
        nobody = Diagnostic("no-keys", f"`{path}` lets nobody in", help="add an entry under `keys`")
        raise InvalidInputError([nobody])
    keys = tuple(
        Key(Principal(entry.id, entry.role), bytes.fromhex(entry.sha256), entry.expires) for entry in document.keys
    )
    aws = {entry.access_key_id: AwsKey(entry.role, _secret(entry, environment)) for entry in document.aws}
    return Keyring(keys, aws)


def _secret(entry: AwsEntry, environment: Mapping[str, str]) -> str:
    secret = environment.get(entry.secret_env)
    if not secret:
        message = f"the secret of `{entry.access_key_id}` is taken from `{entry.secret_env}`, which is not set"
        raise UsageError(message, help=f"set `{entry.secret_env}` in the environment of this run")
    return secret
