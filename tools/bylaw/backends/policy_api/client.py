"""The operations of the Policy API, typed. Reads are repeated while that may help, writes are sent once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import quote

from bylaw.backends.interface import BackendTerminalError, BackendTransientError
from bylaw.backends.policy_api.failures import MissingError, UnsupportedError
from bylaw.backends.policy_api.listing import all_items
from bylaw.backends.policy_api.records import (
    Enforcement,
    EngineRecord,
    PolicyRecord,
    enforcement,
    engine_record,
    policy_record,
)
from bylaw.backends.policy_api.transport import Received, Transport

T = TypeVar("T")
Record = TypeVar("Record", EngineRecord, PolicyRecord)

BASE: Final = "/api/v1/policy"
ENGINES: Final = f"{BASE}/engines"


@dataclass(frozen=True, slots=True)
class PolicyBody:
    """What a policy shall be."""

    statement: str
    description: str | None
    """None leaves the one that is there."""
    mode: str | None
    """None leaves it to the server."""

    @property
    def members(self) -> dict[str, str]:
        """The JSON members; absent ones are left out, since null is not taken everywhere."""
        members = {"policy_body": self.statement}
        if self.description is not None:
            members["description"] = self.description
        if self.mode is not None:
            members["enforcement_mode"] = self.mode
        return members


class PolicyApi:
    """One server. Used by one thread at a time."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    def enforcement(self) -> Enforcement:
        """What decides on the server's other routes; nothing, where it only keeps policies and passes them on (404, 501)."""
        try:
            received = self.transport.read("read enforcement", f"{BASE}/enforcement")
        except (MissingError, UnsupportedError):
            return Enforcement(None, None)
        return enforcement(received.body)

    # Engines.

    def engines(self) -> tuple[EngineRecord, ...]:
        """All engines."""
        try:
            answers = self.listed("list engines", ENGINES, "policy_engines")
        except MissingError as error:
            message = f"there is no Policy API at the server: {error.message}"
            raise BackendTerminalError(message, help="check `base_url`, without `/api/v1/policy`") from None
        return _demand_unique([engine_record(answer) for answer in answers])

    def engine(self, engine_id: str) -> EngineRecord:
        """One engine.

        Raises:
            MissingError: there is none.
        """
        return engine_record(self.transport.read("read an engine", engine_path(engine_id)).body)

    def create_engine(self, name: str, description: str, key: str) -> EngineRecord:
        """Make an engine. Repeating it makes another one of the same name, unless the server knows idempotency keys."""
        body = {"name": name, "description": description}
        return self.written("create an engine", "POST", ENGINES, body, engine_record, {"Idempotency-Key": key})

    # Policies.

    def policies(self, engine_id: str) -> tuple[PolicyRecord, ...]:
        """All policies of an engine.

        Raises:
            MissingError: there is no such engine.
        """
        answers = self.listed("list policies", f"{engine_path(engine_id)}/policies", "policies")
        return _demand_unique([policy_record(answer) for answer in answers])

    def policy(self, engine_id: str, policy_id: str) -> tuple[PolicyRecord, str | None]:
        """One policy, and its validator where the server has such.

        Raises:
            MissingError: there is none.
            BackendTerminalError: the server answered with another one.
        """
        received = self.transport.read("read a policy", policy_path(engine_id, policy_id))
        record = policy_record(received.body)
        if (record.engine_id, record.id) != (engine_id, policy_id):
            raise BackendTerminalError(f"asked for policy `{policy_id}`, the server answered with another one")
        return record, received.etag

    def look(self, engine_id: str, policy_id: str) -> PolicyRecord | None:
        """One policy; none where there is none."""
        try:
            return self.policy(engine_id, policy_id)[0]
        except MissingError:
            return None

    def create_policy(self, engine_id: str, body: PolicyBody, key: str) -> PolicyRecord:
        """Create a policy. Repeating it makes another one, unless the server knows idempotency keys."""
        path = f"{engine_path(engine_id)}/policies"
        return self.written("create a policy", "POST", path, body.members, policy_record, {"Idempotency-Key": key})

    def update_policy(self, policy: PolicyRecord, body: PolicyBody, etag: str | None) -> PolicyRecord:
        """Change a policy, if it is as `etag` says."""
        path = policy_path(policy.engine_id, policy.id)
        return self.written("update a policy", "PUT", path, body.members, policy_record, _condition(etag))

    def delete_policy(self, policy: PolicyRecord, etag: str | None) -> None:
        """Delete a policy, if it is as `etag` says.

        Raises:
            MissingError: it is gone.
        """
        path = policy_path(policy.engine_id, policy.id)
        self.transport.write("delete a policy", "DELETE", path, headers=_condition(etag))

    def close(self) -> None:
        """Give the connections back."""
        self.transport.close()

    # What the generations use as well.

    def listed(self, name: str, path: str, member: str) -> list[Any]:
        """Every item of a listing, not looked at yet."""
        return all_items(lambda query: self.transport.read(name, path, query).body, member)

    def written(
        self,
        name: str,
        method: str,
        path: str,
        body: object,
        read: Callable[[object], T],
        headers: Mapping[str, str] | None = None,
    ) -> T:
        """Send a write, and read its answer. Where that cannot be understood, the write's fate is unknown."""
        received: Received = self.transport.write(name, method, path, body, headers)
        try:
            return read(received.body)
        except BackendTerminalError as error:
            self.transport.misread(error.message, name, writes=True)


def engine_path(engine_id: str) -> str:
    """The path of an engine, its id as one segment."""
    return f"{ENGINES}/{quote(engine_id, safe='')}"


def policy_path(engine_id: str, policy_id: str) -> str:
    """The path of a policy."""
    return f"{engine_path(engine_id)}/policies/{quote(policy_id, safe='')}"


def _condition(etag: str | None) -> Mapping[str, str]:
    return {} if etag is None else {"If-Match": etag}


def _demand_unique(records: list[Record]) -> tuple[Record, ...]:
    """An object on two pages means that the listing moved while it was read, so one may be missing as well."""
    if len({record.id for record in records}) != len(records):
        raise BackendTransientError("the listing changed while it was read")
    return tuple(records)
