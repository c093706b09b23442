"""How the tests open the backend, with the real SDK and a clock that nobody waits for."""

import json
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import boto3

from bylaw.backends.agentcore.backend import AgentCoreBackend
from bylaw.backends.agentcore.opening import open_with
from bylaw.backends.agentcore.pace import Timing
from bylaw.backends.connection import Connection
from bylaw.repository.documents.agentcore import AgentCoreTarget
from tools.backends.opening import Ids
from tools.contracts.policies import OWNER, TARGET
from tools.fakes.clock import FixedClock
from tools.fakes.tiny_language import read_tiny

REGION = "eu-west-1"
ACCESS_KEY = "AKIACANARYCANARYCANA"
SECRET_KEY = "canary/secret/canary/secret/canary/secret"  # noqa: S105 - what must never be seen again
SESSION_TOKEN = "canary-session-token-canary-session-token"  # noqa: S105 - what must never be seen again
OPENED: list[AgentCoreBackend] = []
"""Closed at the end of each test: an open connection that is forgotten is an error there."""
CANARIES = (ACCESS_KEY, SECRET_KEY, SESSION_TOKEN)


@dataclass
class Stopwatch:
    """Seconds that pass only by sleeping."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    @property
    def timing(self) -> Timing:
        return Timing(self.monotonic, self.sleep)


@cache
def session() -> boto3.Session:
    """One for all tests: each would read the service's model anew."""
    return boto3.Session(ACCESS_KEY, SECRET_KEY, SESSION_TOKEN, region_name=REGION)


def connection() -> Connection:
    return Connection(owner=OWNER, target=TARGET, url="", clock=FixedClock(), reader=read_tiny, ids=Ids())


def target(url: str, **options: Any) -> AgentCoreTarget:
    """The settings as they are read from `bylaw.yaml`."""
    return AgentCoreTarget.model_validate_json(json.dumps({"region": REGION, "endpoint_url": url, **options}))


def agentcore_backend(url: str, watch: Stopwatch | None = None, **options: Any) -> AgentCoreBackend:
    """Open the backend as the reconciler does; `options` are those of `bylaw.yaml`."""
    timing = (watch or Stopwatch()).timing
    OPENED.append(open_with(connection(), target(url, **options), session=session(), timing=timing))
    return OPENED[-1]


class BotoOutsider:
    """Somebody with the same SDK and other intentions. Implements `Outsider`."""

    def __init__(self, url: str) -> None:
        self.client: Any = session().client("bedrock-agentcore-control", endpoint_url=url)
        self._count = 0

    def engine(self, name: str) -> str:
        """Find an engine's id, or make the engine."""
        pages = self.client.get_paginator("list_policy_engines").paginate()
        for engine in (engine for page in pages for engine in page["policyEngines"]):
            if engine["name"] == name:
                return str(engine["policyEngineId"])
        engine_id = self.client.create_policy_engine(name=name)["policyEngineId"]
        self.client.get_policy_engine(policyEngineId=engine_id)
        return str(engine_id)

    def add(self, engine: str, text: str, description: str = "") -> str:
        self._count += 1
        described = {"description": description} if description else {}
        made = self.client.create_policy(
            policyEngineId=self.engine(engine),
            name=f"outside_{self._count}",
            definition={"cedar": {"statement": text}},
            validationMode="IGNORE_ALL_FINDINGS",
            **described,
        )
        return str(made["policyId"])

    def edit(self, object_id: str, text: str) -> None:
        engine = next(
            engine["policyEngineId"]
            for engine in self.client.list_policy_engines()["policyEngines"]
            if any(p["policyId"] == object_id for p in self._policies(engine["policyEngineId"]))
        )
        self.client.update_policy(policyEngineId=engine, policyId=object_id, definition={"cedar": {"statement": text}})

    def close(self) -> None:
        self.client.close()

    def _policies(self, engine_id: str) -> list[dict[str, Any]]:
        pages = self.client.get_paginator("list_policies").paginate(policyEngineId=engine_id)
        return [policy for page in pages for policy in page["policies"]]
