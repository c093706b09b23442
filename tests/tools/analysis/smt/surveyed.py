"""Small apps, and what the survey proves of them."""

from collections.abc import Iterable, Mapping, Sequence

from bylaw.analysis.proven import Covered, EnvironmentFacts, PolicyFacts, Proven
from bylaw.analysis.smt.frame import OPEN
from bylaw.analysis.smt.room import Options
from bylaw.analysis.smt.survey import survey
from bylaw.analysis.smt.z3_solver import Z3Solver
from bylaw.languages.cedar.parser import parse_statement
from bylaw.languages.cedar.program import CedarLink, CedarPolicy, CedarProgram
from bylaw.languages.cedar.schema import Environment
from bylaw.languages.cedar.schema_reader import read_schema
from bylaw.model.identifiers import AppId, EntityUid, PolicyId, PolicyRef
from bylaw.model.spans import Position, Span

APP = AppId("desk")
OPTIONS = Options(Z3Solver, world=OPEN)
LINKED = Span("app.yaml", Position(7, 3), Position(7, 9))
"""Where every link stands."""
SCHEMA = """
entity Team;
entity User in [Team] { level: Long, active: Bool, manager?: User } tags String;
entity Doc { owner: User, risk: Long, public: Bool };
action read, write appliesTo {
  principal: User, resource: Doc, context: { amount: Long, urgent: Bool, region: String, ticket?: String }
};
"""


def ref(name: str) -> PolicyRef:
    return PolicyRef(APP, PolicyId(name))


def policy(name: str, text: str) -> CedarPolicy:
    statement = parse_statement(text, f"{name}.cedar").statement
    assert statement is not None, text
    return CedarPolicy(ref(name), f"{name}.cedar", text, statement)


def app(**policies: str) -> CedarProgram:
    """An app with these policies by id."""
    return app_of(SCHEMA, policies)


def app_of(schema: str, policies: Mapping[str, str], links: Sequence[CedarLink] = ()) -> CedarProgram:
    """An app with a schema of its own, or with links."""
    parsed, problems = read_schema(schema, "app.cedarschema")
    assert not problems
    files = tuple(policy(name, text) for name, text in sorted(policies.items()))
    return CedarProgram(APP, files, tuple(links), parsed, "app.cedarschema", "[]", None)


def link(name: str, template: CedarPolicy, **values: EntityUid) -> CedarLink:
    return CedarLink(ref(name), template, values, LINKED)


def proven(program: CedarProgram, options: Options = OPTIONS) -> Proven:
    return survey(program, options)


def fact(name: str, program: CedarProgram) -> PolicyFacts:
    """What is proved of one policy; all of the app is settled."""
    found = proven(program)
    assert not found.unknown
    return next(facts for facts in found.policies if facts.ref == ref(name))


def actions(environments: Iterable[Environment]) -> list[str]:
    """The ids of the actions of environments."""
    return [environment.action.id for environment in environments]


def by(covers: Sequence[Covered]) -> dict[str, tuple[str, ...]]:
    """Covering policies by action."""
    return {one.environment.action.id: tuple(covering.policy for covering in one.by) for one in covers}


def whole(action: str, program: CedarProgram) -> EnvironmentFacts:
    """What is proved of the set where `action` is asked for."""
    return next(one for one in proven(program).environments if one.environment.action.id == action)
