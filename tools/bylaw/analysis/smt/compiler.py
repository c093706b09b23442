"""Cedar expressions to terms: what an expression is worth, and whether it errors.

Every expression becomes a pair of a value and `ok`, the condition under which no error occurs; where `ok` is false the value means
nothing, and nothing may read it. Operands are compiled in the order of evaluation, and none behind a constant that keeps it from
being evaluated: the validator accepts ill-typed code there (Cedar specification, "Type checking").
"""

from collections.abc import Callable
from typing import NamedTuple

from bylaw.analysis.smt.arithmetic import Operator
from bylaw.analysis.smt.frame import Frame, NotAnalysableError, is_action
from bylaw.analysis.smt.likeness import like
from bylaw.analysis.smt.methods import Methods
from bylaw.analysis.smt.sorts import LONG, STRING, Kind
from bylaw.analysis.smt.terms import Term
from bylaw.analysis.smt.values import Built, Field, Record, Value, type_of
from bylaw.languages.cedar import ast
from bylaw.model.identifiers import EntityUid

_SET_METHODS = frozenset({"contains", "containsAll", "containsAny", "isEmpty"})
_OPERATORS: dict[str, Operator] = {"+": "add", "-": "sub", "*": "mul"}


class Outcome(NamedTuple):
    """What an expression is worth, and when it is worth anything."""

    value: Value
    ok: Term


class Compiler:
    """Compiles the expressions of policies in one frame."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._terms = frame.terms
        self._methods = Methods(frame.terms, frame.arithmetic)
        self._rules: dict[type, Callable[..., Outcome]] = {
            ast.Variable: self._variable,
            ast.Slot: self._slot,
            ast.Boolean: self._boolean,
            ast.Long: self._long,
            ast.String: self._string,
            ast.Entity: self._entity,
            ast.Not: self._not,
            ast.Negate: self._negate,
            ast.Binary: self._binary,
            ast.Attribute: self._attribute,
            ast.Has: self._has,
            ast.Like: self._like,
            ast.Is: self._is,
            ast.If: self._if,
            ast.Set: self._set,
            ast.Record: self._record,
            ast.Call: self._call,
            ast.Method: self._method,
        }

    def expression(self, node: ast.Expression) -> Outcome:
        """The terms of `node`, which has passed strict validation.

        Raises:
            NotAnalysableError: it has none.
        """
        return self._rules[type(node)](node)

    def condition(self, node: ast.Expression) -> tuple[Term, Term]:
        """The terms of a boolean expression: its truth, and whether it is free of errors."""
        value, ok = self.expression(node)
        return _scalar(value), ok

    def _known(self, value: Value) -> Outcome:
        return Outcome(value, self._terms.true)

    def _variable(self, node: ast.Variable) -> Outcome:
        return self._known(getattr(self._frame, node.name))

    def _slot(self, node: ast.Slot) -> Outcome:
        message = f"the slot `?{node.name}` stands in a condition"
        raise NotAnalysableError(message)

    def _boolean(self, node: ast.Boolean) -> Outcome:
        return self._known(self._terms.boolean(node.value))

    def _long(self, node: ast.Long) -> Outcome:
        return self._known(self._terms.constant(node.value, LONG))

    def _string(self, node: ast.String) -> Outcome:
        return self._known(self._terms.constant(node.value, STRING))

    def _entity(self, node: ast.Entity) -> Outcome:
        return self._known(self._frame.literal(EntityUid(node.type, node.id)))

    def _not(self, node: ast.Not) -> Outcome:
        value, ok = self.condition(node.operand)
        return Outcome(self._terms.not_(value), ok)

    def _negate(self, node: ast.Negate) -> Outcome:
        value, ok = self.condition(node.operand)
        result, fits = self._frame.arithmetic.negate(value)
        return Outcome(result, self._terms.and_((ok, fits)))

    def _binary(self, node: ast.Binary) -> Outcome:
        match node.operator:
            case "&&":
                return self._and(node)
            case "||":
                return self._or(node)
            case "in":
                return self._in(node.left, node.right)
        left, right = self.expression(node.left), self.expression(node.right)
        ok = self._terms.and_((left.ok, right.ok))
        match node.operator:
            case "==":
                return Outcome(self._frame.sets.equal(left.value, right.value), ok)
            case "!=":
                return Outcome(self._terms.not_(self._frame.sets.equal(left.value, right.value)), ok)
            case "<" | "<=" | ">" | ">=":
                return Outcome(self._compare(node.operator, _scalar(left.value), _scalar(right.value)), ok)
            case "+" | "-" | "*":
                operator = _OPERATORS[node.operator]
                result = self._frame.arithmetic.operate(operator, _scalar(left.value), _scalar(right.value))
                return Outcome(result.value, self._terms.and_((ok, result.fits)))

    def _compare(self, operator: str, left: Term, right: Term) -> Term:
        if operator in {">", ">="}:
            left, right = right, left
        arithmetic = self._frame.arithmetic
        return arithmetic.less(left, right) if operator in {"<", ">"} else arithmetic.at_most(left, right)

    def _and(self, node: ast.Binary) -> Outcome:
        left, ok = self.condition(node.left)
        if left is self._terms.false:
            return Outcome(left, ok)
        right, right_ok = self.condition(node.right)
        return Outcome(self._terms.and_((left, right)), self._terms.and_((ok, self._terms.implies(left, right_ok))))

    def _or(self, node: ast.Binary) -> Outcome:
        left, ok = self.condition(node.left)
        if left is self._terms.true:
            return Outcome(left, ok)
        right, right_ok = self.condition(node.right)
        return Outcome(self._terms.or_((left, right)), self._terms.and_((ok, self._terms.or_((left, right_ok)))))

    def _if(self, node: ast.If) -> Outcome:
        condition, ok = self.condition(node.condition)
        if condition.op == "const":
            value, branch_ok = self.expression(node.consequence if condition.data else node.alternative)
            return Outcome(value, self._terms.and_((ok, branch_ok)))
        then, otherwise = self.expression(node.consequence), self.expression(node.alternative)
        return Outcome(
            self._frame.values.ite(condition, then.value, otherwise.value),
            self._terms.and_((ok, self._terms.ite(condition, then.ok, otherwise.ok))),
        )

    def _in(self, node: ast.Expression, right: ast.Expression) -> Outcome:
        value, ok = self.expression(node)
        entity = _scalar(value)
        if isinstance(right, ast.Set):
            targets = [self.expression(element) for element in right.elements]
            found = self._terms.or_(self._frame.is_in(entity, _scalar(target.value)) for target in targets)
            return Outcome(found, self._terms.and_((ok, *(target.ok for target in targets))))
        target_value, target_ok = self.expression(right)
        target = _scalar(target_value)
        if target.sort.name.startswith("Set<"):
            return Outcome(self._in_set(entity, target), self._terms.and_((ok, target_ok)))
        return Outcome(self._frame.is_in(entity, target), self._terms.and_((ok, target_ok)))

    def _in_set(self, entity: Term, set_: Term) -> Term:
        upper = set_.sort.name.removeprefix("Set<entity ").removesuffix(">")
        lower = self._frame.symbols.type_name(entity)
        if is_action(lower) and entity.sort.kind is Kind.CHOICE:
            return self._action_in_set(entity, set_, upper)
        same = self._frame.sets.contains(set_, (entity,)) if lower == upper else self._terms.false
        if upper not in self._frame.schema.ancestor_types(lower):
            return same
        reached = self._frame.sets.reached(entity, set_)
        return self._terms.or_((same, self._terms.and_((self._frame.exists(entity), reached))))

    def _action_in_set(self, action: Term, set_: Term, upper: str) -> Term:
        groups = (self._frame.literal(EntityUid(upper, id_)) for id_ in self._frame.sorts.members(upper) or ())
        return self._terms.or_(
            self._terms.and_((self._frame.is_in(action, group), self._frame.sets.contains(set_, (group,))))
            for group in groups
        )

    def _field(self, base: Value, name: str) -> tuple[Field | None, Term]:
        """The field of a record, or attribute of an entity, and whether what it would be read from is there."""
        if isinstance(base, Record):
            return base.field(name), self._terms.true
        entity = _scalar(base)
        attributes = self._frame.symbols.attributes(entity)
        return (None if attributes is None else attributes.field(name)), self._frame.exists(entity)

    def _attribute(self, node: ast.Attribute) -> Outcome:
        base = self.expression(node.base)
        field, there = self._field(base.value, node.name)
        if field is None:
            message = f"`{node.name}` is read where no type declares it"
            raise NotAnalysableError(message)
        return Outcome(field.value, self._terms.and_((base.ok, there, field.present)))

    def _has(self, node: ast.Has) -> Outcome:
        base, ok = self.expression(node.base)
        truth = self._terms.true
        for name in node.path:
            field, there = self._field(base, name)
            here = self._terms.false if field is None else self._terms.and_((there, field.present))
            truth = self._terms.and_((truth, here))
            if field is None or truth is self._terms.false:
                break
            base = field.value
        return Outcome(truth, ok)

    def _like(self, node: ast.Like) -> Outcome:
        value, ok = self.expression(node.base)
        return Outcome(like(self._terms, _scalar(value), node.pattern), ok)

    def _is(self, node: ast.Is) -> Outcome:
        value, ok = self.expression(node.base)
        if self._frame.symbols.type_name(_scalar(value)) != node.type:
            return Outcome(self._terms.false, ok)
        if node.ancestor is None:
            return Outcome(self._terms.true, ok)
        return self._in(node.base, node.ancestor)

    def _set(self, node: ast.Set) -> Outcome:
        if not node.elements:
            message = "an empty set literal has no type"
            raise NotAnalysableError(message)
        outcomes = [self.expression(element) for element in node.elements]
        type_ = type_of(outcomes[0].value, self._frame.sorts)
        members = [tuple(self._frame.values.leaves(outcome.value, type_)) for outcome in outcomes]
        literal = self._frame.sets.literal(members, self._frame.sorts.set(type_))
        return Outcome(literal, self._terms.and_(outcome.ok for outcome in outcomes))

    def _record(self, node: ast.Record) -> Outcome:
        outcomes = {name: self.expression(value) for name, value in node.fields}
        record = Built(self._terms, self._frame.sorts, {name: found.value for name, found in outcomes.items()})
        return Outcome(record, self._terms.and_(outcome.ok for outcome in outcomes.values()))

    def _call(self, node: ast.Call) -> Outcome:
        match node.arguments:
            case (ast.String(text),):
                value = self._methods.literal(node.function, text)
                if value is not None:
                    return self._known(value)
        message = f"`{node.function}` has no value that is known beforehand"
        raise NotAnalysableError(message)

    def _method(self, node: ast.Method) -> Outcome:
        receiver = self.expression(node.receiver)
        arguments = [self.expression(argument) for argument in node.arguments]
        ok = self._terms.and_((receiver.ok, *(argument.ok for argument in arguments)))
        values = [argument.value for argument in arguments]
        if node.name in {"hasTag", "getTag"}:
            value, fits = self._tag(node.name, _scalar(receiver.value), _scalar(values[0]))
        elif node.name in _SET_METHODS:
            value, fits = self._of_set(node.name, _scalar(receiver.value), values), self._terms.true
        else:
            value, fits = self._methods.call(node.name, receiver.value, values)
        return Outcome(value, self._terms.and_((ok, fits)))

    def _tag(self, name: str, entity: Term, key: Term) -> tuple[Value, Term]:
        field = self._frame.symbols.tag(entity, key)
        if field is None:
            if name == "hasTag":
                return self._terms.false, self._terms.true
            message = f"`{self._frame.symbols.type_name(entity)}` has no tags"
            raise NotAnalysableError(message)
        there = self._terms.and_((self._frame.exists(entity), field.present))
        return (there, self._terms.true) if name == "hasTag" else (field.value, there)

    def _of_set(self, name: str, set_: Term, arguments: list[Value]) -> Term:
        sets = self._frame.sets
        match name:
            case "isEmpty":
                return sets.is_empty(set_)
            case "contains":
                return self._contains(set_, arguments[0])
            case "containsAll":
                return sets.contains_all(set_, _scalar(arguments[0]))
            case _:
                return sets.contains_any(set_, _scalar(arguments[0]))

    def _contains(self, set_: Term, element: Value) -> Term:
        type_ = type_of(element, self._frame.sorts)
        if self._frame.sorts.set(type_) != set_.sort:
            return self._terms.false
        return self._frame.sets.contains(set_, tuple(self._frame.values.leaves(element, type_)))


def _scalar(value: Value) -> Term:
    if isinstance(value, Term):
        return value
    message = "a record or address where one value was expected"
    raise NotAnalysableError(message)
