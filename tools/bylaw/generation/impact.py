"""What another schema does to an app: policies that stop validating, and tools that come under policies or slip out of them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bylaw.generation.comparison import SchemaChange
from bylaw.generation.coverage import Coverage, coverage
from bylaw.languages.cedar.entities import validate_entities
from bylaw.languages.cedar.program import CedarProgram
from bylaw.languages.cedar.schema import Schema
from bylaw.languages.cedar.validate import validate_program
from bylaw.model.diagnostics import Diagnostic, Severity
from bylaw.model.identifiers import AppId, PolicyRef


@dataclass(frozen=True, slots=True)
class Broken:
    """One policy, or the entities of an app, with what the new schema is the reason for."""

    policy: PolicyRef | None
    """None for what is not one policy: the entities of the app."""
    path: str
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class Impact:
    """What becomes of one app."""

    app: AppId
    policies: int
    broken: tuple[Broken, ...]
    invalid_before: int
    """Policies that do not validate under the old schema either; they count as broken only by what is new."""
    coverage: Coverage


@dataclass(frozen=True, slots=True)
class SchemaComparison:
    """Two schemas, and the apps that use them."""

    old: str
    """How messages name it."""
    new: str
    changes: tuple[SchemaChange, ...]
    apps: tuple[Impact, ...]

    @property
    def breaks(self) -> bool:
        """Whether any policy stops validating."""
        return any(app.broken for app in self.apps)

    @property
    def widens(self) -> bool:
        """Whether any permit reaches more, or any forbid less."""
        return any(app.coverage.granted or app.coverage.unguarded for app in self.apps)


def impact(program: CedarProgram, old: Schema, new: Schema) -> Impact:
    """Strict validation, and the reach of every scope, before and after."""
    before, after = _errors(program, old), _errors(program, new)
    known = {_said(item) for item in before}
    return Impact(
        app=AppId(program.app),
        policies=len(program.policies) + len(program.links),
        broken=_grouped(program, (item for item in after if _said(item) not in known)),
        invalid_before=len(_grouped(program, before)),
        coverage=coverage(program, old, new),
    )


def _said(item: Diagnostic) -> tuple[object, ...]:
    # Not the help: it names what the schema has, so it may differ where the error is the same.
    return (item.code, item.message, item.span)


def _errors(program: CedarProgram, schema: Schema) -> tuple[Diagnostic, ...]:
    other = replace(program, schema=schema)
    entities: tuple[Diagnostic, ...] = ()
    if program.entities_path is not None:
        entities = validate_entities(program.entities_json, program.entities_path, schema)
    return tuple(item for item in (*validate_program(other), *entities) if item.severity is Severity.ERROR)


def _grouped(program: CedarProgram, found: Iterable[Diagnostic]) -> tuple[Broken, ...]:
    """Errors by what they are about, policies first, by name."""
    policies = {policy.path: policy.ref for policy in program.policies}
    links = {link.span: link.ref for link in program.links}
    groups: dict[tuple[bool, str, str], list[Diagnostic]] = {}
    refs: dict[str, PolicyRef] = {}
    for item in found:
        path = item.span.path if item.span else ""
        ref = policies.get(path) or (links.get(item.span) if item.span else None)
        if ref is not None:
            refs[str(ref)] = ref
        groups.setdefault((ref is None, str(ref or ""), path), []).append(item)
    return tuple(Broken(refs.get(name), path, tuple(items)) for (_, name, path), items in sorted(groups.items()))
