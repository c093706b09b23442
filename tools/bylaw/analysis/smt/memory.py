"""Proofs kept between runs, keyed by all that they depend on.

The key of a comparison is made of the policies that can apply in the environment on both sides, the part of the schema that the
environment reaches, the world, the limits, and the versions of encoder, engine and solvers: a change of one policy leaves the
proofs of every other environment in force, and a new solver none. What is loaded is not trusted further than needed: each example
is decided again by the engine, and what was not settled is not kept.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from bylaw.analysis.smt.extraction import Concrete
from bylaw.analysis.smt.replay import Replay
from bylaw.analysis.smt.room import Options
from bylaw.analysis.smt.subjects import Subject
from bylaw.analysis.smt.verdicts import (
    NARROWING,
    WIDENING,
    Claims,
    EnvironmentVerdict,
    Example,
    Verdict,
    compare,
    decided,
)
from bylaw.evaluation.interface import EntityData, Request
from bylaw.languages.cedar.schema import Environment, Schema
from bylaw.languages.cedar.schema_slice import slice_digest
from bylaw.model.digests import Digest, digest_json
from bylaw.model.errors import InternalError
from bylaw.model.identifiers import EntityUid, PolicyId

FORMAT = 1


class Store(Protocol):
    """Where proofs are kept."""

    def get(self, key: Digest) -> str | None:
        """What is kept under `key`."""

    def put(self, key: Digest, text: str) -> None:
        """Keep it."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Comparisons that were made before."""

    store: Store
    tool: str
    """Tells this tool, with its engine and solvers, from any other."""

    def compare(
        self,
        environment: Environment,
        before: Sequence[Subject],
        after: Sequence[Subject],
        schema: Schema,
        options: Options,
    ) -> EnvironmentVerdict:
        """Like `verdicts.compare`, which is asked where nothing is known.

        Raises:
            InternalError: the engine contradicts an example that was just found.
        """
        sides = [sorted({subject.digest for subject in side}) for side in (before, after)]
        if sides[0] == sides[1]:
            return EnvironmentVerdict(environment, Verdict.EQUAL)
        named = {uid.type for subject in (*before, *after) for uid in subject.entities}
        ids = [[[subject.id, subject.digest] for subject in side] for side in (before, after)]
        part = slice_digest(schema, environment, named)
        limits = [options.world.open, *options.limits, options.examples]
        key = digest_json([FORMAT, self.tool, environment, ids, part, limits])
        replays = Replay(before, schema), Replay(after, schema)
        known = _recalled(self.store.get(key), environment, replays)
        if known is None:
            known = compare(environment, before, after, schema, options)
            if known.verdict is not Verdict.UNKNOWN:
                self.store.put(key, json.dumps(_kept(known)))
        return known


def _kept(verdict: EnvironmentVerdict) -> dict[str, Any]:
    return {
        "verdict": verdict.verdict,
        "widening": [_example_json(example) for example in verdict.widening],
        "narrowing": [_example_json(example) for example in verdict.narrowing],
        "widened_by": verdict.widened_by,
        "narrowed_by": verdict.narrowed_by,
    }


def _recalled(text: str | None, environment: Environment, replays: tuple[Replay, Replay]) -> EnvironmentVerdict | None:
    """What was kept, its examples decided again; none where it cannot be read or the engine decides otherwise."""
    if text is None:
        return None
    with suppress(ValueError, KeyError, TypeError, InternalError):
        kept = json.loads(text)
        return EnvironmentVerdict(
            environment,
            Verdict(kept["verdict"]),
            tuple(_example(item, WIDENING, replays) for item in kept["widening"]),
            tuple(_example(item, NARROWING, replays) for item in kept["narrowing"]),
            tuple(PolicyId(policy) for policy in kept["widened_by"]),
            tuple(PolicyId(policy) for policy in kept["narrowed_by"]),
        )
    return None


def _example_json(example: Example) -> dict[str, Any]:
    request, entities = example.concrete
    return {
        "cause": example.cause,
        "request": [request.principal, request.action, request.resource, request.context],
        "entities": [[item.uid, item.attributes, item.tags, item.parents] for item in entities],
    }


def _example(kept: Mapping[str, Any], claims: Claims, replays: tuple[Replay, Replay]) -> Example:
    principal, action, resource, context = kept["request"]
    request = Request(EntityUid(*principal), EntityUid(*action), EntityUid(*resource), context)
    entities = tuple(
        EntityData(EntityUid(*uid), attributes, tags, tuple(EntityUid(*parent) for parent in parents))
        for uid, attributes, tags, parents in kept["entities"]
    )
    return decided(Concrete(request, entities), claims, PolicyId(kept["cause"]), replays)
