"""`denies-everything`."""

from collections.abc import Iterable

from bylaw.analysis.environments import in_environments, subject_of
from bylaw.analysis.facts import AppContext
from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.rule import AppRule, Need
from bylaw.analysis.wording import listed
from bylaw.languages.cedar.schema import Environment
from bylaw.model.diagnostics import Severity
from bylaw.model.identifiers import PolicyRef


class DeniesEverything(AppRule):
    """Forbids that together deny every request.

    ## What it finds

    One forbid, or several, of which each request of an environment satisfies at least one. It is shown at the forbid that
    does so alone, or at the schema in `app.yaml` where it takes several.

    ## Why it matters

    No permit counts there, now or later. To close an action it is simpler not to permit it; mostly a forbid was meant for
    some requests and reaches all.

    ## Example

    ```cedar
    forbid (principal, action == Action::"pay", resource) when { context.amount > 100 };
    forbid (principal, action == Action::"pay", resource) unless { context.amount > 500 };
    ```

    ## Instead

    ```cedar
    forbid (principal, action == Action::"pay", resource) when { context.amount > 500 };
    forbid (principal, action == Action::"pay", resource) unless { context has ticket };
    ```

    ## On AgentCore

    The finding *Overly Restrictive*, `DENY_ALL`. The service reports it for each combination of principal type, action and
    resource: also of a forbid `unless` a principal has a tag, for the principal types that have no tags.
    """

    id = "denies-everything"
    area = Area.PROVEN
    severity = Severity.WARNING
    since = "0.1.0"
    needs = (Need.PROOFS,)

    def check(self, app: AppContext) -> Iterable[Hit]:
        """Every environment in which forbids leave nothing, by the forbids that do it."""
        proven = app.known_proofs
        found: dict[tuple[PolicyRef, ...], list[Environment]] = {}
        for facts in proven.environments:
            if facts.denies_all:
                found.setdefault(facts.denies_all, []).append(facts.environment)
        places = {policy.ref: policy.span for policy in proven.policies}
        remedy = "narrow what they forbid, or remove the permits that count on it"
        for forbids, environments in found.items():
            where = in_environments(environments)
            if len(forbids) == 1 and forbids[0] in places:
                message = f"overly restrictive: this forbid denies every request, {where}"
                yield self.beside(places[forbids[0]], message, subject="", help=remedy, policy=forbids[0])
            else:
                names = [str(ref.policy) for ref in forbids]
                message = f"overly restrictive: {listed(names)} together deny every request, {where}"
                yield self.beside(app.place("schema"), message, subject=subject_of(environments), help=remedy)
