"""`unconditional-in-environment`."""

from collections.abc import Iterable

from bylaw.analysis.environments import in_environments, subject_of
from bylaw.analysis.facts import AppContext
from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.rule import AppRule, Need
from bylaw.model.diagnostics import Severity


class UnconditionalInEnvironment(AppRule):
    """A permit that every request of an environment satisfies.

    ## What it finds

    A `permit` whose scope and conditions hold for every request of a request environment: any principal of a type, any
    resource of a type, any context. Forbids are left aside; where they restrain nothing either, `allows-everything` says so
    as well.

    ## Why it matters

    Whatever the conditions seem to ask, nobody is turned away by them. Where the action is harmless for everyone that is
    right, and worth a reason in a suppression.

    ## Example

    ```cedar
    permit (principal is Agent, action == Action::"read", resource is Tool)
    when { context.urgent || !context.urgent };
    ```

    ## Instead

    ```cedar
    permit (principal is Agent, action == Action::"read", resource is Tool)
    when { resource.risk < 3 };
    ```

    ## On AgentCore

    The finding *Overly Permissive*, `ALLOW_ALL`. The service reports it for each combination of principal type, action and
    resource, and refuses the policy unless findings are ignored; `finding_waivers` of the target accept it for one policy and
    a time.
    """

    id = "unconditional-in-environment"
    area = Area.PROVEN
    severity = Severity.WARNING
    since = "0.1.0"
    needs = (Need.PROOFS,)

    def check(self, app: AppContext) -> Iterable[Hit]:
        """Every permit that limits nothing in an environment."""
        for policy in app.known_proofs.policies:
            if policy.effect == "permit" and policy.unconditional:
                message = (
                    f"overly permissive: every request satisfies this permit, {in_environments(policy.unconditional)}"
                )
                remedy = "name principals or resources, add a condition, or say in a suppression why it is open"
                about = subject_of(policy.unconditional)
                yield self.beside(policy.span, message, subject=about, help=remedy, policy=policy.ref)
