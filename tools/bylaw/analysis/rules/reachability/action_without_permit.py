"""`action-without-permit`."""

from collections.abc import Iterable

from bylaw.analysis.facts import AppContext
from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.rule import AppRule, Need
from bylaw.analysis.scopes import actions_admitted
from bylaw.analysis.shapes import scope_key
from bylaw.analysis.wording import code
from bylaw.languages.cedar.schema import Schema
from bylaw.model.diagnostics import Severity
from bylaw.model.identifiers import EntityUid


class ActionWithoutPermit(AppRule):
    """An action nobody can do.

    ## What it finds

    An action of the schema that applies to something, but is in the scope of no permit of the app.

    ## Why it matters

    Every request for it is denied. That may be meant; more often a tool was added to the gateway and the policy forgotten, or a
    permit names the action wrongly.

    ## Example

    A schema that declares `action "pay"`, and an app without a permit whose scope admits `Action::"pay"`.

    ## Instead

    Permit it for someone, take it out of the schema, or say in `app.yaml` why it is closed:

    ```yaml
    # bylaw: allow action-without-permit -- payments stay off until the audit is done
    schema: schemas/agents.cedarschema
    ```
    """

    id = "action-without-permit"
    area = Area.REACHABILITY
    severity = Severity.NOTE
    since = "0.1.0"
    needs = (Need.SCHEMA,)

    def check(self, app: AppContext) -> Iterable[Hit]:
        """Every action outside all permits."""
        schema = app.facts.known_schema
        for action in sorted(_usable(schema) - _permitted(app, schema)):
            message = f"no permit of this app admits the action {code(str(action))}"
            remedy = "permit it for someone, or remove it from the schema"
            yield self.beside(app.place("schema"), message, subject=str(action), help=remedy)


def _usable(schema: Schema) -> set[EntityUid]:
    return {environment.action for environment in schema.environments}


def _permitted(app: AppContext, schema: Schema) -> set[EntityUid]:
    linked = {link.template.ref for link in app.program.links}
    scopes = {
        scope_key(policy.statement.action): policy.statement.action
        for policy in app.program.policies
        if policy.statement.effect == "permit" and (not policy.statement.is_template or policy.ref in linked)
    }
    return {action for scope in scopes.values() for action in actions_admitted(scope, schema)}
