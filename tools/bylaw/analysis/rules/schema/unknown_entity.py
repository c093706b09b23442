"""`unknown-entity`."""

from collections.abc import Iterable
from difflib import get_close_matches

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.paths import uid_of
from bylaw.analysis.rule import Need, PolicyRule
from bylaw.analysis.view import PolicyView
from bylaw.analysis.wording import code
from bylaw.languages.cedar.walk import entities
from bylaw.model.diagnostics import Severity


class UnknownEntity(PolicyRule):
    """An entity that is not in the inventory.

    ## What it finds

    An entity literal of a type of which the entities file of the app lists some, but not this one; and an id outside the choices
    of an enumerated type. Logical names are left to the compiler.

    ## Why it matters

    A mistyped group has no members. A `permit` for it grants nothing; a `forbid` for it stops nobody.

    ## Example

    ```cedar
    permit (principal in Team::"opz", action == Action::"read", resource);
    ```

    ## Instead

    ```cedar
    permit (principal in Team::"ops", action == Action::"read", resource);
    ```

    Entities that come and go, such as users, do not belong in the entities file; types it does not list are not checked.
    """

    id = "unknown-entity"
    area = Area.SCHEMA
    severity = Severity.WARNING
    since = "0.1.0"
    needs = (Need.INVENTORY,)

    def check(self, view: PolicyView) -> Iterable[Hit]:
        """Every literal of a listed type that is not listed."""
        facts = view.facts
        for literal in entities(view.statement):
            uid = uid_of(literal)
            if uid.type not in facts.inventory_types or uid in facts.inventory or uid.type in facts.logical:
                continue
            if facts.schema is not None and uid in facts.schema.actions:
                continue
            known = {known.id for known in facts.inventory if known.type == uid.type}
            close = get_close_matches(uid.id, sorted(known), 1)
            remedy = (
                f"did you mean `{close[0]}`?" if close else "correct the id, or add the entity to the entities file"
            )
            yield self.on(view, literal, f"{code(str(uid))} is not in the entities file", help=remedy)
