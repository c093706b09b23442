"""Names within the service's alphabet that never stand for two things."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bylaw.backends.agentcore.names import client_token, policy_name
from bylaw.backends.engine_names import NAME, engine_name, engine_scope
from bylaw.model.digests import digest_text
from bylaw.model.identifiers import PolicyRef, TargetId
from bylaw.model.marks import Mark
from bylaw.repository.documents.agentcore import MAX_TEMPLATE_TEXT

TOKEN = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,256}")
"""The service's pattern of a client token."""

words = st.text(st.sampled_from("ab1"), min_size=1, max_size=40)
segments = st.lists(words, min_size=1, max_size=4).map("-".join)
refs = st.builds(PolicyRef, segments, st.lists(segments, min_size=1, max_size=3).map("/".join))
targets = segments.map(TargetId)
owners = st.sampled_from(["acme/policies", "acme/policies-2", "acme"])
engines = st.sampled_from(["refunds", "refunds_2"])
contents = st.sampled_from(["permit one;", "permit two;"]).map(digest_text)
template_text = st.text(st.sampled_from("aB1"), max_size=MAX_TEMPLATE_TEXT // 2)
templates = st.builds("{}{{app}}{}".format, template_text.filter(lambda text: text[:1] != "1"), template_text)


def identity(owner: str, target: TargetId, engine: str, ref: PolicyRef, content: str) -> tuple[str, ...]:
    return (owner, target, engine, str(ref), content)


def name(owner: str, target: TargetId, engine: str, ref: PolicyRef, content: str) -> str:
    digest = digest_text(content)
    return policy_name(engine, Mark.of(owner, target, ref, digest), digest)


identities = st.tuples(owners, targets, engines, refs, contents)


@given(st.lists(identities, max_size=30))
def test_policies_have_one_name_each_that_the_service_takes(given_identities: list[tuple]) -> None:  # type: ignore[type-arg]
    names = {identity(*item): name(*item) for item in given_identities}

    assert all(NAME.fullmatch(text) for text in names.values())
    assert len(set(names.values())) == len(names)


def test_a_name_tells_people_app_policy_and_content() -> None:
    ref = PolicyRef.parse("refunds/limits/cap-refund")
    digest = digest_text("permit one;")

    made = policy_name("refunds", Mark.of("acme/policies", TargetId("prod"), ref, digest), digest)

    assert re.fullmatch(rf"refunds_limits_cap_refun_[a-z0-9]{{10}}_{digest[:12]}", made)
    assert len(made) == 48


@pytest.mark.parametrize(
    ("one", "other"),
    [("a-b/c", "a/b-c"), ("a/b/c", "a/b-c"), ("a/" + "x" * 60 + "-1", "a/" + "x" * 60 + "-2"), ("1a/b", "p-1a/b")],
)
def test_what_reads_alike_is_told_apart(one: str, other: str) -> None:
    target = TargetId("prod")
    pair = {name("acme", target, "e", PolicyRef.parse(text), "permit;") for text in (one, other)}

    assert len(pair) == 2


@given(templates, st.lists(segments, max_size=20))
def test_apps_have_an_engine_each_that_the_service_takes(template: str, apps: list[str]) -> None:
    names = {app: engine_name(template, app) for app in apps}

    assert all(NAME.fullmatch(text) for text in names.values())
    assert all(engine_scope(template).fullmatch(text) for text in names.values())
    assert len(set(names.values())) == len(names)


@pytest.mark.parametrize(
    ("template", "app", "expected"),
    [
        ("{app}", "refunds", "refunds"),
        ("{app}", "agent-refunds", "agent_refunds"),
        ("bylaw_{app}_eu", "hr", "bylaw_hr_eu"),
        ("everything", "hr", "everything"),
    ],
)
def test_engines_of_usual_apps_are_named_plainly(template: str, app: str, expected: str) -> None:
    assert engine_name(template, app) == expected


def test_a_template_sees_its_own_engines_only() -> None:
    scope = engine_scope("bylaw_{app}")

    assert [text for text in ("bylaw_hr", "bylaw_", "hr", "xbylaw_hr") if scope.fullmatch(text)] == ["bylaw_hr"]
    assert engine_scope("one").fullmatch("one_more") is None


@given(st.text(), st.text())
def test_any_text_makes_a_token_of_its_own(one: str, other: str) -> None:
    first, second = client_token(one), client_token(other)

    assert TOKEN.fullmatch(first)
    assert 33 <= len(first) <= 256
    assert (first == second) == (one == other)


@given(st.text(string.printable))
def test_the_same_text_always_makes_the_same_token(text: str) -> None:
    assert client_token(text) == client_token(text)
