"""Proofs kept between runs, keyed by all that they depend on.

The key of a comparison is made of the policies that can apply in the environment on both sides, the part of the schema that the
environment reaches, the world, the limits, and the versions of encoder, engine and solvers: a change of one policy leaves the
proofs of every other environment in force, and a new solver none. What is loaded is not trusted further than needed: each example
is decided again by the engine, and what was not settled is not kept.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from bylaw.analysis.smt.extraction import Concrete
from bylaw.analysis.smt.replay import Replay
from bylaw.analysis.smt.room import Options
from bylaw.analysis.smt.verdicts import (
    NARROWING,
    WIDENING,
    Claims,
    EnvironmentVerdict,
    Example,
    Job,
    compare_all,
    decided,
    replays_of,
)
from bylaw.evaluation.interface import EntityData, Request
from bylaw.languages.cedar.schema_slice import slice_digest
from bylaw.model.digests import Digest, digest_json
from bylaw.model.errors import InternalError
from bylaw.model.identifiers import EntityUid, PolicyId
from bylaw.model.verdicts import Verdict

FORMAT = 1
CompareAll = Callable[[Sequence[Job], Options], Sequence[EnvironmentVerdict]]
"""How comparisons are made: `verdicts.compare_all`, or something around it."""


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

    def compare_all(
        self, jobs: Sequence[Job], options: Options, solve: CompareAll = compare_all
    ) -> list[EnvironmentVerdict]:
        """Like `verdicts.compare_all`; `solve` is asked for what is not known.

        Raises:
            InternalError: the engine contradicts an example that was just found.
        """
        keys = [None if job.is_trivial else self._key(job, options) for job in jobs]
        known = [_recalled(self.store.get(key), job) if key else None for key, job in zip(keys, jobs, strict=True)]
        fresh = iter(solve([job for job, found in zip(jobs, known, strict=True) if found is None], options))
        verdicts = []
        for key, found in zip(keys, known, strict=True):
            verdict = next(fresh) if found is None else found
            verdicts.append(verdict)
            if key and found is None and verdict.verdict is not Verdict.UNKNOWN:
                self.store.put(key, json.dumps(_kept(verdict)))
        return verdicts

    def _key(self, job: Job, options: Options) -> Digest:
        named = {uid.type for subject in (*job.before, *job.after) for uid in subject.entities}
        ids = [[[subject.id, subject.digest] for subject in side] for side in (job.before, job.after)]
        part = slice_digest(job.schema, job.environment, named)
        limits = [options.world.open, *options.limits, options.examples]
        return digest_json([FORMAT, self.tool, job.environment, ids, part, limits])


def _kept(verdict: EnvironmentVerdict) -> dict[str, Any]:
    return {
        "verdict": verdict.verdict,
        "widening": [_example_json(example) for example in verdict.widening],
        "narrowing": [_example_json(example) for example in verdict.narrowing],
        "widened_by": verdict.widened_by,
        "narrowed_by": verdict.narrowed_by,
    }


def _recalled(text: str | None, job: Job) -> EnvironmentVerdict | None:
    """What was kept, its examples decided again; none where it cannot be read or the engine decides otherwise."""
    if text is None:
        return None
    with suppress(ValueError, KeyError, TypeError, InternalError):
        kept = json.loads(text)
        replays = replays_of(job)
        return EnvironmentVerdict(
            job.environment,
            Verdict(kept["verdict"]),
            tuple(_example(item, WIDENING, replays) for item in kept["widening"]),
            tuple(_example(item, NARROWING, replays) for item in kept["narrowing"]),
            tuple(PolicyId(policy) for policy in kept["widened_by"]),
            tuple(PolicyId(policy) for policy in kept["narrowed_by"]),
        )
    return None


def _example_json(example: Example) -> dict[str, Any]:
    return {"cause": example.cause, **concrete_json(example.concrete)}


def concrete_json(concrete: Concrete) -> dict[str, Any]:
    """A request with its entities, as it is kept."""
    request, entities = concrete
    return {
        "request": [request.principal, request.action, request.resource, request.context],
        "entities": [[item.uid, item.attributes, item.tags, item.parents] for item in entities],
    }


def _example(kept: Mapping[str, Any], claims: Claims, replays: tuple[Replay, Replay]) -> Example:
    return decided(concrete_of(kept), claims, PolicyId(kept["cause"]), replays)


def concrete_of(kept: Mapping[str, Any]) -> Concrete:
    """The inverse of `concrete_json`.

    Raises:
        ValueError, KeyError, TypeError: it is no such thing.
    """
    principal, action, resource, context = kept["request"]
    request = Request(EntityUid(*principal), EntityUid(*action), EntityUid(*resource), context)
    entities = tuple(
        EntityData(EntityUid(*uid), attributes, tags, tuple(EntityUid(*parent) for parent in parents))
        for uid, attributes, tags, parents in kept["entities"]
    )
    return Concrete(request, entities)
