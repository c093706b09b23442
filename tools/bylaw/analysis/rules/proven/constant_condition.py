"""`constant-condition`."""

from collections.abc import Iterable, Iterator

from bylaw.analysis.facts import AppContext
from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.proven import ConstantPart, PolicyFacts
from bylaw.analysis.rule import AppRule, Need
from bylaw.analysis.wording import code
from bylaw.model.diagnostics import Severity
from bylaw.model.identifiers import PolicyRef


class ConstantCondition(AppRule):
    """A condition that is the same for every request.

    ## What it finds

    A clause, an operand of `&&` or `||`, a branch of an `if`, or a `has` or `hasTag` that is true, or false, for every
    request that reaches it, in all environments of its policy. In a template it counts only if it is so for every link.

    ## Why it matters

    The reader believes that something is checked there. Mostly the condition before it already says so, or a comparison is
    turned the wrong way.

    ## Example

    ```cedar
    permit (principal is Agent, action == Action::"pay", resource is Tool)
    when { context.amount < 100 && !(context.amount == 300) };
    ```

    ## Instead

    ```cedar
    permit (principal is Agent, action == Action::"pay", resource is Tool)
    when { context.amount < 100 };
    ```

    ## On AgentCore

    No finding of its own. A clause that is always true is how a permit becomes *Overly Permissive* and a forbid *Overly
    Restrictive*; one that is always false makes either of them *Ineffective*.
    """

    id = "constant-condition"
    area = Area.PROVEN
    severity = Severity.WARNING
    since = "0.1.0"
    needs = (Need.PROOFS,)

    def check(self, app: AppContext) -> Iterable[Hit]:
        """Every part that is settled."""
        for ref, part in _parts(app):
            remedy = "drop it, or check what was meant"
            yield self.beside(part.span, _message(part), subject=part.text, help=remedy, policy=ref)


def _message(part: ConstantPart) -> str:
    value = "true" if part.value else "false"
    message = f"{code(part.text)} is {value} for every request that reaches it"
    if part.kind != "guard":
        return message
    return f"{message}: it guards nothing" if part.value else f"{message}: what it guards is never read"


def _parts(app: AppContext) -> Iterator[tuple[PolicyRef, ConstantPart]]:
    """Each part once, with its policy or template."""
    templates = {link.ref: link.template.ref for link in app.program.links}
    links: dict[PolicyRef, int] = {}
    for template in templates.values():
        links[template] = links.get(template, 0) + 1
    linked: dict[tuple[PolicyRef, ConstantPart], int] = {}
    for policy in app.known_proofs.policies:
        template_of = templates.get(policy.ref)
        for part in _once(policy):
            if template_of is None:
                yield policy.ref, part
            else:
                linked[template_of, part] = linked.get((template_of, part), 0) + 1
    yield from (found for found, number in linked.items() if number == links[found[0]])


def _once(policy: PolicyFacts) -> Iterable[ConstantPart]:
    return dict.fromkeys(policy.constant)
