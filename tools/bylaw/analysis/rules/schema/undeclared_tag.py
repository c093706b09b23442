"""`undeclared-tag`."""

from collections.abc import Iterable
from difflib import get_close_matches

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.rule import Need, NodeRule
from bylaw.analysis.view import PolicyView, Site
from bylaw.analysis.wording import code, listed
from bylaw.languages.cedar.ast import Method, String
from bylaw.languages.cedar.schema import EntityType
from bylaw.model.diagnostics import Severity


class UndeclaredTag(NodeRule[Method]):
    """A tag name that nobody declared.

    ## What it finds

    `hasTag` or `getTag` with a name that is not under `tags` in `app.yaml` for any type the entity can have here. Types without
    an entry there are not checked.

    ## Why it matters

    Tag names are no part of the schema, so nothing else sees the typo: `hasTag` with a wrong name is always false, and a
    `forbid` behind it is off.

    ## Example

    ```cedar
    forbid (principal is Agent, action == Action::"pay", resource) when { principal.hasTag("regoin") };
    ```

    ## Instead

    ```cedar
    forbid (principal is Agent, action == Action::"pay", resource) when { principal.hasTag("region") };
    ```
    """

    id = "undeclared-tag"
    area = Area.SCHEMA
    severity = Severity.ERROR
    since = "0.1.0"
    needs = (Need.SCHEMA, Need.TAGS)
    methods = ("hasTag", "getTag")

    def check(self, node: Method, site: Site, view: PolicyView) -> Iterable[Hit]:
        """A literal tag name outside the declared ones."""
        key = node.arguments[0] if node.arguments else None
        if not isinstance(key, String):
            return ()
        types = {type_.entity for type_ in view.types(node.receiver, site.guards) if isinstance(type_, EntityType)}
        declared = view.facts.tags
        if not types or not types <= declared.keys():
            return ()
        known = sorted({tag for name in types for tag in declared[name]})
        if key.value in known:
            return ()
        close = get_close_matches(key.value, known, 1)
        remedy = f"did you mean `{close[0]}`?" if close else "correct the name, or list the tag in `app.yaml`"
        message = f"no tag {code(key.value)} is declared for {listed(sorted(types), 'or')}"
        return (self.on(view, key, message, help=remedy),)
