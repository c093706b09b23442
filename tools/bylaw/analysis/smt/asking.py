"""What a set of policies allows of what somebody asks about: each environment in which some request is allowed, with one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bylaw.analysis.smt.extraction import Concrete
from bylaw.analysis.smt.frame import NotAnalysableError
from bylaw.analysis.smt.port import Satisfiability
from bylaw.analysis.smt.properties import allows_matching, denies_matching
from bylaw.analysis.smt.replay import Replay
from bylaw.analysis.smt.room import OUT_OF_TIME, Options, Room
from bylaw.analysis.smt.shrinking import shrink
from bylaw.analysis.smt.subjects import Slices, Subject
from bylaw.analysis.smt.terms import Term
from bylaw.evaluation.interface import MalformedRequestError
from bylaw.evaluation.values import Reading
from bylaw.languages.cedar.schema import Environment, Schema
from bylaw.languages.cedar.typer import environments_of
from bylaw.model.decisions import Answer, Decision


@dataclass(frozen=True, slots=True)
class Shown:
    """A request that a set decides in a certain way, as the engine said."""

    concrete: Concrete
    answer: Answer
    reads: tuple[Reading, ...]

    @property
    def line(self) -> str:
        """The request and what the policies look at, in one line."""
        request = self.concrete.request
        reads = [str(reading) for reading in self.reads if reading.path not in {"principal", "action", "resource"}]
        return ", ".join([f"{request.principal} does {request.action} on {request.resource}", *reads])


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether in one environment some request of a kind is decided in a certain way."""

    environment: Environment
    found: Satisfiability
    shown: Shown | None = None
    reason: str = ""
    """Why it is unknown."""


def ask(
    question: Subject,
    everything: Sequence[Subject],
    schema: Schema,
    options: Options,
    decision: Decision = Decision.ALLOW,
    unless: Subject | None = None,
) -> Iterator[Finding]:
    """For every environment that `question` (a permit that is deployed nowhere) can apply in, whether a request it is satisfied by
    is decided so; of those that satisfy `unless` as well, none counts.

    Raises:
        InternalError: the engine contradicts an example.
    """
    slices = Slices(everything, schema)
    for environment in environments_of(question.statement, schema):
        if not options.in_time():
            yield Finding(environment, Satisfiability.UNKNOWN, reason=OUT_OF_TIME)
            continue
        try:
            yield _Question(environment, question, slices.of(environment), schema, options, decision, unless).finding()
        except NotAnalysableError as error:
            yield Finding(environment, Satisfiability.UNKNOWN, reason=f"not analysable: {error}")


class _Question:
    """One question in one environment."""

    def __init__(
        self,
        environment: Environment,
        question: Subject,
        policies: Sequence[Subject],
        schema: Schema,
        options: Options,
        decision: Decision,
        unless: Subject | None,
    ) -> None:
        self._environment = environment
        self._question = question
        self._decision = decision
        self._unless = unless
        self._room = Room(environment, schema, options)
        self._policies = self._room.set(policies)
        self._replay = Replay(policies, schema)
        self._asked = Replay([question], schema)
        self._excused = None if unless is None else Replay([unless], schema)

    def finding(self) -> Finding:
        """The answer, with a request where there is one."""
        wanted = self._wanted()
        check = self._room.check(wanted)
        if check.answer is not Satisfiability.SAT:
            return Finding(self._environment, check.answer, reason=check.reason)
        concrete = self._room.example(wanted)
        self._confirm(concrete)
        small = shrink(concrete, self._holds)
        answer = self._confirm(small)
        reads = {r.path: r for r in self._replay.readings(answer.determining, small)}
        reads.update((r.path, r) for r in self._asked.readings([self._question.id], small))
        return Finding(self._environment, check.answer, Shown(small, answer, tuple(reads.values())))

    def _wanted(self) -> Term:
        terms, room = self._room.terms, self._room
        asked = room.compile(self._question).satisfied
        if self._unless is not None:
            asked = terms.and_((asked, terms.not_(room.compile(self._unless).satisfied)))
        build = allows_matching if self._decision is Decision.ALLOW else denies_matching
        return build(self._policies, asked, terms)

    def _confirm(self, example: Concrete) -> Answer:
        self._asked.confirm(example, Decision.ALLOW)
        if self._excused is not None:
            self._excused.confirm(example, Decision.DENY)
        return self._replay.confirm(example, self._decision)

    def _holds(self, candidate: Concrete) -> bool:
        try:
            answers = [self._replay.answer(candidate).decision, self._asked.answer(candidate).decision]
            answers += [self._excused.answer(candidate).decision] if self._excused else []
        except MalformedRequestError:
            return False
        return answers == [self._decision, Decision.ALLOW, *([Decision.DENY] if self._excused else [])]
