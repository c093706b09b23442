"""The operations of `bedrock-agentcore-control` that the backend uses: paced, typed, every failure sorted, every page read."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, TypeVar

from botocore import xform_name

from bylaw.backends.agentcore.failures import Call, Failures, ThrottledError
from bylaw.backends.agentcore.pace import Lane, TokenBucket
from bylaw.backends.agentcore.records import (
    Answer,
    EngineRecord,
    GatewayRecord,
    PolicyDraft,
    PolicyRecord,
    engine_record,
    gateway_record,
    policy_record,
)
from bylaw.backends.agentcore.unknown import UnknownSettings
from bylaw.backends.interface import BackendAmbiguousError, BackendTerminalError, BackendTransientError
from bylaw.model.errors import BylawError

T = TypeVar("T")
Record = TypeVar("Record", EngineRecord, PolicyRecord)

PAGE: Final = 100
"""Items a page; the service's default is 10."""
MAX_PAGES: Final = 1000
"""Beyond any documented quota: a listing this long is no listing."""


class ControlPlane:
    """One account and region, through one SDK client. Used by one thread at a time."""

    def __init__(self, client: Any, failures: Failures, buckets: Mapping[Lane, TokenBucket]) -> None:  # noqa: ANN401
        self._client = client
        self._failures = failures
        self._buckets = buckets
        self._gateway_settings = UnknownSettings(client)
        self.told_time: datetime | None = None
        """The service's clock at its last answer."""

    # Engines.

    def engines(self) -> tuple[EngineRecord, ...]:
        """All engines of the account and region."""
        answers = self._pages(Lane.ENGINE_READ, "ListPolicyEngines", "policyEngines")
        return _demand_unique([engine_record(answer) for answer in answers])

    def engine(self, engine_id: str) -> EngineRecord:
        """One engine."""
        answer = self._read(Lane.ENGINE_READ, "GetPolicyEngine", policyEngineId=engine_id)
        return engine_record(answer)

    def create_engine(self, name: str, tags: Mapping[str, str], kms_key: str | None, token: str) -> EngineRecord:
        """Make an engine."""
        parameters: dict[str, object] = {"name": name, "tags": dict(tags), "clientToken": token}
        if kms_key is not None:
            parameters["encryptionKeyArn"] = kms_key
        return self._write(Lane.ENGINE_WRITE, "CreatePolicyEngine", engine_record, **parameters)

    def tags(self, arn: str) -> Mapping[str, str]:
        """The tags of an engine."""
        tags = self._read(Lane.ENGINE_READ, "ListTagsForResource", resourceArn=arn).get("tags") or {}
        return {str(name): str(value) for name, value in tags.items()}

    def tag(self, arn: str, tags: Mapping[str, str]) -> None:
        """Add tags to an engine, or change them."""
        self._write(Lane.ENGINE_WRITE, "TagResource", lambda _: None, resourceArn=arn, tags=dict(tags))

    # Policies.

    def policies(self, engine_id: str) -> tuple[PolicyRecord, ...]:
        """All policies of an engine, whole."""
        answers = self._pages(Lane.POLICY_LIST, "ListPolicies", "policies", policyEngineId=engine_id)
        return _demand_unique([policy_record(answer) for answer in answers])

    def policy(self, engine_id: str, policy_id: str) -> PolicyRecord:
        """One policy."""
        answer = self._read(Lane.POLICY_READ, "GetPolicy", policyEngineId=engine_id, policyId=policy_id)
        return policy_record(answer)

    def create_policy(self, engine_id: str, name: str, draft: PolicyDraft, token: str) -> PolicyRecord:
        """Begin to create a policy under one of its names."""
        return self._write(
            Lane.POLICY_CREATE,
            "CreatePolicy",
            policy_record,
            policyEngineId=engine_id,
            name=name,
            definition={"cedar": {"statement": draft.statement}},
            description=draft.description,
            enforcementMode=draft.mode,
            validationMode=draft.validation,
            clientToken=token,
        )

    def update_policy(
        self, policy: PolicyRecord, *, mode: str, validation: str, description: str | None = None
    ) -> PolicyRecord:
        """Begin to change a policy's mode, and its description where one is given; its text stays."""
        changed = {} if description is None else {"description": {"optionalValue": description}}
        return self._write(
            Lane.POLICY_UPDATE,
            "UpdatePolicy",
            policy_record,
            policyEngineId=policy.engine_id,
            policyId=policy.id,
            enforcementMode=mode,
            validationMode=validation,
            **changed,
        )

    def delete_policy(self, policy: PolicyRecord) -> PolicyRecord:
        """Begin to delete a policy."""
        return self._write(
            Lane.POLICY_DELETE, "DeletePolicy", policy_record, policyEngineId=policy.engine_id, policyId=policy.id
        )

    # Gateways.

    def gateway(self, gateway_id: str) -> GatewayRecord:
        """One gateway."""
        with self._gateway_settings as unknown:
            answer = self._read(Lane.GATEWAY_READ, "GetGateway", gatewayIdentifier=gateway_id)
        return gateway_record(answer, tuple(unknown))

    def update_gateway(self, gateway_id: str, settings: Mapping[str, object]) -> None:
        """Begin to replace a gateway's settings, all of them."""
        self._write(Lane.GATEWAY_WRITE, "UpdateGateway", lambda _: None, gatewayIdentifier=gateway_id, **dict(settings))

    def gateway_settings(self) -> tuple[str, ...]:
        """What `update_gateway` can write."""
        members = self._client.meta.service_model.operation_model("UpdateGateway").input_shape.members
        return tuple(name for name in members if name != "gatewayIdentifier")

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    # Calls.

    def _read(self, lane: Lane, operation: str, **parameters: object) -> Answer:
        return self._call(lane, Call(operation, writes=False), parameters)

    def _write(self, lane: Lane, operation: str, read: Callable[[Answer], T], **parameters: object) -> T:
        """A write whose answer cannot be understood has an unknown fate."""
        answer = self._call(lane, Call(operation, writes=True), parameters)
        try:
            return read(answer)
        except BackendTerminalError as error:
            raise BackendAmbiguousError(f"`{operation}`: {error.message}", help=error.help) from None

    def _call(self, lane: Lane, call: Call, parameters: Mapping[str, object]) -> Answer:
        bucket = self._buckets[lane]
        bucket.take()
        method = getattr(self._client, xform_name(call.operation))
        try:
            answer: Answer = method(**parameters)
        except Exception as error:  # noqa: BLE001 - parsing a hostile answer can raise anything; it must not end the run
            raise self._sorted(error, call, bucket) from None
        self.told_time = _date(answer) or self.told_time
        return answer

    def _pages(self, lane: Lane, operation: str, member: str, **parameters: object) -> Iterator[Answer]:
        """Every item of every page, or an exception."""
        call, bucket = Call(operation, writes=False), self._buckets[lane]
        paginator = self._client.get_paginator(xform_name(operation))
        pages = iter(paginator.paginate(PaginationConfig={"PageSize": PAGE}, **parameters))
        for _ in range(MAX_PAGES):
            bucket.take()
            try:
                page = next(pages)
            except Exception as error:  # noqa: BLE001 - as for a single call
                raise self._sorted(error, call, bucket) from None
            self.told_time = _date(page) or self.told_time
            items = page.get(member)
            if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
                raise BackendTerminalError(f"the answer to `{operation}` has no usable `{member}`")
            yield from items
            if not page.get("nextToken"):
                return
        raise BackendTerminalError(f"`{operation}` answers page after page, {MAX_PAGES} of them and more")

    def _sorted(self, error: Exception, call: Call, bucket: TokenBucket) -> BylawError:
        failure = self._failures.sort(error, call)
        if isinstance(failure, ThrottledError):
            bucket.drain()
        return failure


def _date(answer: Answer) -> datetime | None:
    """The time of an answer, by its header (RFC 9110, 6.6.1)."""
    told = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
    try:
        return parsedate_to_datetime(str(told)[:60])
    except ValueError:
        return None


def _demand_unique(records: Sequence[Record]) -> tuple[Record, ...]:
    """An object on two pages means that the listing moved while it was read, so one may be missing as well."""
    if len({record.id for record in records}) != len(records):
        raise BackendTransientError("the listing changed while it was read")
    return tuple(records)
