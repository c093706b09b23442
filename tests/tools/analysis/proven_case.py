"""What a solver proved, as the case files of the area `proven` spell it.

    proven:
      policies:
        area/policy: {never: all}                                    every environment of its scope
        area/other:
          never: [Agent pay Tool]
          can_err: {Agent pay Tool: {context: {amount: 501}}}        with an example
          redundant: {Agent pay Tool: [area/policy]}                 or `all: [area/policy]`
          constant: [{text: "1 == 1", value: true, kind: operand}]   the text as it stands in the file
      environments:
        Agent pay Tool: {allows_all: true}

An environment is its principal type, the id of its action, and its resource type. Environments that are not named have no facts.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from bylaw.analysis.proven import ConstantPart, Covered, EnvironmentFacts, PolicyFacts, Proven, Witness
from bylaw.evaluation.interface import EntityData, Request
from bylaw.languages.cedar.program import CedarPolicy, CedarProgram
from bylaw.languages.cedar.rewrite import filled
from bylaw.languages.cedar.schema import Environment
from bylaw.languages.cedar.typer import environments_of
from bylaw.languages.cedar.uids import parse_uid
from bylaw.model.identifiers import AppId, EntityUid, PolicyId, PolicyRef
from bylaw.model.spans import Span

Where = Literal["all"] | list[str]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EntityCase(Strict):
    attrs: dict[str, Any] = {}
    tags: dict[str, Any] = {}
    parents: list[str] = []


class WitnessCase(Strict):
    principal: str | None = None
    resource: str | None = None
    context: dict[str, Any] = {}
    entities: dict[str, EntityCase] = {}


class ConstantCase(Strict):
    text: str
    value: bool
    kind: str = "operand"


class PolicyCase(Strict):
    never: Where = []
    always_errs: Where = []
    can_err: dict[str, WitnessCase] = {}
    can_err_on_missing: dict[str, WitnessCase] = {}
    unconditional: Where = []
    redundant: dict[str, list[str]] = {}
    overridden: dict[str, list[str]] = {}
    dead: Where = []
    constant: list[ConstantCase] = []


class EnvironmentCase(Strict):
    allows_all: bool = False
    allows_none: bool = False
    has_permit: bool = False
    denies_all: list[str] = []


class ProvenCase(Strict):
    policies: dict[str, PolicyCase] = {}
    environments: dict[str, EnvironmentCase] = {}
    unknown: dict[str, str] = {}
    open_world: bool = False


def proven_of(case: ProvenCase, program: CedarProgram) -> Proven:
    """The facts of a case. Every policy that decides has some, if only where it can apply."""
    plain = PolicyCase()
    static = [_policy(case.policies.get(p.ref.policy, plain), p.ref, p, program) for p in program.static]
    linked = [_policy(case.policies.get(k.ref.policy, plain), k.ref, k.template, program) for k in program.links]
    environments = tuple(
        EnvironmentFacts(
            _environment(name, program),
            facts.allows_all,
            facts.allows_none,
            facts.has_permit,
            tuple(_ref(program, policy) for policy in facts.denies_all),
        )
        for name, facts in case.environments.items()
    )
    unknown = {_ref(program, policy): why for policy, why in case.unknown.items()}
    return Proven((*static, *linked), environments, unknown, case.open_world)


def _policy(case: PolicyCase, ref: PolicyRef, policy: CedarPolicy, program: CedarProgram) -> PolicyFacts:
    assert program.schema is not None
    link = next((link for link in program.links if link.ref == ref), None)
    statement = filled(link) if link else policy.statement
    everywhere = environments_of(statement, program.schema)

    def where(names: Where) -> tuple[Environment, ...]:
        return everywhere if names == "all" else tuple(_environment(name, program) for name in names)

    def covered(found: dict[str, list[str]]) -> tuple[Covered, ...]:
        return tuple(
            Covered(environment, tuple(_ref(program, other) for other in by))
            for name, by in found.items()
            for environment in where("all" if name == "all" else [name])
        )

    return PolicyFacts(
        ref=ref,
        span=link.span if link else policy.span(*policy.statement.head),
        effect=str(policy.effect),
        environments=everywhere,
        never=where(case.never),
        always_errs=where(case.always_errs),
        can_err={_environment(name, program): _witness(w, name, program) for name, w in case.can_err.items()},
        can_err_on_missing={
            _environment(name, program): _witness(w, name, program) for name, w in case.can_err_on_missing.items()
        },
        unconditional=where(case.unconditional),
        redundant=covered(case.redundant),
        overridden=covered(case.overridden),
        dead=where(case.dead),
        constant=tuple(ConstantPart(_find(policy, c.text), c.text, c.value, c.kind) for c in case.constant),
    )


def _environment(name: str, program: CedarProgram) -> Environment:
    assert program.schema is not None
    principal, action, resource = name.split()
    environment = Environment(principal, EntityUid("Action", action), resource)
    assert environment in program.schema.environments, name
    return environment


def _witness(case: WitnessCase, name: str, program: CedarProgram) -> Witness:
    environment = _environment(name, program)
    principal = _uid(case.principal or f'{environment.principal}::"a"')
    resource = _uid(case.resource or f'{environment.resource}::"r"')
    entities = tuple(
        EntityData(_uid(text), entity.attrs, entity.tags, tuple(map(_uid, entity.parents)))
        for text, entity in case.entities.items()
    )
    return Witness(Request(principal, environment.action, resource, case.context), entities)


def _find(policy: CedarPolicy, text: str) -> Span:
    start = policy.text.index(text)
    return policy.span(start, start + len(text))


def _uid(text: str) -> EntityUid:
    uid = parse_uid(text)
    assert uid is not None, text
    return uid


def _ref(program: CedarProgram, policy: str) -> PolicyRef:
    return PolicyRef(AppId(program.app), PolicyId(policy))
