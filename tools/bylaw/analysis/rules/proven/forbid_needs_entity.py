"""`forbid-needs-entity`."""

from collections.abc import Iterable

from bylaw.analysis.environments import in_environments
from bylaw.analysis.facts import AppContext
from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.rule import AppRule, Need
from bylaw.analysis.witness_text import witness_line
from bylaw.model.diagnostics import Severity


class ForbidNeedsEntity(AppRule):
    """A forbid that a missing entity switches off.

    ## What it finds

    A `forbid` that never errs with complete data, but does where an entity was not sent with the request; the message names what
    is missing, and it was run on the engine. Only `bylaw analyze --open-world` looks for it.

    ## Why it matters

    A forbid that errs does not apply. It takes a caller that forgets to send an entity, or leaves it out on purpose, and the
    guardrail is gone. Where a service puts the entities together and never lacks one, the finding does not matter.

    ## Example

    ```cedar
    forbid (principal, action == Action::"pay", resource) when { resource.risk > 3 };
    ```

    ## Instead

    Without the entity nothing is known of it, so the request is forbidden:

    ```cedar
    forbid (principal, action == Action::"pay", resource)
    unless { resource has risk && resource.risk <= 3 };
    ```

    ## On AgentCore

    No finding: the service does not look for errors. It makes the principal and the gateway from the token and the request.
    """

    id = "forbid-needs-entity"
    area = Area.PROVEN
    severity = Severity.ERROR
    since = "0.1.0"
    needs = (Need.PROOFS, Need.OPEN_WORLD)

    def check(self, app: AppContext) -> Iterable[Hit]:
        """Every forbid with an example of an error for want of an entity."""
        for policy in app.known_proofs.policies:
            told = {*policy.always_errs, *policy.can_err}
            found = sorted(policy.can_err_on_missing.keys() - told)
            if policy.effect == "forbid" and found:
                example = witness_line(policy.can_err_on_missing[found[0]], app.statement(policy.ref), missing=True)
                where = in_environments(found)
                message = f"if an entity is not sent, this forbid errs and stops nothing, {where}: {example}"
                remedy = "ask `has` first, and decide what absence means; or make sure that the entity is always sent"
                yield self.beside(policy.span, message, subject="", help=remedy, policy=policy.ref)
