"""`unreachable-group`."""

from collections.abc import Iterable, Iterator

from bylaw.analysis.facts import AppContext
from bylaw.analysis.finding import Area, Confidence, Hit
from bylaw.analysis.paths import uid_of
from bylaw.analysis.rule import AppRule, Need
from bylaw.analysis.wording import code
from bylaw.languages.cedar.ast import Entity, Scope, ScopeIn, ScopeIs, Statement
from bylaw.languages.cedar.canonical import expression_text
from bylaw.languages.cedar.schema import Schema
from bylaw.model.diagnostics import Severity
from bylaw.model.identifiers import EntityUid


class UnreachableGroup(AppRule):
    """A group without members.

    ## What it finds

    A scope with `in` and a group that is in the entities file of the app, where entities that could be its members are listed as
    well and none of them is in it. Where the file lists no possible member, membership comes from elsewhere, and nothing is said.

    ## Why it matters

    The policy covers nobody but the group entity itself. Either the members were forgotten, or the policy outlived the group.

    ## Example

    ```cedar
    permit (principal is Agent, action == Action::"read", resource in Folder::"archive");
    ```

    with an entities file in which every document lies in `Folder::"open"`.

    ## Instead

    Put members into the group, or remove the policy.
    """

    id = "unreachable-group"
    area = Area.SCHEMA
    severity = Severity.WARNING
    confidence = Confidence.MEDIUM
    since = "0.1.0"
    needs = (Need.SCHEMA, Need.INVENTORY)

    def check(self, app: AppContext) -> Iterable[Hit]:
        """Every scope that names an empty group."""
        schema = app.facts.known_schema
        populated = {parent for parents in app.parents.values() for parent in parents}
        for policy in app.program.policies:
            for group in _groups(policy.statement):
                uid = uid_of(group)
                if uid in app.parents and uid not in populated and _has_candidates(uid, app, schema):
                    message = f"nothing in the entities file is in {code(str(uid))}"
                    span = policy.span(group.start, group.end)
                    remedy = "put members into the group, or remove the policy"
                    yield self.beside(span, message, subject=expression_text(group), help=remedy, policy=policy.ref)


def _groups(statement: Statement) -> Iterator[Entity]:
    scopes: tuple[Scope, ...] = (statement.principal, statement.resource)
    for scope in scopes:
        if isinstance(scope, ScopeIn | ScopeIs) and isinstance(scope.target, Entity):
            yield scope.target


def _has_candidates(group: EntityUid, app: AppContext, schema: Schema) -> bool:
    """Whether the inventory lists entities that could be in `group`."""
    return any(uid.type != group.type and schema.type_can_be_in(uid.type, group.type) for uid in app.parents)
