"""Signatures of the real SDK are checked: whoever does not sign rightly, freshly, with a known key, gets nothing."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from bylaw.server.agentcore import AgentCoreOptions, Signer
from bylaw.server.agentcore.refusals import Refusal
from bylaw.server.agentcore.signing import SignedRequest, authenticate
from bylaw.server.keys import Role
from tools.server.agentcore.faces import Face, refused, sdk, serving

KEYS = {"AKIAADMIN": Signer("admin-secret", Role.ADMIN), "AKIAREADER": Signer("reader-secret", Role.READER)}
OPTIONS = AgentCoreOptions(credentials=KEYS)


@pytest.fixture
def guarded(database: str) -> Iterator[Face]:
    """A face that knows two callers; the SDK signs by the real clock."""
    with serving(database, OPTIONS, clock=lambda: datetime.now(UTC)) as face:
        yield face


def calling(face: Face, key: str, secret: str, call: Callable[[Any], Any]) -> Any:
    client = sdk(face.url, key, secret)
    try:
        return call(client)
    finally:
        client.close()


def test_an_admin_may_change_things_and_a_reader_may_look(guarded: Face) -> None:
    made = calling(
        guarded, "AKIAADMIN", "admin-secret", lambda c: c.create_policy_engine(name="desk", tags={"a b": "x/=+@"})
    )
    arn = made["policyEngineArn"]

    assert calling(guarded, "AKIAREADER", "reader-secret", lambda c: c.list_policy_engines(maxResults=5))[
        "policyEngines"
    ]
    assert calling(guarded, "AKIAREADER", "reader-secret", lambda c: c.list_tags_for_resource(resourceArn=arn))["tags"]
    calling(guarded, "AKIAADMIN", "admin-secret", lambda c: c.untag_resource(resourceArn=arn, tagKeys=["a b", "x=y"]))
    with pytest.raises(ClientError) as caught:
        calling(guarded, "AKIAREADER", "reader-secret", lambda c: c.create_policy_engine(name="other"))
    assert refused(caught.value)[:2] == (403, "AccessDeniedException")


@pytest.mark.parametrize(
    ("key", "secret", "error"),
    [
        ("AKIANOBODY", "admin-secret", "UnrecognizedClientException"),
        ("AKIAADMIN", "other", "InvalidSignatureException"),
    ],
)
def test_nobody_else_may_do_anything(key: str, secret: str, error: str, guarded: Face) -> None:
    for call in (lambda c: c.list_policy_engines(), lambda c: c.create_policy_engine(name="desk")):
        with pytest.raises(ClientError) as caught:
            calling(guarded, key, secret, call)

        assert refused(caught.value)[:2] == (403, error)


@pytest.mark.parametrize(
    "header", ["", "Bearer x", "AWS4-HMAC-SHA256 Credential=AKIAADMIN", "AWS4-HMAC-SHA256 " + "a" * 9000]
)
def test_what_is_no_signature_is_refused(header: str, guarded: Face) -> None:
    answer = httpx.get(f"{guarded.url}/policy-engines", headers={"authorization": header} if header else {})

    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (403, "UnrecognizedClientException")


NOW = datetime.now(UTC).replace(microsecond=0)


def signed(
    path: str = "/tags/arn%3Aaws%3Ax%2Fy", query: dict[str, str] | None = None, body: bytes = b""
) -> SignedRequest:
    """A request that the SDK signed."""
    request = AWSRequest("POST", f"https://host{path}", params=query or {}, data=body)
    SigV4Auth(Credentials("AKIAADMIN", "admin-secret"), "bedrock-agentcore", "eu-west-1").add_auth(request)
    headers = {name.lower(): value for name, value in request.headers.items()} | {"host": "host"}
    pairs = sorted((quote(k, safe="-_.~"), quote(v, safe="-_.~")) for k, v in (query or {}).items())
    return SignedRequest("POST", path, "&".join(f"{k}={v}" for k, v in pairs), headers, body)


RIGHT = {
    "plain": signed("/policy-engines"),
    "with a slash in a label": signed(),
    "with a query": signed(query={"b": "x y&z", "a": "ä"}),
    "with a body": signed(body=b'{"name": "x"}'),
}


@pytest.mark.parametrize("what", RIGHT)
def test_what_the_sdk_signs_is_recognised(what: str) -> None:
    assert authenticate(RIGHT[what], KEYS, NOW).role is Role.ADMIN


GOOD = signed(query={"a": "b"}, body=b"{}")
TAMPERED: dict[str, SignedRequest] = {
    "the method": replace(GOOD, method="PUT"),
    "the path": replace(GOOD, path="/tags/other"),
    "the query": replace(GOOD, query="a=c"),
    "the body": replace(GOOD, body=b"{ }"),
    "a header that is signed": replace(GOOD, headers={**GOOD.headers, "host": "other"}),
    "a header that is missing": replace(GOOD, headers={k: v for k, v in GOOD.headers.items() if k != "host"}),
    "the time": replace(GOOD, headers={**GOOD.headers, "x-amz-date": "20200101T000000Z"}),
    "a time that is none": replace(GOOD, headers={**GOOD.headers, "x-amz-date": "now"}),
    "the service": replace(
        GOOD,
        headers={**GOOD.headers, "authorization": GOOD.headers["authorization"].replace("/bedrock-agentcore/", "/s3/")},
    ),
    "the list of what is signed": replace(
        GOOD, headers={**GOOD.headers, "authorization": GOOD.headers["authorization"].replace("host;", "")}
    ),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_what_was_changed_on_the_way_is_refused(what: str) -> None:
    with pytest.raises(Refusal):
        authenticate(TAMPERED[what], KEYS, NOW)


@pytest.mark.parametrize("skew", [timedelta(minutes=-6), timedelta(minutes=6)])
def test_what_was_signed_at_another_time_is_refused(skew: timedelta) -> None:
    with pytest.raises(Refusal, match="expired"):
        authenticate(GOOD, KEYS, NOW + skew)


def test_secrets_do_not_show() -> None:
    assert "admin-secret" not in repr(KEYS) + repr(OPTIONS)
