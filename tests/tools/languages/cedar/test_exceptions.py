"""An exception lifts one forbid, for one principal, for its actions, until its time; nothing else ever passes by it."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import cedarpy
from hypothesis import given, settings
from hypothesis import strategies as st

from bylaw.languages.cedar.canonical import canonical_text
from bylaw.languages.cedar.exceptions import with_exceptions
from bylaw.languages.cedar.program import CedarProgram
from bylaw.model.identifiers import AppId
from bylaw.pipeline.workspace import open_workspace
from bylaw.repository.trees import MemoryTree

END = datetime(2026, 4, 1, tzinfo=UTC)
CLOCKED = """entity User;
entity Tool;
type System = { now: datetime };
action "read", "write" appliesTo { principal: [User], resource: [Tool], context: { system: System } };
"""
UNCLOCKED = CLOCKED.replace("system: System", '"now": datetime')
FORBIDS = {
    "all": "forbid (principal, action, resource);",
    "writes": 'forbid (principal, action == Action::"write", resource);',
}
ABOUT = {"all": {"read", "write"}, "writes": {"write"}}
SETTINGS = "version: 1\nowner: o/r\ntargets: {local: {backend: local, url: 'sqlite:///x.db'}}\n"
APP = "app: a\nabout: for tests\nowners: [t]\nschema: schemas/a.cedarschema\ntargets: {local: {}}\n"


class Lifted(NamedTuple):
    """An exception, as its selectors."""

    policy: str
    agent: str
    actions: tuple[str, ...] | None
    expires_at: datetime

    @property
    def text(self) -> str:
        actions = [f'Action::"{action}"' for action in self.actions or ()]
        lines = {
            "policy": self.policy,
            "reason": "for the auditors",
            "approver": "ann@example.com",
            "agent": f'User::"{self.agent}"',
            "expires_at": self.expires_at.isoformat(),
        }
        selected = f"actions: {actions}\n" if actions else ""
        return "".join(f"{key}: {value}\n" for key, value in lines.items()) + selected

    def lifts(self, policy: str, agent: str, action: str, now: datetime) -> bool:
        selected = self.policy == policy and self.agent == agent and (self.actions is None or action in self.actions)
        return selected and now < self.expires_at


lifted = st.builds(
    Lifted,
    st.sampled_from(sorted(FORBIDS)),
    st.sampled_from(["ann", "bob"]),
    st.none() | st.sampled_from([("read",), ("write",), ("read", "write")]),
    st.sampled_from([END, END + timedelta(days=1)]),
)


def program_of(exceptions: list[Lifted], schema: str) -> CedarProgram:
    files = {"schemas/a.cedarschema": schema, "policies/a/app.yaml": APP, "bylaw.yaml": SETTINGS}
    files["policies/a/yes.cedar"] = "permit (principal, action, resource);"
    files |= {f"policies/a/{name}.cedar": text for name, text in FORBIDS.items()}
    files |= {f"policies/a/exceptions/e{place}.yaml": one.text for place, one in enumerate(exceptions)}
    program = open_workspace(MemoryTree(files)).demand().programs[AppId("a")]
    assert isinstance(program, CedarProgram)
    return program


def deployed(program: CedarProgram) -> dict[str, str]:
    return {policy.ref.policy: canonical_text(policy.statement) for policy in with_exceptions(program).policies}


def decide(program: CedarProgram, agent: str, action: str, now: datetime) -> bool:
    request = {
        "principal": f'User::"{agent}"',
        "action": f'Action::"{action}"',
        "resource": 'Tool::"t"',
        "context": {"system": {"now": {"__extn": {"fn": "datetime", "arg": f"{now:%Y-%m-%dT%H:%M:%SZ}"}}}},
    }
    return cedarpy.is_authorized(request, "\n".join(deployed(program).values()), []).allowed


@settings(max_examples=150, deadline=None)
@given(
    st.lists(lifted, max_size=4),
    st.sampled_from(["ann", "bob", "eve"]),
    st.sampled_from(["read", "write"]),
    st.sampled_from([END + timedelta(seconds=n) for n in (-1, 0, 86399, 86400, 86401)]),
)
def test_what_passes_is_what_the_exceptions_from_every_forbid_say(
    exceptions: list[Lifted], agent: str, action: str, now: datetime
) -> None:
    passes = all(
        any(one.lifts(policy, agent, action, now) for one in exceptions)
        for policy, actions in ABOUT.items()
        if action in actions
    )

    assert decide(program_of(exceptions, CLOCKED), agent, action, now) is passes


def test_without_a_clock_in_the_schema_the_clause_says_no_time() -> None:
    one = Lifted("all", "ann", None, END)
    clocked, timeless = (deployed(program_of([one], schema))["all"] for schema in (CLOCKED, UNCLOCKED))

    assert 'context.system.now < datetime("2026-04-01T00:00:00Z")' in clocked
    assert 'unless { principal == User::"ann" };' in timeless
