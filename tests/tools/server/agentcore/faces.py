"""A face on a socket, and the real SDK to call it with."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from bylaw.backends.connection import Clock
from bylaw.backends.local.store import Store, open_store
from bylaw.server.agentcore import AgentCoreOptions, agentcore_app
from bylaw.server.faults import FaultRule, faulty
from tools.fakes.clock import FixedClock
from tools.server.serving import ASGI, running

SERVICE = "bedrock-agentcore-control"
REGION = "eu-west-1"
PERMIT = 'permit (principal == App::User::"ada", action, resource);'
FORBID = 'forbid (principal == App::User::"eve", action, resource);'
GATEWAY = {
    "name": "front",
    "roleArn": "arn:aws:iam::123456789012:role/gateway",
    "authorizerType": "AWS_IAM",
    "protocolType": "MCP",
}
TOOL = {
    "name": "refund",
    "description": "pays back",
    "inputSchema": {"type": "object", "properties": {"amount": {"type": "integer"}}, "required": ["amount"]},
}
TARGET = {
    "name": "Payments",
    "targetConfiguration": {
        "mcp": {
            "lambda": {
                "lambdaArn": "arn:aws:lambda:eu-west-1:123456789012:function:pay",
                "toolSchema": {"inlinePayload": [TOOL]},
            }
        }
    },
    "credentialProviderConfigurations": [{"credentialProviderType": "GATEWAY_IAM_ROLE"}],
}


def sdk(url: str, key: str = "AKIATEST", secret: str = "secret") -> Any:  # noqa: S107 - a test's
    """An unmodified client that repeats nothing."""
    config = Config(retries={"total_max_attempts": 1, "mode": "standard"}, read_timeout=10)
    session: Any = boto3.Session(key, secret, region_name=REGION)
    return session.client(SERVICE, endpoint_url=url, config=config)


class Passage:
    """An ASGI application that can be exchanged while it is served."""

    def __init__(self, application: ASGI) -> None:
        self.application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.application(scope, receive, send)


@dataclass
class Face:
    """A running face."""

    client: Any
    url: str
    store: Store
    clock: Any
    passage: Passage
    seen: list[Any] = field(default_factory=list)

    def engine(self, name: str = "desk") -> str:
        """An engine that is active."""
        made = self.client.create_policy_engine(name=name)
        return str(made["policyEngineId"])

    def policy(self, engine: str, name: str = "allow", text: str = PERMIT, **more: object) -> str:
        """A policy, as far as it came."""
        definition = {"cedar": {"statement": text}}
        made = self.client.create_policy(policyEngineId=engine, name=name, definition=definition, **more)
        return str(made["policyId"])

    def status(self, engine: str, policy: str) -> tuple[str, list[str]]:
        """How a policy stands, and why."""
        found = self.client.get_policy(policyEngineId=engine, policyId=policy)
        return found["status"], found["statusReasons"]

    def enforced(self, engine: str) -> dict[str, str]:
        """Texts that the store decides with, by policy."""
        with self.store.reading() as reader:
            return {policy.name: policy.text for policy in reader.all_policies() if policy.engine == engine}


@contextmanager
def serving(
    database: str,
    options: AgentCoreOptions | None = None,
    clock: Clock | None = None,
    faults: Sequence[FaultRule] = (),
    seed: int = 1,
) -> Iterator[Face]:
    """Serve the face over a database until the block ends."""
    clock = clock or FixedClock()
    store = open_store(database, clock)
    face = agentcore_app(database, store, clock, options or AgentCoreOptions())
    passage = Passage(faulty(face, faults, seed) if faults else face)
    with running(passage) as url:
        client = sdk(url)
        yield Face(client, url, store, clock, passage)
        client.close()
    face.close()
    store.close()


def refused(caught: ClientError) -> tuple[int, str, str]:
    """Status, code, and reason where there is one."""
    response: Any = caught.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"], response.get("reason", "")
