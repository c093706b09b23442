"""On calls that need no history, the Cedar statements decide what the governance evaluator decides."""

from collections.abc import Mapping
from typing import Any

import cedarpy
from hypothesis import given, settings
from hypothesis import strategies as st

from bylaw.compile.governance_cedar.bundling import refused
from bylaw.compile.governance_cedar.translation import Translated, translate
from bylaw.evaluation.governance.evaluator import GovernanceEvaluator
from bylaw.evaluation.governance.events import GovernanceEvent
from bylaw.evaluation.governance.in_force import exemptions_of, policies_of
from bylaw.evaluation.governance.state import NO_HISTORY
from bylaw.languages.governance.model import Governance
from bylaw.languages.governance.program import GovernanceProgram
from bylaw.model.decisions import Decision
from tools.compile.governance_cedar import tools
from tools.compile.governance_cedar.tools import NOON, SIDE, Call, program_of, request_of


def by_cedar(translated: Translated, calls: list[Call]) -> list[bool]:
    texts = "\n".join(policy.canonical for policy in translated.policies)
    answers = cedarpy.is_authorized_batch([request_of(call, NOON) for call in calls], texts, [])
    for answer in answers:
        assert not answer.diagnostics.errors
    return [answer.allowed for answer in answers]


def by_governance(program: GovernanceProgram, calls: list[Call]) -> list[bool]:
    asked = GovernanceEvaluator(policies_of(program), exemptions=tuple(exemptions_of(program).values()))
    now = round(NOON.timestamp() * 1000)
    events = [GovernanceEvent(one.action, now, one.agent, arguments=one.arguments, impact=None) for one in calls]
    return [asked.decide(event, NO_HISTORY).decision.decision is Decision.ALLOW for event in events]


@settings(max_examples=400, deadline=None)
@given(
    st.lists(tools.policies(), min_size=1, max_size=3),
    st.lists(tools.exceptions, max_size=2),
    st.lists(tools.calls, min_size=5, max_size=12),
)
def test_cedar_decides_what_the_policies_decide(
    policies: list[Governance], exceptions: list[Mapping[str, Any]], calls: list[Call]
) -> None:
    """Exactly, where Cedar can say all; else nothing is refused that the policies allow but for an exception that was left out."""
    program = program_of(policies, exceptions)

    translated = translate(program, SIDE)

    assert list(refused(program, translated, SIDE.schema)) == []
    assert len({policy.ref for policy in translated.policies}) == len(translated.policies)
    for cedar, own in zip(by_cedar(translated, calls), by_governance(program, calls), strict=True):
        assert cedar is own or (translated.unenforced and cedar)
