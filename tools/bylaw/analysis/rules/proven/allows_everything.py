"""`allows-everything`."""

from collections.abc import Iterable, Iterator

from bylaw.analysis.environments import by_action, in_environments, subject_of
from bylaw.analysis.facts import AppContext
from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.proven import PolicyFacts, Proven
from bylaw.analysis.rule import AppRule, Need
from bylaw.languages.cedar.schema import Environment
from bylaw.model.diagnostics import Severity


class AllowsEverything(AppRule):
    """An environment in which no request is denied.

    ## What it finds

    A request environment of which the policies of the app together allow every request. It is shown at the permit that does
    so alone, or at the schema in `app.yaml` where it takes several.

    ## Why it matters

    There is no check left: any principal of the type does the action on any resource, with any arguments, and no forbid
    holds. Two narrow permits may leave no gap between them without anybody having decided that.

    ## Example

    ```cedar
    permit (principal is Agent, action == Action::"pay", resource is Tool) when { context.amount <= 500 };
    permit (principal is Agent, action == Action::"pay", resource is Tool) when { context.amount > 499 };
    ```

    ## Instead

    ```cedar
    permit (principal is Agent, action == Action::"pay", resource is Tool) when { context.amount <= 500 };
    permit (principal is Agent, action == Action::"pay", resource is Tool)
    when { context.amount > 500 && context has ticket };
    ```

    ## On AgentCore

    The finding *Overly Permissive*, `ALLOW_ALL`. Policies that exist already count, so the service reports it of the one that
    closes the last gap, and which one that is depends on the order in which they are created. `finding_waivers` of the target
    accept it for one policy and a time.
    """

    id = "allows-everything"
    area = Area.PROVEN
    severity = Severity.WARNING
    since = "0.1.0"
    needs = (Need.PROOFS,)

    def check(self, app: AppContext) -> Iterable[Hit]:
        """Every environment without a denial, by the permit that alone is the reason or by action."""
        proven = app.known_proofs
        alone: dict[Environment, PolicyFacts] = {}
        for policy in proven.policies:
            for environment in policy.unconditional if policy.effect == "permit" else ():
                alone.setdefault(environment, policy)
        open_ = [facts.environment for facts in proven.environments if facts.allows_all]
        yield from self._by_policy(proven, {e: alone[e] for e in open_ if e in alone})
        yield from self._jointly(app, [environment for environment in open_ if environment not in alone])

    def _by_policy(self, proven: Proven, alone: dict[Environment, PolicyFacts]) -> Iterator[Hit]:
        for policy in proven.policies:
            own = [environment for environment, reason in alone.items() if reason is policy]
            if own:
                message = f"no request is denied, {in_environments(own)}: nothing restrains this permit"
                remedy = "narrow the permit, add a forbid, or say in a suppression why all of it is open"
                yield self.beside(policy.span, message, subject=subject_of(own), help=remedy, policy=policy.ref)

    def _jointly(self, app: AppContext, environments: list[Environment]) -> Iterator[Hit]:
        for found in by_action(environments).values():
            message = f"no request is denied, {in_environments(found)}: the permits leave no gap"
            remedy = "narrow one of the permits, or add a forbid"
            yield self.beside(app.place("schema"), message, subject=subject_of(found), help=remedy)
