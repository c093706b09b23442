"""A governance app to the bundle for a target that speaks Cedar and nothing else."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from bylaw.compile.bundle import Bundle
from bylaw.compile.capabilities import Capabilities
from bylaw.compile.cedar import Deployable, bundle_of
from bylaw.compile.governance_cedar.side import CedarSide
from bylaw.compile.governance_cedar.translation import Translated, translate
from bylaw.languages.cedar.program import CedarProgram
from bylaw.languages.cedar.schema import Schema
from bylaw.languages.cedar.uids import parse_uid
from bylaw.languages.cedar.validate import validate_program
from bylaw.languages.governance.program import GovernanceProgram
from bylaw.languages.interface import Program
from bylaw.model.diagnostics import Diagnostic, Diagnostics
from bylaw.model.identifiers import CommitId, EntityUid, TargetId, is_policy_id
from bylaw.repository.layout import App


def compile_governance(
    app: App,
    program: Program,
    target: TargetId,
    capabilities: Capabilities,
    provenance: Mapping[str, CommitId],
) -> tuple[Bundle, tuple[Diagnostic, ...]]:
    """Compile `app` for a Cedar target; what Cedar cannot say is told in the bundle.

    Raises:
        TypeError: it is a program of another language.
    """
    if not isinstance(program, GovernanceProgram):
        raise TypeError(program)
    problems = Diagnostics()
    side = cedar_side(app, program, target, problems)
    if side is None:
        return Bundle(app.id, target, "cedar", None, ()), tuple(problems)
    translated = translate(program, side)
    problems.extend(refused(program, translated, side.schema))
    problems.extend(_taken(translated))
    deployables = tuple(
        Deployable(policy.ref, policy, policy.statement, policy.source, policy.annotations["description"])
        for policy in translated.policies
    )
    bundle, found = bundle_of(app, deployables, side.schema, target, capabilities, provenance, translated.unenforced)
    problems.extend(found)
    # A policy is protected whatever it is made of.
    protected = (*bundle.protected, *(f"{glob}/*" for glob in bundle.protected))
    return replace(bundle, protected=protected), tuple(problems)


def _taken(translated: Translated) -> Iterator[Diagnostic]:
    """Ids that two statements have, or that are too long: an id names one object on a target."""
    by_ref = {policy.ref: policy for policy in translated.policies}
    for policy in translated.policies:
        other = by_ref[policy.ref]
        if other is not policy:
            message = f"`{policy.path}#{policy.route}` and `{other.path}#{other.route}` both become `{policy.ref}`"
            yield Diagnostic("duplicate-id", message, policy.source, "rename one of the policies")
        if not is_policy_id(policy.ref.policy):
            message = f"`{policy.ref}` is too long for an id"
            yield Diagnostic("bad-policy-path", message, policy.source, "give the policy a shorter path")


def cedar_side(app: App, program: GovernanceProgram, target: TargetId, problems: Diagnostics) -> CedarSide | None:
    """What `app.yaml` says of Cedar targets; none where it says too little."""
    document = app.document
    if program.schema is None:
        if document.schema_ is None:
            message = f"target `{target}` speaks Cedar, and `{app.id}` has no Cedar schema"
            at = app.places.key_span(("targets", target))
            problems.add(Diagnostic("no-schema", message, at, "name the schema of its tools as `schema` in `app.yaml`"))
        return None
    agents = {name: _entity(app, text, problems, "agents", name) for name, text in document.agents.items()}
    resource = None if document.resource is None else _entity(app, document.resource, problems, "resource")
    return CedarSide(program.schema, {name: uid for name, uid in agents.items() if uid is not None}, resource)


def _entity(app: App, text: str, problems: Diagnostics, *route: str) -> EntityUid | None:
    uid = parse_uid(text)
    if uid is None:
        message = f"`{text}` is not an entity"
        problems.add(Diagnostic("bad-entity", message, app.places.span(route), 'write it as `Type::"id"`'))
    return uid


def cedar_program(program: GovernanceProgram, translated: Translated, schema: Schema) -> CedarProgram:
    """The statements as an app of Cedar's own."""
    return CedarProgram(program.app, translated.policies, (), schema, None, "[]", None)


def refused(program: GovernanceProgram, translated: Translated, schema: Schema) -> Iterator[Diagnostic]:
    """What the validator has against a statement, told where its cause is said."""
    for problem in validate_program(cedar_program(program, translated, schema)):
        message = f"as Cedar it does not fit the schema: {problem.message}"
        yield replace(problem, message=message, help="correct `agents`, `resource` and `schema` in `app.yaml`")
