"""`unguarded-tag`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Fix, Hit, Proof
from bylaw.analysis.guards import known_at
from bylaw.analysis.insertion import guard_edits
from bylaw.analysis.paths import path_of
from bylaw.analysis.rule import NodeRule
from bylaw.analysis.view import PolicyView, Site
from bylaw.analysis.wording import code
from bylaw.languages.cedar.ast import Method, String
from bylaw.languages.cedar.canonical import expression_text
from bylaw.model.diagnostics import Severity


class UnguardedTag(NodeRule[Method]):
    """A tag read without `hasTag`.

    ## What it finds

    `getTag` where no `hasTag` with the same key has made sure of the tag. Needs no schema: every tag is optional.

    ## Why it matters

    Where the tag is missing, reading it is an error, and a policy that errors is skipped. On a gateway that turns claims into tags,
    a token without the claim switches a `forbid` off.

    ## Example

    ```cedar
    permit (principal is Agent, action == Action::"read", resource) when { principal.getTag("env") == "prod" };
    ```

    ## Instead

    ```cedar
    permit (principal is Agent, action == Action::"read", resource)
    when { principal.hasTag("env") && principal.getTag("env") == "prod" };
    ```

    ## Fix safety

    Safe: `hasTag` is put in front only where being false keeps the policy from applying, as the error did. See
    [unguarded-optional-attribute](unguarded-optional-attribute.md).
    """

    id = "unguarded-tag"
    area = Area.SCHEMA
    severity = Severity.ERROR
    since = "0.1.0"
    methods = ("getTag",)

    def check(self, node: Method, site: Site, view: PolicyView) -> Iterable[Hit]:
        """A read that can fail."""
        read = expression_text(node)
        asked = f"{expression_text(node.receiver)}.hasTag({expression_text(node.arguments[0])})"
        for condition in known_at(site):
            guard = condition.expression
            is_guard = condition.value and isinstance(guard, Method) and guard.name == "hasTag"
            if is_guard and expression_text(guard) == asked:
                return ()
        message = f"the tag {code(read)} is read without `hasTag`"
        return (self.on(view, node, message, help=f"ask `{asked}` first", fix=_fix(node, asked, view)),)


def _fix(node: Method, guard: str, view: PolicyView) -> Fix | None:
    if path_of(node.receiver) is None or not isinstance(node.arguments[0], String):
        return None
    edits = guard_edits(view.statement, node, guard)
    return Fix(view.policy.path, f"ask `{guard}` first", edits, Proof.GUARD) if edits else None
