"""What is analysed: the policies that decide, links of templates filled in, by the request environments they can apply in."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from bylaw.evaluation.cedar import decides
from bylaw.evaluation.units import Unit, link_unit, static_unit
from bylaw.languages.cedar import ast
from bylaw.languages.cedar.canonical import canonical_text
from bylaw.languages.cedar.program import CedarLink, CedarPolicy, CedarProgram
from bylaw.languages.cedar.rewrite import filled
from bylaw.languages.cedar.schema import Environment, Schema
from bylaw.languages.cedar.typer import environments_of
from bylaw.languages.cedar.walk import nodes
from bylaw.model.digests import Digest, digest_text
from bylaw.model.identifiers import EntityUid, PolicyId, PolicyRef
from bylaw.model.spans import Span


@dataclass(frozen=True)
class Subject:
    """One policy that decides, by itself or as a link."""

    ref: PolicyRef
    statement: ast.Statement
    policy: CedarPolicy
    """The file it comes from."""
    link: CedarLink | None = None

    @property
    def id(self) -> PolicyId:
        """The id within its app."""
        return self.ref.policy

    @property
    def unit(self) -> Unit:
        """What it adds to a set that the engine evaluates."""
        return static_unit(self.policy) if self.link is None else link_unit(self.link)

    @property
    def effect(self) -> str:
        """`permit` or `forbid`."""
        return self.statement.effect

    @property
    def span(self) -> Span:
        """Its effect word."""
        return self.policy.span(*self.statement.head)

    @cached_property
    def digest(self) -> Digest:
        """Of its canonical text without annotations: what it decides depends on nothing else."""
        return digest_text(canonical_text(self.statement._replace(annotations=())))

    @cached_property
    def entities(self) -> frozenset[EntityUid]:
        """The entities that its conditions name."""
        return frozenset(EntityUid(node.type, node.id) for node in self._literals)

    @cached_property
    def read(self) -> frozenset[EntityUid]:
        """Of these, the ones that it may read from, so that an error would follow if they were missing from a store."""
        compared = {id(leaf) for node in nodes(self.statement) for leaf in _only_compared(node)}
        return frozenset(EntityUid(node.type, node.id) for node in self._literals if id(node) not in compared)

    @cached_property
    def _literals(self) -> tuple[ast.Entity, ...]:
        return tuple(node for node in nodes(self.statement) if isinstance(node, ast.Entity))


def subjects(program: CedarProgram) -> tuple[Subject, ...]:
    """The policies of an app that decide, sorted by id. Those in mode `log_only` do not."""
    static = [Subject(p.ref, p.statement, p) for p in program.static if decides(p)]
    linked = [Subject(k.ref, filled(k), k.template, k) for k in program.links if decides(k.template)]
    return tuple(sorted((*static, *linked), key=lambda subject: subject.ref))


class Slices:
    """Subjects by the request environment they can apply in. The rest never matter there: a scope cannot error."""

    def __init__(self, everything: Iterable[Subject], schema: Schema) -> None:
        self._found: dict[Environment, list[Subject]] = {environment: [] for environment in schema.environments}
        for subject in everything:
            for environment in environments_of(subject.statement, schema):
                self._found[environment].append(subject)

    def of(self, environment: Environment) -> tuple[Subject, ...]:
        """The subjects that can apply in `environment`; none where the schema has no such environment."""
        return tuple(self._found.get(environment, ()))

    def __iter__(self) -> Iterator[Environment]:
        return iter(self._found)


def _only_compared(node: ast.Expression) -> Iterator[ast.Expression]:
    """The operands of `node` of which nothing but their identity is asked."""
    match node:
        case ast.Binary("==" | "!=", left, right):
            yield from (left, right)
        case ast.Binary("in", _, right) | ast.Is(_, _, ast.Entity() as right):
            yield right
            if isinstance(right, ast.Set):
                yield from right.elements
        case ast.Method(receiver, "contains" | "containsAll" | "containsAny", arguments):
            for operand in (receiver, *arguments):
                yield operand
                if isinstance(operand, ast.Set):
                    yield from operand.elements
