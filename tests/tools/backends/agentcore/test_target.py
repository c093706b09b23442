"""`agentcore:` of a target in `bylaw.yaml`."""

from typing import Any

import pytest

from bylaw.repository.documents.agentcore import AgentCoreTarget
from bylaw.repository.documents.loading import load_document

GATEWAY = "shop-abcdefghij"

WHOLE = """
region: eu-west-1
endpoint_url: http://127.0.0.1:8080/agentcore
engine: bylaw_{app}
gateway: arn:aws:bedrock-agentcore:eu-west-1:123456789012:gateway/shop-abcdefghij
validation: FAIL_ON_ANY_FINDINGS
finding_waivers:
  - policies: [refunds/*]
    finding: overly-permissive
    reason: one tool, reviewed in March
    by: ada
    until: 2026-12-31
writes_per_second: 2.5
tags: {team: security}
kms_key: arn:aws:kms:eu-west-1:123456789012:key/12345678-1234-1234-1234-123456789012
converge_seconds: 60
"""


def problems(text: str) -> list[str]:
    document, diagnostics = load_document(AgentCoreTarget, text, "bylaw.yaml")
    assert (document is None) == bool(diagnostics)
    return [diagnostic.message for diagnostic in diagnostics]


def test_a_region_is_enough() -> None:
    document, _ = load_document(AgentCoreTarget, "region: us-gov-west-1", "bylaw.yaml")

    assert document == AgentCoreTarget(region="us-gov-west-1")
    assert (document.engine, document.manage_gateway, document.gateway_id) == ("{app}", False, None)


def test_everything_can_be_said() -> None:
    document, diagnostics = load_document(AgentCoreTarget, WHOLE, "bylaw.yaml")

    assert diagnostics == ()
    assert document is not None
    assert document.gateway_id == GATEWAY
    assert document.finding_waivers[0].until.isoformat() == "2026-12-31"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("region: Europe", "region"),
        ("endpoint_url: http://example.com", "`example.com` is reached over plain http; only this machine may be"),
        ("endpoint_url: https://ada:hunter2@example.com", "`endpoint_url` holds no credentials"),
        ("endpoint_url: ftp://example.com", "not the URL of an endpoint"),
        ("endpoint_url: https:///x", "not the URL of an endpoint"),
        ("engine: my-{app}", "`my-{app}` is no engine name"),
        ("engine: '{app}{app}'", "is no engine name"),
        ("engine: 1st", "is no engine name"),
        ("engine: a__b", "is no engine name"),
        ("engine: '{app}_" + "x" * 40 + "'", "leaves no room for the app"),
        ("gateway: shop", "gateway"),
        ("gateway: arn:aws:s3:::bucket", "gateway"),
        ("manage_gateway: true", "`manage_gateway` and `gateway_mode` need a `gateway`"),
        ("gateway_mode: ENFORCE", "need a `gateway`"),
        (f"gateway: {GATEWAY}\nmanage_gateway: true", "`manage_gateway` needs a `gateway_mode`"),
        (
            f"gateway: {GATEWAY}\nmanage_gateway: true\ngateway_mode: ENFORCE",
            "`manage_gateway` needs an `engine` without `{app}`",
        ),
        ("validation: MAYBE", "validation"),
        ("writes_per_second: 0", "writes_per_second"),
        ("writes_per_second: .inf", "writes_per_second"),
        ("reads_per_second: .nan", "reads_per_second"),
        ("converge_seconds: -1", "converge_seconds"),
        ("kms_key: my-key", "kms_key"),
        ("tags: {'a*b': x}", "tags"),
        ("tags: {'': x}", "tags"),
        (
            "finding_waivers: [{policies: [], finding: ineffective, reason: long enough, by: a, until: 2026-01-01}]",
            "polic",
        ),
        ("finding_waivers: [{policies: [x], finding: ugly, reason: long enough, by: a, until: 2026-01-01}]", "finding"),
        ("endpoint: https://example.com", "unknown key `endpoint`"),
    ],
)
def test_what_cannot_work_is_refused(line: str, told: str) -> None:
    text = line if line.startswith("region") else f"region: eu-west-1\n{line}"

    (problem,) = problems(text)

    assert told in problem
    assert "hunter2" not in problem


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost"])
def test_this_machine_may_be_reached_in_the_clear(host: str) -> None:
    assert problems(f"region: eu-west-1\nendpoint_url: http://{host}:8080") == []


def test_the_settings_are_frozen() -> None:
    options: Any = AgentCoreTarget(region="eu-west-1")

    with pytest.raises(ValueError, match="frozen"):
        options.region = "us-east-1"
