"""Backends by kind."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from bylaw.backends.capabilities import CAPABILITIES, capabilities_of
from bylaw.backends.connection import random_id
from bylaw.backends.local.backend import LocalBackend
from bylaw.backends.registry import BACKENDS, Connection, open_backend
from bylaw.model.errors import UsageError
from bylaw.model.identifiers import TargetId
from bylaw.repository.documents.agentcore import AgentCoreTarget
from bylaw.repository.documents.policy_api import PolicyApiTarget
from bylaw.repository.documents.settings import Target
from tools.fakes.clock import FixedClock
from tools.fakes.tiny_language import read_tiny


def connection(url: str) -> Connection:
    return Connection(owner="acme/policies", target=TargetId("prod"), url=url, clock=FixedClock(), reader=read_tiny)


def test_a_known_kind_is_opened(tmp_path: Path) -> None:
    backend = open_backend(connection(f"sqlite:///{tmp_path}/bylaw.db"), Target(backend="local"), {})

    assert isinstance(backend, LocalBackend)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_kind_is_refused_with_those_that_are_known(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refusal:
        open_backend(connection(f"sqlite:///{tmp_path}/bylaw.db"), Target(backend="locale"), {})

    assert refusal.value.message == "unknown backend kind `locale`"
    assert refusal.value.help == "known kinds: `agentcore`, `local`, `noop`, `policy-api`"


TARGETS = {
    "agentcore": Target(backend="agentcore", agentcore=AgentCoreTarget(region="us-east-1")),
    "local": Target(backend="local"),
    "noop": Target(backend="noop"),
    "policy-api": Target(backend="policy-api", policy_api=PolicyApiTarget(base_url="https://gateway.example.com")),
}


@pytest.mark.parametrize("kind", BACKENDS)
def test_every_backend_can_do_what_is_said_of_it_before_it_is_opened(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = TARGETS[kind]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")  # or the AWS SDK looks for some on the network
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")

    backend = open_backend(connection(f"sqlite:///{tmp_path}/bylaw.db"), target, {})

    backend.close()
    assert backend.capabilities == capabilities_of(target)
    assert backend.capabilities.kind == kind


def test_what_can_be_opened_is_known_before() -> None:
    assert BACKENDS.keys() == CAPABILITIES.keys() == TARGETS.keys()


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ({"backend": "agentcore"}, "agentcore"),
        ({"backend": "local", "agentcore": {"region": "us-east-1"}}, "agentcore"),
        ({"backend": "policy-api"}, "policy-api"),
        ({"backend": "noop", "policy_api": {"base_url": "https://gateway.example.com"}}, "policy-api"),
    ],
)
def test_a_target_has_the_block_of_its_own_backend_and_no_other(settings: dict[str, object], kind: str) -> None:
    with pytest.raises(ValidationError, match=f"belongs to targets of backend `{kind}`"):
        Target.model_validate(settings)


def test_a_connection_does_not_show_its_url() -> None:
    assert "hunter2" not in repr(connection("postgresql://ada:hunter2@host/db"))


def test_ids_are_drawn_at_random() -> None:
    drawn = {random_id() for _ in range(100)}

    assert len(drawn) == 100
    assert all(len(name) == 32 and set(name) <= set("0123456789abcdef") for name in drawn)
