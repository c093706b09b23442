"""`substring-scope-match`."""

from collections.abc import Iterable
from itertools import pairwise

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.paths import last_name
from bylaw.analysis.patterns import Pattern, literals, pattern_text
from bylaw.analysis.rule import NodeRule, Option
from bylaw.analysis.view import PolicyView, Site
from bylaw.analysis.wording import code
from bylaw.languages.cedar.ast import Like
from bylaw.model.diagnostics import Severity


class SubstringScopeMatch(NodeRule[Like]):
    """A scope looked for as part of a longer text.

    ## What it finds

    Where a match lets more through: a pattern on a scope string whose wildcard touches the scope name without a blank between.

    ## Why it matters

    An OAuth scope claim is one string with blanks between the scopes. `*refund*` finds `refund`, but also `refund:admin` and
    `no-refund`: a token for one thing opens another.

    ## Example

    ```cedar
    permit (principal is OAuthUser, action == Action::"refund", resource)
    when { principal.hasTag("scope") && principal.getTag("scope") like "*refund*" };
    ```

    ## Instead

    A scope is alone, first, last, or in the middle:

    ```cedar
    permit (principal is OAuthUser, action == Action::"refund", resource)
    when {
      principal.hasTag("scope") &&
      (principal.getTag("scope") == "refund" ||
       principal.getTag("scope") like "refund *" ||
       principal.getTag("scope") like "* refund" ||
       principal.getTag("scope") like "* refund *")
    };
    ```
    """

    id = "substring-scope-match"
    area = Area.ACCESS
    severity = Severity.ERROR
    since = "0.1.0"
    security_severity = 8.0
    nodes = (Like,)
    options = (Option("names", ("scope", "scopes", "scp"), "attributes and tags that hold scopes"),)

    def check(self, node: Like, site: Site, view: PolicyView) -> Iterable[Hit]:
        """A wildcard that touches a scope name."""
        if last_name(node.base) not in self.words("names") or not view.allows_more(site):
            return ()
        if not literals(node.pattern) or not _touches(node.pattern):
            return ()
        message = f"the pattern {code(pattern_text(node.pattern))} also matches scopes with a longer name"
        remedy = "compare whole scopes: alone, first, last and in the middle, with the blanks between them"
        return (self.on(view, node, message, help=remedy),)


def _touches(pattern: Pattern) -> bool:
    """Whether a wildcard stands next to something that is no blank."""
    return any(
        (left is None and right is not None and not right.startswith(" "))
        or (right is None and left is not None and not left.endswith(" "))
        for left, right in pairwise(pattern)
    )
