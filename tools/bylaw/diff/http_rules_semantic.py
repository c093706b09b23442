"""What a change of an `http-rules` app means: for every agent, which requests it newly allows or no longer allows.

What is compared is what is in force: the rules of the agent under the guardrails, as if they were enforced. Whether they are is a
difference of its own, as every limit is. An agent without a document is allowed nothing. Where an app has guardrails alone, these
are compared.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from bylaw.analysis.http_rules.comparing import Compared, Difference, Reading, compare
from bylaw.analysis.http_rules.limits import Counted, effective_limits, missing
from bylaw.diff.semantic import AppVerdict, Parts
from bylaw.evaluation.http_rules.effective import effective
from bylaw.evaluation.http_rules.requests import HttpRequest
from bylaw.languages.http_rules.canonical import action_text, canonical_text
from bylaw.languages.http_rules.model import Default, HttpRules, Limit, Mode, Per, Source
from bylaw.languages.http_rules.program import GUARDRAILS, RulesPolicy, RulesProgram
from bylaw.model.digests import Digest, digest_json
from bylaw.model.identifiers import AppId, PolicyId
from bylaw.model.verdicts import Verdict, combined

EVERY_AGENT: Final = "every agent"
_NOTHING: Final = HttpRules(None, Default.DENY, Mode.ENFORCE, mode_is_given=True, rules=())
_UNSETTLED: Final = "not everything could be settled: the rules are too complex together, or the time was over"


class RequestExample(NamedTuple):
    """A request that the two sides decide differently."""

    request: HttpRequest
    before: str
    """How it was decided, and by which rule."""
    after: str
    cause: PolicyId
    """The changed document that makes the difference."""


class Adjustment(NamedTuple):
    """A limit or a mode that differs."""

    verdict: Verdict
    """`WIDENS` or `NARROWS`."""
    text: str
    cause: PolicyId


@dataclass(frozen=True, slots=True)
class AgentVerdict:
    """What a change means for one agent."""

    agent: str
    widening: tuple[RequestExample, ...] = ()
    """Requests that are newly allowed, one for each rule that allows some."""
    narrowing: tuple[RequestExample, ...] = ()
    """Requests that are no longer allowed."""
    adjustments: tuple[Adjustment, ...] = ()
    reason: str = ""
    """Why there may be more than what is shown; empty where there is not."""

    @property
    def verdict(self) -> Verdict:
        """Of everything together."""
        found = [Verdict.WIDENS] * bool(self.widening) + [Verdict.NARROWS] * bool(self.narrowing)
        found += [adjustment.verdict for adjustment in self.adjustments]
        return Verdict.UNKNOWN if self.reason else combined(found)

    def causes(self, direction: Verdict) -> frozenset[PolicyId]:
        """The documents that make a difference of one direction."""
        examples = self.widening if direction is Verdict.WIDENS else self.narrowing
        adjusted = (adjustment for adjustment in self.adjustments if adjustment.verdict is direction)
        return frozenset((*(example.cause for example in examples), *(one.cause for one in adjusted)))


@dataclass(frozen=True, slots=True)
class RulesVerdict(AppVerdict):
    """What a change means for one `http-rules` app."""

    agents: tuple[AgentVerdict, ...] = ()

    @property
    def parts(self) -> Parts:
        """Its agents."""
        shown = sum(bool(agent.causes(Verdict.WIDENS)) for agent in self.agents)
        widening = sum(bool(agent.reason or agent.causes(Verdict.WIDENS)) for agent in self.agents)
        return Parts("agent", len(self.agents), widening, shown)

    @property
    def verdict(self) -> Verdict:
        """Of all agents together."""
        return combined(agent.verdict for agent in self.agents)

    @property
    def widened_by(self) -> frozenset[PolicyId]:
        """Documents by which something is newly allowed."""
        return frozenset(cause for agent in self.agents for cause in agent.causes(Verdict.WIDENS))

    @property
    def narrowed_by(self) -> frozenset[PolicyId]:
        """Documents by which something is no longer allowed."""
        return frozenset(cause for agent in self.agents for cause in agent.causes(Verdict.NARROWS))


def compare_rules(
    app: AppId, before: RulesProgram | None, after: RulesProgram | None, in_time: Callable[[], bool]
) -> RulesVerdict:
    """The verdict on going from one version of an app to another; none where a side does not have it.

    Raises:
        InternalError: the evaluator contradicts an example.
    """
    sides = (_Side(before), _Side(after))
    agents = sorted({*sides[0].agents, *sides[1].agents}) or [EVERY_AGENT] * any(side.guards for side in sides)
    verdicts = tuple(_agent(agent, *sides, in_time) for agent in agents)
    return RulesVerdict(app, sides[0].digest, sides[1].digest, agents=verdicts)


class _Side:
    """One version of an app."""

    def __init__(self, program: RulesProgram | None) -> None:
        self._program = program
        self.agents = program.by_agent if program else {}
        self.guards = bool(program and program.guardrails)
        self.digests = {policy.ref.policy: policy.digest for policy in program.policies} if program else {}

    @property
    def digest(self) -> Digest:
        return digest_json(dict(self.digests))

    def policy(self, agent: str) -> RulesPolicy | None:
        return self.agents.get(agent) or (
            self._program.guardrails if self._program and agent == EVERY_AGENT and not self.agents else None
        )

    def in_force(self, agent: str) -> HttpRules:
        policy = self.policy(agent)
        return effective(policy, self._program).document if policy and self._program else _NOTHING


class _Causes:
    """Which document makes a difference: the one that differs, or where both do, the one whose rule decides."""

    def __init__(self, agent: str, before: _Side, after: _Side) -> None:
        policy = after.policy(agent) or before.policy(agent)
        self._own = policy.ref.policy if policy else GUARDRAILS
        about = (self._own, GUARDRAILS)
        self._changed = tuple(id_ for id_ in about if before.digests.get(id_) != after.digests.get(id_))

    def of(self, document: HttpRules, rule: str | None) -> PolicyId:
        if len(set(self._changed)) == 1:
            return self._changed[0]
        source = next((one.source for one in document.rules if one.name == rule), Source.AGENT)
        return GUARDRAILS if source is Source.ORG else self._own


def _agent(agent: str, before: _Side, after: _Side, in_time: Callable[[], bool]) -> AgentVerdict:
    old, new = before.in_force(agent), after.in_force(agent)
    if canonical_text(old) == canonical_text(new):
        return AgentVerdict(agent)
    causes = _Causes(agent, before, after)
    adjustments = tuple(_adjustments(old, new, causes))
    if not in_time():
        return AgentVerdict(agent, adjustments=adjustments, reason=_UNSETTLED)
    lost, gained = compare(Reading(old), Reading(new))
    return AgentVerdict(
        agent,
        widening=tuple(_examples(gained, old, new, causes, widening=True)),
        narrowing=tuple(_examples(lost, old, new, causes, widening=False)),
        adjustments=adjustments,
        reason="" if lost.is_settled and gained.is_settled else _UNSETTLED,
    )


def _examples(
    found: Compared, old: HttpRules, new: HttpRules, causes: _Causes, *, widening: bool
) -> Iterator[RequestExample]:
    for difference in found.differences:
        allowed, refused = f"allowed {_by(difference.allowed_by)}", f"refused {_by(difference.refused_by)}"
        before, after = (refused, allowed) if widening else (allowed, refused)
        document, rule = _deciding(difference, old, new, widening=widening)
        yield RequestExample(difference.request, before, after, causes.of(document, rule))


def _deciding(
    difference: Difference, old: HttpRules, new: HttpRules, *, widening: bool
) -> tuple[HttpRules, str | None]:
    """The rule that came or went, of those that decide; otherwise the one that allows."""
    allows, refuses = (new, old) if widening else (old, new)
    is_old = difference.allowed_by is None or _has(refuses, allows, difference.allowed_by)
    if is_old and difference.refused_by is not None:
        return refuses, difference.refused_by
    return allows, difference.allowed_by


def _has(document: HttpRules, other: HttpRules, name: str) -> bool:
    """Whether a document has a rule of another, unchanged."""
    texts = [next((action_text(rule) for rule in one.rules if rule.name == name), "") for one in (document, other)]
    return texts[0] == texts[1]


def _by(rule: str | None) -> str:
    return "by default" if rule is None else f"by rule {rule}"


def _adjustments(old: HttpRules, new: HttpRules, causes: _Causes) -> Iterator[Adjustment]:
    if old is _NOTHING or new is _NOTHING:
        return
    if old.mode is not new.mode:
        observes = new.mode is Mode.DRY_RUN
        text = "nothing is refused any more (dry run)" if observes else "what the rules refuse is now refused (enforce)"
        yield Adjustment(Verdict.WIDENS if observes else Verdict.NARROWS, text, causes.of(new, None))
    limits, now = effective_limits(old), effective_limits(new)
    for counted in missing(limits, now):
        yield Adjustment(Verdict.WIDENS, _change(counted, limits, now), causes.of(old, _limit(old, counted)))
    for counted in missing(now, limits):
        yield Adjustment(Verdict.NARROWS, _change(counted, limits, now), causes.of(new, _limit(new, counted)))


def _limit(document: HttpRules, counted: Counted) -> str | None:
    for rule in document.rules:
        if isinstance(rule.action, Limit) and (rule.action.per, rule.action.field) == counted:
            return rule.name
    return None


def _change(counted: Counted, old: Mapping[Counted, int], new: Mapping[Counted, int]) -> str:
    return f"calls per minute {_counted(counted)}: {_calls(old.get(counted))} → {_calls(new.get(counted))}"


def _counted(counted: Counted) -> str:
    per, field = counted
    return {Per.GLOBAL: "in all", Per.ENDPOINT: "for each endpoint"}.get(per, f"for each value of {field}")


def _calls(calls: int | None) -> str:
    return "any" if calls is None else str(calls)
