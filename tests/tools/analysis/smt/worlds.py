"""Random policy sets as the analyser takes them, and what the engine says of them."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bylaw.analysis.smt.extraction import Concrete
from bylaw.analysis.smt.replay import Replay
from bylaw.analysis.smt.subjects import Slices, Subject
from bylaw.evaluation.interface import MalformedRequestError
from bylaw.languages.cedar.parser import parse_statement
from bylaw.languages.cedar.program import CedarPolicy
from bylaw.languages.cedar.schema import Environment, Schema
from bylaw.model.decisions import Decision
from bylaw.model.identifiers import AppId, PolicyId, PolicyRef
from tools.analysis.smt.generating.mutations import mutated
from tools.analysis.smt.generating.policies import random_policy
from tools.analysis.smt.generating.pools import seeded
from tools.analysis.smt.generating.schemas import World, random_world
from tools.analysis.smt.generating.stores import random_requests


def subjects_of(texts: Iterable[str]) -> tuple[Subject, ...]:
    """Statements as subjects, called `p0`, `p1`, …"""
    found = []
    for number, text in enumerate(texts):
        statement = parse_statement(text, f"p{number}.cedar").statement
        assert statement is not None, text
        ref = PolicyRef(AppId("app"), PolicyId(f"p{number}"))
        found.append(Subject(ref, statement, CedarPolicy(ref, f"p{number}.cedar", text, statement)))
    return tuple(found)


class Pair(NamedTuple):
    """Two sets over one schema, the second a plausible edit of the first."""

    world: World
    before: tuple[Subject, ...]
    after: tuple[Subject, ...]

    @property
    def schema(self) -> Schema:
        """The schema of both."""
        return self.world.schema

    def sides(self, environment: Environment) -> tuple[Sequence[Subject], Sequence[Subject]]:
        """What can apply in `environment`."""
        return (
            Slices(self.before, self.schema).of(environment),
            Slices(self.after, self.schema).of(environment),
        )


def random_pair(seed: int, most: int = 5) -> Pair:
    """The pair of a seed."""
    rng = seeded(seed)
    world = random_world(rng)
    texts = [random_policy(rng, world) for _ in range(rng.randint(1, most))]
    return Pair(world, subjects_of(texts), subjects_of(mutated(rng, world, texts)))


class Decided(NamedTuple):
    """A request that both sets of a pair decided."""

    environment: Environment
    before: Decision
    after: Decision


def sampled(pair: Pair, seed: int, count: int, *, missing: bool = False) -> list[Decided]:
    """What the engine says of random requests, biased to what the policies look at."""
    texts = [subject.policy.text for subject in (*pair.before, *pair.after)]
    requests, entities = random_requests(seeded(seed), pair.world, texts, count, missing=missing)
    replays = Replay(pair.before, pair.schema), Replay(pair.after, pair.schema)
    found = []
    for request in requests:
        try:
            before, after = (replay.answer(Concrete(request, entities)).decision for replay in replays)
        except MalformedRequestError:
            return []  # a value near a literal that is none, in an arm that is never evaluated
        environment = Environment(request.principal.type, request.action, request.resource.type)
        found.append(Decided(environment, before, after))
    return found
