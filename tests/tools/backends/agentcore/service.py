"""The control plane of AgentCore as far as the backend's tests need it: engines, policies, tags and gateways in memory.

It keeps what the real one documents: asynchronous status, client tokens that replay the first answer, unique names, pages.
"""

import itertools
import json
import re
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

ACCOUNT = "123456789012"
REGION = "eu-west-1"
ARN = f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}"

Body = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What goes over the wire; bytes go as they are."""

    status: int
    body: Body | bytes = field(default_factory=dict)
    error: str = ""


def refusal(status: int, error: str, message: str = "no", **more: object) -> Answer:
    return Answer(status, {"message": message, **more}, error)


MISSING = refusal(404, "ResourceNotFoundException", "not found")


@dataclass
class Service:
    """One account and region."""

    pending_reads: int = 0
    """How often an object is seen on its way before it arrives."""
    fate: Callable[[Body], list[str]] = lambda _: []
    """Why the creation of a policy fails; empty where it does not."""
    engines: dict[str, Body] = field(default_factory=dict)
    policies: dict[str, Body] = field(default_factory=dict)
    gateways: dict[str, Body] = field(default_factory=dict)
    tags: dict[str, Body] = field(default_factory=dict)
    _tokens: dict[str, tuple[str, Answer]] = field(default_factory=dict)
    _left: dict[str, int] = field(default_factory=dict)
    _number: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    _now: datetime = datetime(2026, 3, 2, 9, tzinfo=UTC)

    def handle(self, operation: str, path: tuple[str, ...], query: Mapping[str, str], body: Body) -> Answer:
        token = body.pop("clientToken", None)
        request = json.dumps([operation, path, body], sort_keys=True)
        if token in self._tokens:
            known, first = self._tokens[token]
            mismatch = refusal(400, "ValidationException", reason="IdempotentParameterMismatchException")
            return first if known == request else mismatch
        handler = getattr(self, re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower())
        answer: Answer = handler(*path, query=query, body=body)
        if token is not None and answer.status < 300:
            self._tokens[token] = (request, replace(answer, body=copy(answer.body)))
        return answer

    # Engines.

    def create_policy_engine(self, *, query: Mapping[str, str], body: Body) -> Answer:
        del query
        if any(engine["name"] == body["name"] for engine in self.engines.values()):
            return refusal(409, "ConflictException", "name is taken")
        engine_id = self._id(body["name"])
        arn = f"{ARN}:policy-engine/{engine_id}"
        self.tags[arn] = body.pop("tags", {})
        self.engines[engine_id] = self._object({"policyEngineId": engine_id, "policyEngineArn": arn, **body}, engine_id)
        return Answer(202, dict(self.engines[engine_id]))

    def get_policy_engine(self, engine_id: str, **_: object) -> Answer:
        self._advance(self.engines, engine_id)
        return Answer(200, self.engines[engine_id]) if engine_id in self.engines else MISSING

    def list_policy_engines(self, *, query: Mapping[str, str], body: Body) -> Answer:
        del body
        for engine_id in list(self.engines):
            self._advance(self.engines, engine_id)
        return self._page("policyEngines", list(self.engines.values()), query)

    def list_tags_for_resource(self, arn: str, **_: object) -> Answer:
        return Answer(200, {"tags": self.tags[unquote(arn)]})

    def tag_resource(self, arn: str, *, query: Mapping[str, str], body: Body) -> Answer:
        del query
        self.tags[unquote(arn)].update(body["tags"])
        return Answer(204, b"")

    # Policies.

    def create_policy(self, engine_id: str, *, query: Mapping[str, str], body: Body) -> Answer:
        del query
        if engine_id not in self.engines:
            return MISSING
        if self.engines[engine_id]["status"] != "ACTIVE":
            return refusal(409, "ConflictException", "engine is not active")
        if any(policy["name"] == body["name"] for policy in self.policies.values()):
            return refusal(409, "ConflictException", "name is taken")
        body.pop("validationMode", None)
        policy_id = self._id(body["name"])
        arn = f"{self.engines[engine_id]['policyEngineArn']}/policy/{policy_id}"
        made = {"policyId": policy_id, "policyArn": arn, "policyEngineId": engine_id, "enforcementMode": "ACTIVE"}
        self.policies[policy_id] = self._object({**made, **body}, policy_id)
        return Answer(202, dict(self.policies[policy_id]))

    def get_policy(self, engine_id: str, policy_id: str, **_: object) -> Answer:
        self._advance(self.policies, policy_id)
        policy = self.policies.get(policy_id)
        return Answer(200, policy) if policy and policy["policyEngineId"] == engine_id else MISSING

    def list_policies(self, engine_id: str, *, query: Mapping[str, str], body: Body) -> Answer:
        del body
        if engine_id not in self.engines:
            return MISSING
        for policy_id in list(self.policies):
            self._advance(self.policies, policy_id)
        held = [policy for policy in self.policies.values() if policy["policyEngineId"] == engine_id]
        return self._page("policies", held, query)

    def update_policy(self, engine_id: str, policy_id: str, *, query: Mapping[str, str], body: Body) -> Answer:
        del query, engine_id
        if policy_id not in self.policies:
            return MISSING
        policy = self.policies[policy_id]
        if policy["status"] != "ACTIVE":
            return refusal(409, "ConflictException", "policy is being changed")
        body.pop("validationMode", None)
        if "description" in body:
            body["description"] = body["description"].get("optionalValue")
        policy.update(body, status="UPDATING", updatedAt=self._time())
        self._left[policy_id] = self.pending_reads
        return Answer(202, dict(policy))

    def delete_policy(self, engine_id: str, policy_id: str, **_: object) -> Answer:
        del engine_id
        if policy_id not in self.policies:
            return MISSING
        policy = self.policies[policy_id]
        if policy["status"] in {"CREATING", "UPDATING", "DELETING"}:
            return refusal(409, "ConflictException", "policy is being changed")
        policy.update(status="DELETING", updatedAt=self._time())
        self._left[policy_id] = self.pending_reads
        return Answer(202, dict(policy))

    # Gateways.

    def get_gateway(self, gateway_id: str, **_: object) -> Answer:
        return Answer(200, self.gateways[gateway_id]) if gateway_id in self.gateways else MISSING

    def update_gateway(self, gateway_id: str, *, query: Mapping[str, str], body: Body) -> Answer:
        """What is left out is reset, except what the service itself keeps."""
        del query
        own = {"gatewayId", "gatewayArn", "gatewayUrl", "createdAt", "status", "webAclArn", "workloadIdentityDetails"}
        kept = {name: value for name, value in self.gateways[gateway_id].items() if name in own}
        self.gateways[gateway_id] = {**kept, **body, "updatedAt": self._time()}
        return Answer(202, self.gateways[gateway_id])

    # Inside.

    def _object(self, members: Body, object_id: str) -> Body:
        self._left[object_id] = self.pending_reads
        at = self._time()
        return {**members, "status": "CREATING", "statusReasons": [], "createdAt": at, "updatedAt": at}

    def _advance(self, held: dict[str, Body], object_id: str) -> None:
        item = held.get(object_id)
        if item is None or item["status"] not in {"CREATING", "UPDATING", "DELETING"}:
            return
        self._left[object_id] -= 1
        if self._left[object_id] >= 0:
            return
        if item["status"] == "DELETING":
            del held[object_id]
            return
        reasons = self.fate(item) if item["status"] == "CREATING" and "policyId" in item else []
        item.update(status="CREATE_FAILED" if reasons else "ACTIVE", statusReasons=reasons)

    def _page(self, member: str, items: list[Body], query: Mapping[str, str]) -> Answer:
        first, size = int(query.get("nextToken", "0")), int(query.get("maxResults", "10"))
        more = {"nextToken": str(first + size)} if first + size < len(items) else {}
        return Answer(200, {member: items[first : first + size], **more})

    def _id(self, name: str) -> str:
        return f"{name}-{next(self._number):010d}"

    def _time(self) -> str:
        self._now += timedelta(seconds=1)
        return self._now.strftime("%Y-%m-%dT%H:%M:%SZ")
