"""Every decision that a document can come to, made beforehand, except those that depend on counts or tell an error."""

from collections.abc import Sequence

from bylaw.evaluation.http_rules.decisions import (
    DENIED_BY_DEFAULT,
    KILL_SWITCH_ACTIVE,
    HttpDecision,
    Result,
    RuleKind,
    Stage,
    Step,
    Trail,
    Tried,
    Verdict,
    denied_by,
    rate_limited,
)
from bylaw.evaluation.http_rules.rules import Program, Tier
from bylaw.languages.http_rules.model import Default, Mode
from bylaw.model.dialects import Dialect

IN_SHADOW = "counted apart: dry run"
_SWITCH_OFF = Step(Stage.KILL_SWITCH, None, Result.PASS)


class Outcomes:
    """The decisions of one document."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._mode = program.document.mode
        self._is_dry = self._mode is Mode.DRY_RUN
        self._limits = tuple(limit.name for limit in program.limits)
        is_strict = program.dialect is Dialect.STRICT
        self._before = (_SWITCH_OFF,) if is_strict or not self._limits else (_SWITCH_OFF, self._untouched())
        self._after: Trail = (self._passed(),) if is_strict and self._limits else ()
        denies, allows = program.denies, program.allows
        self.denied = tuple(self._denied(place) for place in range(len(denies.names)))
        self.allowed = tuple(self._allowed(place) for place in range(len(allows.names)))
        self.by_default = self._by_default(program.document.default)
        self.killed = HttpDecision(
            allowed=False,
            verdict=Verdict.KILL_SWITCH,
            deny_reason=KILL_SWITCH_ACTIVE,
            matched_rule=None,
            matched_rule_kind=RuleKind.KILL_SWITCH,
            mode=self._mode,
            source=None,
            trail=(Step(Stage.KILL_SWITCH, None, Result.ACTIVE),),
        )

    def unreadable(self, why: str) -> HttpDecision:
        """On a request that cannot be read."""
        return HttpDecision(
            allowed=False,
            verdict=Verdict.ERROR,
            deny_reason=None,
            matched_rule=None,
            matched_rule_kind=None,
            mode=self._mode,
            source=None,
            trail=(Step(Stage.ERROR, None, Result.FAILED, str(why)),),
        )

    def limited_before(self, place: int, wait: int) -> HttpDecision:
        """Upstream: where a limit is exceeded, before any other rule is tried."""
        passed = Tried(Stage.RATE_LIMIT, self._limits, place, Result.PASS)
        exceeded = Step(Stage.RATE_LIMIT, self._limits[place], Result.EXCEEDED)
        return self._limited(place, wait, (_SWITCH_OFF, passed, exceeded))

    def limited_after(self, candidate: HttpDecision, waits: Sequence[int | None]) -> HttpDecision:
        """Strict: where everything else allows, but limits are exceeded. The first is named; the longest wait counts."""
        exceeded = {place: wait for place, wait in enumerate(waits) if wait is not None}
        steps = tuple(
            Step(Stage.RATE_LIMIT, name, Result.EXCEEDED if place in exceeded else Result.PASS, self._detail())
            for place, name in enumerate(self._limits)
        )
        return self._limited(min(exceeded), max(exceeded.values()), (*candidate.trail[: -len(self._after)], *steps))

    def _limited(self, place: int, wait: int, trail: Trail) -> HttpDecision:
        limit = self._program.limits[place]
        return HttpDecision(
            allowed=self._is_dry,
            verdict=Verdict.RATE_LIMIT,
            deny_reason=rate_limited(limit.name),
            matched_rule=limit.name,
            matched_rule_kind=RuleKind.RATE_LIMIT,
            mode=self._mode,
            source=limit.source,
            retry_after_ms=wait,
            trail=trail,
        )

    def _denied(self, place: int) -> HttpDecision:
        tier = self._program.denies
        name = tier.names[place]
        return HttpDecision(
            allowed=self._is_dry,
            verdict=Verdict.DENY,
            deny_reason=denied_by(name),
            matched_rule=name,
            matched_rule_kind=RuleKind.DENY,
            mode=self._mode,
            source=tier.sources[place],
            trail=(*self._before, *_matched(Stage.DENY_RULES, tier, place)),
        )

    def _allowed(self, place: int) -> HttpDecision:
        tier = self._program.allows
        trail = (*self._before, self._no_deny(), *_matched(Stage.ALLOW_RULES, tier, place), *self._after)
        return HttpDecision(
            allowed=True,
            verdict=Verdict.ALLOW,
            deny_reason=None,
            matched_rule=tier.names[place],
            matched_rule_kind=RuleKind.ALLOW,
            mode=self._mode,
            source=tier.sources[place],
            trail=trail,
        )

    def _by_default(self, default: Default) -> HttpDecision:
        denies = default is Default.DENY
        names = self._program.allows.names
        trail = (
            *self._before,
            self._no_deny(),
            Tried(Stage.ALLOW_RULES, names, len(names), Result.NO_MATCH),
            Step(Stage.DEFAULT, None, Result.DENY if denies else Result.ALLOW),
        )
        return HttpDecision(
            allowed=self._is_dry or not denies,
            verdict=Verdict.DENY if denies else Verdict.ALLOW,
            deny_reason=DENIED_BY_DEFAULT if denies else None,
            matched_rule=None,
            matched_rule_kind=RuleKind.DEFAULT,
            mode=self._mode,
            source=None,
            trail=trail if denies else (*trail, *self._after),
        )

    def _no_deny(self) -> Tried:
        names = self._program.denies.names
        return Tried(Stage.DENY_RULES, names, len(names), Result.NO_MATCH)

    def _untouched(self) -> Tried:
        """Upstream, the limits of a request that none refused: in dry run they are not even asked."""
        return Tried(Stage.RATE_LIMIT, self._limits, len(self._limits), Result.SKIPPED if self._is_dry else Result.PASS)

    def _passed(self) -> Tried:
        return Tried(Stage.RATE_LIMIT, self._limits, len(self._limits), Result.PASS, self._detail())

    def _detail(self) -> str | None:
        return IN_SHADOW if self._is_dry else None


def _matched(stage: Stage, tier: Tier, place: int) -> Trail:
    return (
        Tried(stage, tier.names, place, Result.NO_MATCH),
        Step(stage, tier.names[place], Result.MATCHED),
    )
