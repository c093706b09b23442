"""Expressions, by precedence. Ranges run from the first to the last token of an expression, parentheses around it not included."""

from typing import Never, cast

from bylaw.languages.cedar.ast import (
    Attribute,
    Binary,
    BinaryOperator,
    Boolean,
    Call,
    Entity,
    Expression,
    Has,
    If,
    Is,
    Like,
    Long,
    Method,
    Negate,
    Not,
    Record,
    Set,
    Slot,
    String,
    Variable,
    VariableName,
)
from bylaw.languages.cedar.cursor import Cursor
from bylaw.languages.cedar.escapes import EscapeError, unescape, unescape_pattern
from bylaw.languages.cedar.limits import MAX_DEPTH

RESERVED = frozenset(("true", "false", "if", "then", "else", "in", "is", "like", "has", "__cedar"))
VARIABLES = frozenset(("principal", "action", "resource", "context"))
FUNCTIONS = frozenset(("ip", "decimal", "datetime", "duration"))
ARITIES = {"contains": 1, "containsAll": 1, "containsAny": 1, "isEmpty": 0, "getTag": 1, "hasTag": 1}
"""Methods whose number of arguments the grammar fixes; the others are checked by the validator, as functions are."""
METHODS = frozenset(ARITIES).union(
    [
        "lessThan",
        "lessThanOrEqual",
        "greaterThan",
        "greaterThanOrEqual",
        "isIpv4",
        "isIpv6",
        "isLoopback",
        "isMulticast",
        "isInRange",
        "offset",
    ],
    ["durationSince", "toDate", "toTime", "toMilliseconds", "toSeconds", "toMinutes", "toHours", "toDays"],
)
_RELATIONS = frozenset(("==", "!=", "<", "<=", ">", ">=", "in"))
_MAX_SIGNS = 4
_MAX_LONG = 2**63 - 1


def is_identifier(text: str) -> bool:
    """Whether a token is an identifier or keyword."""
    return text.isidentifier() and text.isascii()


def expression(cursor: Cursor) -> Expression:
    """One expression of any precedence."""
    if cursor.text != "if":
        return _or(cursor)
    start = cursor.start
    cursor.nesting += 1
    if cursor.nesting > MAX_DEPTH:
        cursor.fail("deep-expression", f"`if` nests deeper than {MAX_DEPTH}", "split the policy")
    cursor.take()
    condition = expression(cursor)
    cursor.expect("then", "the condition of `if`")
    consequence = expression(cursor)
    cursor.expect("else", "the `then` part")
    alternative = expression(cursor)
    cursor.nesting -= 1
    return If(condition, consequence, alternative, start, cursor.end)


def _or(cursor: Cursor) -> Expression:
    start = cursor.start
    left = _and(cursor)
    while cursor.texts[cursor.at] == "||":
        cursor.at += 1
        right = _and(cursor)
        left = Binary("||", left, right, start, cursor.end)
    return left


def _and(cursor: Cursor) -> Expression:
    start = cursor.start
    left = _relation(cursor)
    while cursor.texts[cursor.at] == "&&":
        cursor.at += 1
        right = _relation(cursor)
        left = Binary("&&", left, right, start, cursor.end)
    return left


def _relation(cursor: Cursor) -> Expression:
    start = cursor.start
    left = _sum(cursor)
    operator = cursor.texts[cursor.at]
    if operator in _RELATIONS:
        cursor.at += 1
        right = _sum(cursor)
        found: Expression = Binary(cast("BinaryOperator", operator), left, right, start, cursor.end)
    elif operator == "has":
        cursor.at += 1
        path = _has_path(cursor)
        found = Has(left, path, start, cursor.end)
    elif operator == "like":
        cursor.at += 1
        pattern = _pattern(cursor)
        found = Like(left, pattern, start, cursor.end)
    elif operator == "is":
        cursor.at += 1
        type_ = type_path(cursor)
        ancestor = _sum(cursor) if cursor.accept("in") else None
        found = Is(left, type_, ancestor, start, cursor.end)
    else:
        if operator == "=":
            cursor.fail("cedar-syntax", "`=` compares nothing", "write `==`")
        return left
    if cursor.text in _RELATIONS or cursor.text in {"has", "like", "is"}:
        cursor.fail("cedar-syntax", f"{cursor.shown} cannot follow another comparison", "join the two with `&&`")
    return found


def _has_path(cursor: Cursor) -> tuple[str, ...]:
    if cursor.text.startswith('"'):
        return (string(cursor, "the attribute after `has`"),)
    path = [_attribute_name(cursor, "`has`")]
    while cursor.text == ".":
        cursor.take()
        path.append(_attribute_name(cursor, "`.`"))
    return tuple(path)


def _attribute_name(cursor: Cursor, after: str) -> str:
    text = cursor.text
    if not is_identifier(text):
        cursor.fail("cedar-syntax", f"expected the name of an attribute after {after}, found {cursor.shown}")
    if text in RESERVED:
        remedy = {
            "`.`": f'write `["{text}"]` without the dot',
            "`has`": f'write `has "{text}"`',
            "`{`": f'write `"{text}": …`',
        }[after]
        cursor.fail("reserved-word", f"`{text}` is a reserved word", remedy)
    return cursor.take()


def _pattern(cursor: Cursor) -> tuple[str | None, ...]:
    text, start = cursor.text, cursor.start
    if not _is_string(text):
        message = f"expected a pattern in quotes after `like`, found {cursor.shown}"
        cursor.fail("cedar-syntax", message, "a pattern is a literal; `*` in it matches anything")
    cursor.take()
    try:
        return unescape_pattern(text[1:-1])
    except EscapeError as error:
        _fail_escape(cursor, start, error)


def _sum(cursor: Cursor) -> Expression:
    start = cursor.start
    left = _product(cursor)
    while (operator := cursor.texts[cursor.at]) in {"+", "-"}:
        cursor.at += 1
        right = _product(cursor)
        left = Binary("+" if operator == "+" else "-", left, right, start, cursor.end)
    return left


def _product(cursor: Cursor) -> Expression:
    start = cursor.start
    left = _unary(cursor)
    while (operator := cursor.texts[cursor.at]) in {"*", "/", "%"}:
        if operator != "*":
            comment = operator == "/" and cursor.texts[cursor.at + 1] == "*"
            remedy = "a comment starts with `//`" if comment else "compare products instead of quotients"
            cursor.fail("cedar-syntax", f"Cedar has no `{operator}`", remedy)
        cursor.at += 1
        right = _unary(cursor)
        left = Binary("*", left, right, start, cursor.end)
    return left


def _unary(cursor: Cursor) -> Expression:
    text = cursor.texts[cursor.at]
    if text not in {"!", "-"}:
        return _member(cursor)
    starts = []
    while cursor.text == text:
        starts.append(cursor.start)
        cursor.take()
    if len(starts) > _MAX_SIGNS:
        cursor.fail_at(
            "cedar-syntax", f"more than {_MAX_SIGNS} `{text}` in a row", starts[0], cursor.end, "remove pairs of them"
        )
    if text == "!":
        operand = _member(cursor)
        for start in reversed(starts):
            operand = Not(operand, start, cursor.end)
        return operand
    return _negative(cursor, starts)


def _negative(cursor: Cursor, starts: list[int]) -> Expression:
    """The sign next to a bare number belongs to it; the others negate."""
    number_follows = cursor.text.isdigit() and cursor.texts[cursor.at + 1] not in {".", "["}
    if number_follows:
        operand: Expression = _long(cursor, starts.pop(), -1)
    else:
        operand = _member(cursor)
    for start in reversed(starts):
        operand = Negate(operand, start, cursor.end)
    return operand


def _long(cursor: Cursor, start: int, sign: int) -> Long:
    digits = cursor.take()
    value = sign * int(digits) if len(digits) < 100 else sign * 2**64  # int() is quadratic
    if not -_MAX_LONG - 1 <= value <= _MAX_LONG:
        remedy = f"numbers lie between {-_MAX_LONG - 1} and {_MAX_LONG}"
        cursor.fail_at("integer-out-of-range", "this number does not fit 64 bits", start, cursor.end, remedy)
    if cursor.texts[cursor.at] == "." and (fraction := cursor.texts[cursor.at + 1]).isdigit():
        cursor.at += 2
        remedy = f'write `decimal("{digits}.{fraction}")`' if len(digits) + len(fraction) <= 20 else "write a decimal"
        cursor.fail_at("cedar-syntax", "numbers have no fraction in Cedar", start, cursor.end, remedy)
    return Long(value, start, cursor.end)


def _member(cursor: Cursor) -> Expression:
    start = cursor.start
    node = _primary(cursor)
    while True:
        text = cursor.texts[cursor.at]
        if text == ".":
            cursor.at += 1
            name_start = cursor.start
            name = _attribute_name(cursor, "`.`")
            if cursor.texts[cursor.at] == "(":
                node = _method(cursor, node, name, (start, name_start))
            else:
                node = Attribute(node, name, start, cursor.end)
        elif text == "[":
            cursor.at += 1
            name = string(cursor, "the attribute in `[…]`")
            cursor.expect("]", "the attribute")
            node = Attribute(node, name, start, cursor.end)
        else:
            return node


def _method(cursor: Cursor, receiver: Expression, name: str, place: tuple[int, int]) -> Method:
    start, name_start = place
    if name not in METHODS:
        remedy = f"`{name}` is a function: write `{name}(…)`" if name in FUNCTIONS else _nearest(name, METHODS)
        cursor.fail_at("unknown-method", f"no method `{name}`", name_start, cursor.end, remedy)
    arguments = _arguments(cursor)
    arity = ARITIES.get(name)
    if arity is not None and len(arguments) != arity:
        message = f"`{name}` takes {arity} argument{'' if arity == 1 else 's'}, not {len(arguments)}"
        cursor.fail_at("wrong-arity", message, name_start, cursor.end, f"write `{name}({'x' * arity})`")
    return Method(receiver, name, arguments, start, cursor.end)


def _arguments(cursor: Cursor) -> tuple[Expression, ...]:
    return _list(cursor, ")", "the arguments")


def _list(cursor: Cursor, closing: str, what: str) -> tuple[Expression, ...]:
    cursor.take()
    found = []
    while cursor.text != closing:
        found.append(expression(cursor))
        if not cursor.accept(","):
            break
    cursor.expect(closing, what)
    return tuple(found)


def _primary(cursor: Cursor) -> Expression:
    text, start = cursor.texts[cursor.at], cursor.starts[cursor.at]
    if text in VARIABLES and cursor.texts[cursor.at + 1] != "::":
        cursor.at += 1
        return Variable(cast("VariableName", text), start, start + len(text))
    if text == "(":
        cursor.take()
        inner = expression(cursor)
        cursor.expect(")", "the expression")
        return inner
    if text == "[":
        elements = _list(cursor, "]", "the elements of the set")
        return Set(elements, start, cursor.end)
    if text == "{":
        return _record(cursor)
    if text in {"true", "false"}:
        cursor.take()
        return Boolean(text == "true", start, cursor.end)
    if text.isdigit() and text.isascii():
        return _long(cursor, start, 1)
    if _is_string(text):
        return String(string(cursor, "a value"), start, cursor.end)
    if text.startswith("?") and len(text) > 1:
        return _slot(cursor)
    return _named(cursor)


def _slot(cursor: Cursor) -> Slot:
    text, start = cursor.text, cursor.start
    cursor.fail_at(
        "cedar-syntax",
        f"the slot `{text}` stands outside the scope",
        start,
        start + len(text),
        "use it in the scope only",
    )


def _record(cursor: Cursor) -> Record:
    start = cursor.start
    cursor.take()
    fields: list[tuple[str, Expression]] = []
    while cursor.text != "}":
        key_start = cursor.start
        key = string(cursor, "a key") if cursor.text.startswith('"') else _record_key(cursor)
        if any(key == other for other, _ in fields):
            cursor.fail_at(
                "duplicate-record-key", f"the key `{key}` occurs twice", key_start, cursor.end, "keep one of the two"
            )
        cursor.expect(":", "the key")
        fields.append((key, expression(cursor)))
        if not cursor.accept(","):
            break
    cursor.expect("}", "the fields of the record")
    return Record(tuple(fields), start, cursor.end)


def _record_key(cursor: Cursor) -> str:
    if not is_identifier(cursor.text):
        cursor.fail("cedar-syntax", f"expected a key, found {cursor.shown}")
    return _attribute_name(cursor, "`{`")


def _named(cursor: Cursor) -> Expression:
    """An entity literal or a function call: whatever starts with a name that is no variable."""
    start = cursor.start
    if not is_identifier(cursor.text):
        remedy = "put the inner one in parentheses" if cursor.text in {"!", "-"} else None
        cursor.fail("cedar-syntax", f"expected an expression, found {cursor.shown}", remedy)
    if cursor.texts[cursor.at + 1] == "::":
        return entity(cursor)
    if cursor.text in RESERVED:
        remedy = "put it in parentheses: `(if … then … else …)`" if cursor.text == "if" else None
        cursor.fail("cedar-syntax", f"expected an expression, found {cursor.shown}", remedy)
    name = cursor.take()
    if cursor.text != "(":
        _fail_unknown(cursor, name, start)
    if name == "unknown":
        message = "`unknown(…)` always errors when it is evaluated, so a forbid with it never applies"
        cursor.fail_at("unknown-call", message, start, cursor.end, "remove it")
    if name not in FUNCTIONS:
        remedy = f"`{name}` is a method: write `x.{name}(…)`" if name in METHODS else _nearest(name, FUNCTIONS)
        cursor.fail_at("unknown-function", f"no function `{name}`", start, cursor.end, remedy)
    arguments = _arguments(cursor)
    return Call(name, arguments, start, cursor.end)


def _fail_unknown(cursor: Cursor, name: str, start: int) -> Never:
    remedy: str | None = "variables are `principal`, `action`, `resource` and `context`; strings stand in quotes"
    if name[:1].isupper():
        remedy = f'an entity is written `{name[:40]}::"id"`'
    elif name == "not":
        remedy = "write `!`"
    else:
        remedy = _near(name, VARIABLES) or remedy
    cursor.fail_at("unknown-variable", f"`{name}` means nothing here", start, cursor.end, remedy)


def _nearest(name: str, known: frozenset[str]) -> str:
    return _near(name, known) or f"there are: {', '.join(sorted(known))}"


def _near(name: str, known: frozenset[str]) -> str | None:
    from difflib import get_close_matches  # noqa: PLC0415 - start-up time; only on the way to a diagnostic

    near = get_close_matches(name[:100], sorted(known), n=1)
    return f"did you mean `{near[0]}`?" if near else None


def type_path(cursor: Cursor) -> str:
    """A type, `Namespace::Name`."""
    parts = [_type_name(cursor, "write it without quotes")]
    while cursor.text == "::":
        cursor.take()
        parts.append(_type_name(cursor, "write the type alone, without an id"))
    return "::".join(parts)


def _type_name(cursor: Cursor, remedy_for_string: str | None = None) -> str:
    if not is_identifier(cursor.text):
        remedy = remedy_for_string if _is_string(cursor.text) else None
        cursor.fail("cedar-syntax", f"expected the name of an entity type, found {cursor.shown}", remedy)
    if cursor.text in RESERVED:
        cursor.fail("reserved-word", f"`{cursor.text}` is a reserved word", "entity types cannot be called so")
    return cursor.take()


def entity(cursor: Cursor) -> Entity:
    """An entity literal, `Namespace::Type::"id"`."""
    start = cursor.start
    parts = [_type_name(cursor, 'write `Type::"id"`')]
    while True:
        if cursor.text != "::":
            cursor.fail(
                "cedar-syntax", f'expected `::"id"` after the entity type, found {cursor.shown}', 'write `Type::"id"`'
            )
        cursor.take()
        if cursor.text.startswith('"'):
            break
        parts.append(_type_name(cursor))
    identifier = string(cursor, "an id")
    return Entity("::".join(parts), identifier, start, cursor.end)


def _is_string(text: str) -> bool:
    return len(text) > 1 and text[0] == '"'


def string(cursor: Cursor, what: str) -> str:
    """A string literal, escapes resolved."""
    text, start = cursor.text, cursor.start
    if not _is_string(text):
        remedy = f'write `"{text[:40]}"`' if is_identifier(text) else None
        cursor.fail("cedar-syntax", f"expected {what} in quotes, found {cursor.shown}", remedy)
    cursor.take()
    try:
        return unescape(text[1:-1])
    except EscapeError as error:
        _fail_escape(cursor, start, error)


def _fail_escape(cursor: Cursor, start: int, error: EscapeError) -> Never:
    at = start + 1 + error.offset
    remedy = r"escapes are \n \r \t \\ \0 \' \" \xHH \u{HHHH}, and \* in patterns"
    cursor.fail_at("unknown-escape", f"`{error.escape}` is no escape", at, at + len(error.escape), remedy)
