"""How the tests open the backend, over real sockets and with a clock that nobody waits for."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from bylaw.backends.connection import Clock, Connection, ContentReader
from bylaw.backends.policy_api.backend import PolicyApiBackend
from bylaw.backends.policy_api.client import PolicyApi
from bylaw.backends.policy_api.opening import open_api, open_with
from bylaw.backends.policy_api.retrying import Retrying
from bylaw.repository.documents.policy_api import PolicyApiTarget
from tools.backends.opening import Ids
from tools.backends.policy_api.original import BASE
from tools.contracts.policies import OWNER, TARGET
from tools.fakes.clock import FixedClock
from tools.fakes.tiny_language import read_tiny
from tools.server.serving import ASGI, running

KEY = "canary-key-canary-key-canary"
KEY_ENV = "GATEWAY_KEY"
ENVIRONMENT: Mapping[str, str] = {KEY_ENV: KEY}
OPENED: list[PolicyApiBackend | PolicyApi] = []
"""Closed with the server that they were opened on."""


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
    def retrying(self) -> Retrying:
        return Retrying(self.monotonic, self.sleep, lambda: 0.5)


def connection(reader: ContentReader = read_tiny, clock: Clock | None = None) -> Connection:
    clock = clock or FixedClock()
    return Connection(owner=OWNER, target=TARGET, url="", clock=clock, reader=reader, ids=Ids("request-"))


def target(url: str, **options: Any) -> PolicyApiTarget:
    """The settings as they are read from `bylaw.yaml`."""
    return PolicyApiTarget.model_validate_json(json.dumps({"base_url": url, **options}))


def policy_api_backend(
    url: str,
    watch: Stopwatch | None = None,
    environment: Mapping[str, str] = ENVIRONMENT,
    reader: ContentReader = read_tiny,
    clock: Clock | None = None,
    **options: Any,
) -> PolicyApiBackend:
    """Open the backend as the reconciler does; `options` are those of `bylaw.yaml`."""
    retrying = (watch or Stopwatch()).retrying
    backend = open_with(connection(reader, clock), target(url, **options), environment, retrying=retrying)
    OPENED.append(backend)
    return backend


def policy_api(url: str, watch: Stopwatch, environment: Mapping[str, str] = ENVIRONMENT, **options: Any) -> PolicyApi:
    """Open the API alone."""
    api = open_api(connection(), target(url, **options), environment, watch.retrying)
    OPENED.append(api)
    return api


@contextmanager
def serving(app: ASGI) -> Iterator[str]:
    """Serve `app`; whatever was opened is closed before it ends, since a server waits for its connections."""
    with running(app) as url:
        try:
            yield url
        finally:
            while OPENED:
                OPENED.pop().close()


class HttpOutsider:
    """Somebody with another client and other intentions. Implements `Outsider`."""

    def __init__(self, url: str, headers: Mapping[str, str] | None = None) -> None:
        self.client = httpx.Client(base_url=f"{url}{BASE}", headers=headers or {})

    def engine(self, name: str) -> str:
        """Find an engine's id, or make the engine."""
        for engine in self._get("/engines")["policy_engines"]:
            if engine["name"] == name:
                return str(engine["policy_engine_id"])
        return str(self._send("POST", "/engines", {"name": name})["policy_engine_id"])

    def add(self, engine: str, text: str, description: str = "") -> str:
        body = {"policy_body": text, "description": description}
        made = self._send("POST", f"/engines/{self.engine(engine)}/policies", body)
        self._get(f"/engines/{self.engine(engine)}/policies/{made['policy_id']}")
        return str(made["policy_id"])

    def edit(self, object_id: str, text: str) -> None:
        self._send("PUT", self._path(object_id), {"policy_body": text})

    def describe(self, object_id: str, description: str) -> None:
        text = self._get(self._path(object_id))["definition"]
        self._send("PUT", self._path(object_id), {"policy_body": text, "description": description})

    def remove(self, object_id: str) -> None:
        self.client.delete(self._path(object_id)).raise_for_status()

    def close(self) -> None:
        self.client.close()

    def _path(self, object_id: str) -> str:
        for engine in self._get("/engines")["policy_engines"]:
            path = f"/engines/{engine['policy_engine_id']}/policies"
            if any(policy["policy_id"] == object_id for policy in self._get(path)["policies"]):
                return f"{path}/{object_id}"
        raise LookupError(object_id)

    def _get(self, path: str) -> Any:
        return self.client.get(path).raise_for_status().json()

    def _send(self, method: str, path: str, body: object) -> Any:
        return self.client.request(method, path, json=body).raise_for_status().json()
