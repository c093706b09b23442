"""Decides whether an action may run, under all the policies that apply to it."""

from collections.abc import Collection, Sequence

from bylaw.evaluation.governance.applicability import GovernancePolicy
from bylaw.evaluation.governance.decisions import EnforcementMode
from bylaw.evaluation.governance.events import GovernanceEvent
from bylaw.evaluation.governance.exemptions import Exemption
from bylaw.evaluation.governance.state import State
from bylaw.evaluation.governance.strict import Decided, StrictEvaluator
from bylaw.evaluation.governance.upstream import UpstreamEvaluator, Wrapper
from bylaw.model.dialects import Dialect


class GovernanceEvaluator:
    """Policies, compiled once, in the order in which they were created; disabled ones may be among them.

    It keeps no history: that is in the state that goes in and comes out. Whoever stores the state holds the transaction around
    `decide`. Exceptions are unknown to the original and left out upstream; `wrapper` is for upstream only.

    Raises:
        SchemaError: a schema cannot be enforced as it is written.
        RegexError: a pattern is not of the portable subset.
    """

    def __init__(
        self,
        policies: Sequence[GovernancePolicy],
        dialect: Dialect = Dialect.STRICT,
        mode: EnforcementMode = EnforcementMode.FAIL_CLOSED_WRITES,
        *,
        exemptions: Collection[Exemption] = (),
        wrapper: Wrapper = Wrapper.SYNC,
    ) -> None:
        self._evaluator: StrictEvaluator | UpstreamEvaluator
        if dialect is Dialect.STRICT:
            self._evaluator = StrictEvaluator(policies, mode, exemptions)
        else:
            self._evaluator = UpstreamEvaluator(policies, mode, wrapper)

    def decide(self, event: GovernanceEvent, state: State) -> Decided:
        """The decision on `event`, and the state for the next one.

        Strict: the state changes only where the event is allowed and no dry run. The times of events that follow one another must
        not decrease.
        """
        return self._evaluator.decide(event, state)
