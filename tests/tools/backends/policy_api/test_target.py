"""`policy_api:` of a target in `bylaw.yaml`."""

from typing import Any

import pytest

from bylaw.backends.capabilities import capabilities_of
from bylaw.model.effects import Mode
from bylaw.repository.documents.loading import load_document
from bylaw.repository.documents.policy_api import PolicyApiTarget
from bylaw.repository.documents.settings import Target

WHOLE = """
base_url: https://gateway.example.com/prefix
provider: agentcore
engine: bylaw_{app}
engines: {refunds: gateway_enforcement}
create_engines: false
token_env: GATEWAY_TOKEN
aws_env: {access_key_id: KEY_ID, secret_access_key: KEY, session_token: SESSION, region: eu-west-1}
ca_file: /etc/ssl/ours.pem
carrier: both
timeout_seconds: 12.5
"""
LEAST = "base_url: https://gateway.example.com\n"


def problems(text: str) -> list[str]:
    document, diagnostics = load_document(PolicyApiTarget, text, "bylaw.yaml")
    assert (document is None) == bool(diagnostics)
    return [diagnostic.message for diagnostic in diagnostics]


def test_a_url_is_enough() -> None:
    document, _ = load_document(PolicyApiTarget, LEAST, "bylaw.yaml")

    assert document == PolicyApiTarget(base_url="https://gateway.example.com")
    assert (document.provider, document.engine, document.marks_body, document.marks_description) == (
        "local",
        "{app}",
        True,
        True,
    )


def test_everything_can_be_said() -> None:
    document, diagnostics = load_document(PolicyApiTarget, WHOLE, "bylaw.yaml")

    assert diagnostics == ()
    assert document is not None
    assert document.aws_env is not None
    assert document.aws_env.secret_access_key == "KEY"  # noqa: S105 - the name of a variable


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("base_url: http://example.com", "`example.com` is reached over plain http; only this machine may be"),
        ("base_url: http://127.0.0.1.example.com", "is reached over plain http"),
        ("base_url: ftp://example.com", "not the URL of an endpoint"),
        ("base_url: https://", "not the URL of an endpoint"),
        ("base_url: https://example.com?a=b", "not the URL of an endpoint"),
        ("base_url: https://ada:hunter2@example.com", "`base_url` holds no credentials"),
        ("provider: bedrock", "provider"),
        ("engine: '{app}-{app}'", "is no engine name"),
        ("engine: ' x'", "is no engine name"),
        ('engine: "a\\nb"', "is no engine name"),
        ("engine: ''", "engine"),
        ("engines: {refunds: 'x-{app}'}", "stands for one app already"),
        ("engines: {Refunds: x}", "engines"),
        ("{provider: agentcore, engine: 'a-{app}'}", "is no engine name"),
        ("{provider: agentcore, engines: {refunds: a-b}}", "is no engine name"),
        ("{token_env: A, api_key_env: B}", "exclude each other"),
        ("token_env: 'Bearer abc'", "token_env"),
        ("api_key_env: sk-live-123", "api_key_env"),
        ("aws_env: {}", "`aws_env` is for provider `agentcore`"),
        ("ca_file: ''", "ca_file"),
        ("carrier: header", "carrier"),
        ("timeout_seconds: 0", "timeout_seconds"),
        ("timeout_seconds: .inf", "timeout_seconds"),
        ("verify: false", "verify"),
    ],
)
def test_what_cannot_work_is_refused(line: str, told: str) -> None:
    parts = line.removeprefix("{").removesuffix("}").split(", ") if line.startswith("{") else [line]
    text = "\n".join(parts) + ("" if any(part.startswith("base_url") for part in parts) else f"\n{LEAST}")

    found = problems(text)

    assert [message for message in found if told in message], found
    assert "hunter2" not in "".join(found)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:80", "https://10.0.0.1"])
def test_this_machine_may_be_reached_without_encryption(url: str) -> None:
    assert problems(f"base_url: '{url}'") == []


@pytest.mark.parametrize(
    ("options", "modes", "least", "most", "policies"),
    [
        ({"provider": "local"}, set(Mode), None, 9250, None),
        ({"provider": "noop"}, {Mode.ACTIVE}, None, 9250, None),
        ({"provider": "noop", "carrier": "description"}, {Mode.ACTIVE}, None, 10_000, None),
        ({"provider": "agentcore"}, {Mode.ACTIVE}, 35, 10_000, 1000),
        ({"provider": "agentcore", "carrier": "annotation"}, {Mode.ACTIVE}, 35, 9250, 1000),
    ],
)
def test_what_a_target_holds_is_known_without_asking(
    options: dict[str, Any], modes: set[Mode], least: int | None, most: int, policies: int | None
) -> None:
    options = {"base_url": "https://gateway.example.com", **options}
    target = Target(backend="policy-api", policy_api=PolicyApiTarget.model_validate(options))

    held = capabilities_of(target)

    assert held is not None
    assert (held.kind, held.languages, held.transactional) == ("policy-api", frozenset({"cedar"}), False)
    assert (held.modes, held.min_statement_length, held.max_statement_length) == (frozenset(modes), least, most)
    assert held.max_policies == policies
