"""Requests as a test case can show them: the stable entities of the app are in the store, and so are principal and resource.

Other entities may be missing, since a suite need not define what it refers to. There is one room for each request environment,
shared by everything that is asked there.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property

from bylaw.analysis.smt.extraction import Concrete, Extraction
from bylaw.analysis.smt.frame import OPEN
from bylaw.analysis.smt.naming import Names
from bylaw.analysis.smt.policies import Compiled, PolicySet, policy_set
from bylaw.analysis.smt.port import Check, Satisfiability
from bylaw.analysis.smt.replay import Replay
from bylaw.analysis.smt.room import Options, Room
from bylaw.analysis.smt.shrinking import shrink
from bylaw.analysis.smt.subjects import Slices, Subject, subjects
from bylaw.analysis.smt.terms import Function, Term
from bylaw.analysis.smt.wishes import grant
from bylaw.evaluation.interface import EntityData, MalformedRequestError
from bylaw.languages.cedar.entities import known_entities
from bylaw.languages.cedar.program import CedarProgram
from bylaw.languages.cedar.schema import Environment, Schema
from bylaw.model.identifiers import EntityUid

Holds = Callable[[Concrete], bool]
"""Whether the engine sees in a request, with all entities of its store, what it is to show."""
Parents = Mapping[EntityUid, frozenset[EntityUid]]


class Places:
    """The request environments of a program, each opened when something is first asked there."""

    def __init__(self, program: CedarProgram, schema: Schema, options: Options) -> None:
        self.schema = schema
        self.options = replace(options, world=OPEN, familiar=None)
        self.subjects = {subject.id: subject for subject in subjects(program)}
        self.app = program.app
        self._slices = Slices(self.subjects.values(), schema)
        self._stable = stable_entities(program.entities_json)
        self._parents = known_entities(program.entities_json)
        self._open: dict[Environment, Place] = {}

    def of(self, environments: Iterable[Environment]) -> "Iterator[Place]":
        """The places of `environments`, in the order of the schema."""
        wanted = frozenset(environments)
        for environment in self._slices:
            if environment in wanted:
                if environment not in self._open:
                    self._open[environment] = self.fresh(environment)
                yield self._open[environment]

    def fresh(self, environment: Environment) -> "Place":
        """The place of `environment` where nothing was asked yet: what an example looks like must not depend on that."""
        return Place(environment, self._slices.of(environment), self)

    @property
    def stable(self) -> Mapping[EntityUid, EntityData]:
        """The stable entities of the app."""
        return self._stable

    @property
    def parents(self) -> Parents:
        """The direct parents of the stable entities."""
        return self._parents


class Place:
    """One request environment, and the policies that can apply there."""

    def __init__(self, environment: Environment, policies: tuple[Subject, ...], places: Places) -> None:
        self.environment = environment
        self.subjects = policies
        self.schema = places.schema
        self.room = Room(environment, places.schema, places.options)
        self.replay = Replay(policies, places.schema)
        self._stable = places.stable
        self._parents = places.parents
        self._named: set[EntityUid] = set()
        self._read: set[EntityUid] = set()

    @cached_property
    def set(self) -> PolicySet:
        """The policies, compiled.

        Raises:
            NotAnalysableError: one of them has no terms.
        """
        return self.set_of(self.subjects)

    def set_of(self, policies: Iterable[Subject]) -> PolicySet:
        """Some policies, compiled.

        Raises:
            NotAnalysableError: one of them has no terms.
        """
        return policy_set([self.compile(policy) for policy in policies], self.room.frame)

    def compile(self, subject: Subject) -> Compiled:
        """The terms of one subject.

        Raises:
            NotAnalysableError: it has none.
        """
        self._named |= subject.entities
        self._read |= subject.read
        return self.room.compile(subject)

    def check(self, wanted: Term) -> Check:
        """Whether some request that a case can show makes `wanted` true."""
        return self.room.check(*self._asked, wanted)

    def witness(self, wanted: Term) -> tuple[Check, Concrete | None]:
        """The same, with such a request where there is one.

        Preferably one with every entity in its store, the stable ones in the groups they are in, and values that are easy to read.
        """
        check = self.check(wanted)
        if check.answer is not Satisfiability.SAT:
            return check, None
        found, given = self._model(), [*self._asked, wanted]
        present = tuple(t for t in self.room.query.terms if _says_that_it_exists(t) and t not in self._asked)
        for preferred in dict.fromkeys(((*self._memberships, *present), self._memberships, present)):
            answer = self.room.check(*given, *preferred).answer if preferred else Satisfiability.UNSAT
            if answer is Satisfiability.SAT:
                found = self._model()
                given += preferred
            if answer is not Satisfiability.UNSAT:
                break
        # A model is read right behind the check that found it: where a wish is too hard, there is none left.
        return check, self._model() if grant(self.room.query, [t for t in given if t.op != "const"]) else found

    def _model(self) -> Concrete:
        return Extraction(self.room.query, Names(self._named, {})).concrete(sorted(self._read))

    def shown(self, example: Concrete, holds: Holds) -> Concrete | None:
        """The smallest example like `example` that shows its point in the store of a case; none where that store prevents it."""

        def still(candidate: Concrete) -> bool:
            try:
                return holds(self.stored(candidate))
            except MalformedRequestError:
                return False

        request, entities = example
        others = Concrete(request, tuple(entity for entity in entities if entity.uid not in self._stable))
        found = next((candidate for candidate in (others, example) if still(candidate)), None)
        return None if found is None else shrink(found, still)

    def stored(self, example: Concrete) -> Concrete:
        """An example with all that the store of a case holds: a stable entity gives way to one that says more than its name."""
        own = {entity.uid: entity for entity in example.entities}
        named = {uid for uid, entity in own.items() if not (entity.attributes or entity.tags or entity.parents)}
        kept = {uid: entity for uid, entity in self._stable.items() if uid not in own or uid in named}
        return Concrete(example.request, tuple(entity for _, entity in sorted({**own, **kept}.items())))

    @cached_property
    def _asked(self) -> tuple[Term, ...]:
        frame = self.room.frame
        return (frame.exists(frame.principal), frame.exists(frame.resource))

    @cached_property
    def _memberships(self) -> tuple[Term, ...]:
        """Of the stable entities that policies name: which are in which, and which are not."""
        frame, terms = self.room.frame, self.room.terms
        named = sorted({uid for subject in self.subjects for uid in (*subject.entities, *_scope(subject))})
        named = [uid for uid in named if uid in self._parents]
        found = []
        for lower in named:
            above = _above(lower, self._parents)
            for upper in named:
                if upper != lower:
                    inside = frame.is_in(frame.literal(lower), frame.literal(upper))
                    found.append(inside if upper in above else terms.not_(inside))
        return tuple(term for term in found if term.op != "const")


def stable_entities(text: str) -> dict[EntityUid, EntityData]:
    """The entities of a Cedar entities document that has been checked."""
    return {entity.uid: entity for entity in map(_entity, json.loads(text))}


def _entity(document: Mapping[str, object]) -> EntityData:
    attributes, tags, parents = document.get("attrs"), document.get("tags"), document.get("parents")
    return EntityData(
        uid=_uid(document["uid"]),
        attributes=dict(attributes) if isinstance(attributes, Mapping) else {},
        tags=dict(tags) if isinstance(tags, Mapping) else {},
        parents=tuple(map(_uid, parents)) if isinstance(parents, list) else (),
    )


def _uid(value: object) -> EntityUid:
    inner = value.get("__entity", value) if isinstance(value, Mapping) else {}
    return EntityUid(str(inner["type"]), str(inner["id"]))


def _scope(subject: Subject) -> Iterator[EntityUid]:
    for scope in subject.statement.scopes:
        for target in (getattr(scope, "target", None), *getattr(scope, "targets", ())):
            if target is not None:
                yield EntityUid(target.type, target.id)


def _above(uid: EntityUid, parents: Parents) -> frozenset[EntityUid]:
    found: set[EntityUid] = set()
    todo = [*parents.get(uid, ())]
    while todo:
        above = todo.pop()
        if above not in found:
            found.add(above)
            todo.extend(parents.get(above, ()))
    return frozenset(found)


def _says_that_it_exists(term: Term) -> bool:
    return term.op == "app" and isinstance(term.data, Function) and term.data.name.endswith(" exists")
