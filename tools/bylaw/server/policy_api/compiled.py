"""One engine's policies, ready to decide: never changed once made, and stamped with the state of the store they are from."""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from bylaw.backends.local.reading import Reader
from bylaw.backends.local.records import Policy
from bylaw.evaluation.engine import Engine, Result
from bylaw.evaluation.interface import EntityData, MalformedRequestError, Request
from bylaw.evaluation.units import Unit
from bylaw.languages.cedar.canonical import canonical_text
from bylaw.languages.cedar.parser import parse_statement
from bylaw.languages.cedar.schema import Schema
from bylaw.languages.cedar.schema_reader import read_schema
from bylaw.model.effects import Effect, Mode
from bylaw.model.errors import BylawError
from bylaw.model.identifiers import EntityUid

_NOBODY: Final = EntityUid("Nobody", "")
_FIRST: Final = Request(_NOBODY, EntityUid("Action", ""), _NOBODY, {})


class UndecidableError(BylawError):
    """An engine holds what cannot be evaluated, so that no decision of it could be trusted."""

    code = "undecidable"


class Verdict(NamedTuple):
    """What an engine's active policies say of one request, and what those that only log would have."""

    allowed: bool
    determining: tuple[str, ...]
    """Ids of policies, sorted."""
    errors: tuple[tuple[str, str], ...]
    """Policies that could not be evaluated and so dropped out, with the reason."""
    log_only: tuple[tuple[str, Effect], ...]
    """Policies in mode `log_only` that apply to the request, sorted by id."""


@dataclass(frozen=True)
class _Part:
    """Some of the policies, and the engine that holds them."""

    engine: Engine
    ids: tuple[str, ...]

    def run(self, requests: Sequence[Request], entities: Sequence[EntityData]) -> list[Result]:
        return self.engine.run(requests, entities)


@dataclass(frozen=True)
class CompiledSet:
    """All policies of an engine at one state of the store. Used by one thread at a time."""

    engine: str
    stamp: int
    """The number of the last write to the store when the policies were read."""
    fingerprint: str
    """SHA-256 over the sorted ids, modes and texts."""
    total: int
    """Policies in the engine, with those that only log."""
    units: Mapping[tuple[str, int], Unit] = field(repr=False)
    """By policy id and version: what the next set need not parse again."""
    schema: Schema | None
    active: _Part
    logged: tuple[tuple[Effect, _Part], ...]
    """Log-only policies by effect: a forbid must not hide what a permit would have done."""

    def decide(self, requests: Sequence[Request], entities: Sequence[EntityData]) -> list[Verdict]:
        """Decide requests that share entities.

        Raises:
            MalformedRequestError: a request or an entity is not what the engine understands.
        """
        if self.schema is not None:
            for request in requests:
                if request.action not in self.schema.actions:
                    raise MalformedRequestError(f"the schema has no action `{str(request.action)[:200]}`")
        results = self.active.run(requests, entities)
        logged = [(effect, part.ids, part.run(requests, entities)) for effect, part in self.logged]
        return [self._verdict(result, number, logged) for number, result in enumerate(results)]

    def _verdict(
        self, result: Result, number: int, logged: Sequence[tuple[Effect, tuple[str, ...], list[Result]]]
    ) -> Verdict:
        ids = self.active.ids
        applying = [(names[position], effect) for effect, names, found in logged for position in found[number].reasons]
        return Verdict(
            allowed=result.allowed,
            determining=tuple([ids[position] for position in result.reasons]),
            errors=tuple([(ids[position], message) for position, message in result.errors]),
            log_only=tuple(sorted(applying)) if applying else (),
        )


def compile_engine(reader: Reader, engine: str, known: Mapping[tuple[str, int], Unit]) -> CompiledSet | None:
    """Read and compile one engine in one snapshot; none where it does not exist. `known` saves parsing what was parsed before.

    Raises:
        UndecidableError: a policy or the schema cannot be read.
    """
    stamp = reader.last_write()
    record = reader.engine(engine)
    if record is None:
        return None
    policies = reader.policies_of(engine)
    units = {
        (policy.id, policy.version): known.get((policy.id, policy.version)) or _unit(policy) for policy in policies
    }
    schema = None if record.schema is None else _schema(engine, record.schema)
    active = [policy for policy in policies if policy.mode is Mode.ACTIVE]
    logged = [policy for policy in policies if policy.mode is Mode.LOG_ONLY]
    parts = ((effect, [policy for policy in logged if policy.effect is effect]) for effect in Effect)
    return CompiledSet(
        engine=engine,
        stamp=stamp,
        fingerprint=_fingerprint(policies),
        total=len(policies),
        units=units,
        schema=schema,
        active=_part(active, units, schema),
        logged=tuple((effect, _part(part, units, schema)) for effect, part in parts if part),
    )


def _part(policies: Sequence[Policy], units: Mapping[tuple[str, int], Unit], schema: Schema | None) -> _Part:
    engine = Engine([units[policy.id, policy.version] for policy in policies], schema)
    with suppress(
        MalformedRequestError
    ):  # a schema may not know this request; it is only there to make the engine parse
        engine.run([_FIRST], ())
    return _Part(engine, tuple(policy.id for policy in policies))


def _unit(policy: Policy) -> Unit:
    statement = parse_statement(policy.text, "policy").statement if policy.language == "cedar" else None
    if statement is None or statement.is_template:
        raise UndecidableError(
            f"policy `{policy.id}` of engine `{policy.engine}` is no Cedar policy that could be evaluated",
            help="delete it, or give it a text of one Cedar statement",
        )
    return Unit(canonical_text(statement), statement.scopes)


def _schema(engine: str, text: str) -> Schema:
    schema, _ = read_schema(text, "schema")
    if schema is None:
        raise UndecidableError(f"the schema of engine `{engine}` cannot be read", help="deploy a schema that can")
    return schema


def _fingerprint(policies: Sequence[Policy]) -> str:
    found = hashlib.sha256()
    for policy in policies:
        found.update(f"{policy.id} {policy.mode} {policy.sha256}\n".encode())
    return found.hexdigest()
