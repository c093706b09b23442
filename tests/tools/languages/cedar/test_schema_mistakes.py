"""What is wrong with a schema is told where it is wrong."""

import re

import pytest

from bylaw.languages.cedar.schema_reader import read_schema
from tools.languages.cedar.marked import Marked, Said, compare, marked_cases
from tools.languages.cedar.schemas import PATH


@pytest.mark.parametrize("case", [case for case in marked_cases("schemas") if case.id != "an end too early"])
def test_a_refused_schema_is_told_where_it_is_wrong(case: Marked) -> None:
    schema, found = read_schema(case.plain, PATH)

    assert schema is None
    compare(found, case, PATH)


QUOTES, SYNTAX, SCHEMA, JSON = 'a string stands in `"`', "cedar-syntax", "bad-schema", "bad-json"
CORRECT, END = "correct the document", "end it with `;`"
DECLARATION = "expected `type`, `entity` or `action`, found"
ONE_ACTION = '{"": {"entityTypes": {"A": {}}, "actions": {"a": {"appliesTo": '
ALONE = {
    "an end inside a namespace": ("namespace N { entity A;«»", SYNTAX, f"{DECLARATION} the end of the file", None),
    "an end with comments behind it": ("entity A«» // {};\n\n", SYNTAX,
        "expected `;` after the declaration, found the end of the file", END),
    "an end inside a record": ("entity A {«»", SYNTAX,
        "expected the name of an attribute, found the end of the file", None),
    "a namespace in a namespace": ("namespace N { «namespace» M {} }", SYNTAX, f"{DECLARATION} `namespace`", None),
    "a namespace of nothing": ("namespace N«;»", SYNTAX, "expected `{` after the name of a namespace, found `;`", None),
    "a namespace without a name": ("namespace «{» }", SYNTAX, "expected the name of a namespace, found `{`", None),
    "a policy": ("«permit»(principal, action, resource);", SYNTAX, f"{DECLARATION} `permit`", None),
    "a bracket too many": ("entity A;\n«}»", SYNTAX, f"{DECLARATION} `}}`", None),
    "an annotation of nothing": ('@doc("x")«»', SYNTAX, f"{DECLARATION} the end of the file", None),
    "an annotation without quotes": ("@doc(«x») entity A;", SYNTAX,
        "expected the value of an annotation in quotes, found `x`", None),
    "an annotation without a name": ('@«(»"x") entity A;', SYNTAX,
        "expected the name of an annotation, found `(`", None),
    "an entity type in quotes": ('entity «"A"»;', SYNTAX, 'expected the name of an entity type, found `"A"`', None),
    "an action that is a number": ("action «1»;", SYNTAX, "expected the name of an action, found `1`", None),
    "a common type in quotes": ('type «"T"» = Long;', SYNTAX, 'expected the name of a type, found `"T"`', None),
    "a common type of nothing": ("type T = «;»", SYNTAX, "expected a type, found `;`", None),
    "an attribute without a colon": ("entity A { x «Long» };", SYNTAX,
        "expected `:` after the name of an attribute, found `Long`", None),
    "tags of nothing": ("entity A tags«;»", SYNTAX, "expected a type, found `;`", None),
    "attributes behind tags": ("entity A tags Long «{» x: Long };", SYNTAX,
        "expected `;` after the declaration, found `{`", END),
    "a set that does not end": ("entity A { x: Set<Long «}»;", SYNTAX,
        "expected `>` after the element type of a set, found `}`", None),
    "a set of nothing": ("entity A { x: Set<«>» };", SYNTAX, "expected a type, found `>`", None),
    "ids without quotes": ("entity A enum [«red»];", SYNTAX, "expected an id in quotes, found `red`", None),
    "groups behind what it applies to": ("action a appliesTo { principal: A, resource: A } «in» b;", SYNTAX,
        "expected `;` after the declaration, found `in`", END),
    "half a path": ("entity A in [N::«]»;", SYNTAX, "expected an entity type, found `]`", None),
    "a string that does not end": ('entity A { «"»x: Long };\n// é', SYNTAX, "this string does not end",
        'close it with `"`'),
    "single quotes": ("entity A enum [«'»a'];", "invalid-character", "`'` is not part of Cedar", QUOTES),
    "a comment of a shell": ("«#» agents\nentity A;", "invalid-character", "`#` is not part of Cedar",
        "a comment starts with `//`"),
    "a NUL": ("entity A«\0»;", "invalid-character", "`U+0000` is not part of Cedar", "remove it"),
    "a byte order mark": ("«\ufeff»entity A;", "invalid-character", "`U+FEFF` is not part of Cedar", "remove it"),
    "an escape of half a character": (r'action "«\u{d800}»";', "unknown-escape", r"`\u{d800}` is no escape", None),
    "a comment that a lone CR ends": ("entity A; // c\rentity «A»;", SCHEMA, "the entity type `A` is declared twice",
        "keep one of the two"),
    "a place behind tabs and wide characters": ('action "é😀\n",\t"日" in «nope»;', SCHEMA, "no action `nope`",
        "declare it, `action …;`"),
    "a near name on a later line": ("entity A { x: String, };\nentity B { y:\n\n«Sring» };", SCHEMA, "no type `Sring`",
        "did you mean `String`?"),
    "a built-in type that there is not": ("entity A { x: «__cedar::Lng» };", SCHEMA, "no type `__cedar::Lng`", None),
    "an entity type for actions": ("entity «Action»;", SCHEMA,
        "not a valid schema: entity type `Action` declared in `entityTypes` list", None),
    "a common type with the name of a form": ("type «Set» = Long;", SCHEMA,
        "not a valid schema: this uses a reserved schema keyword: `Set`", None),
    "a parent that is no entity type": ("entity A in [«Long»];", SCHEMA, "no entity type `Long`", None),
    "a parent that is a common type": ("type T = Long; entity A in [«T»];", SCHEMA, "no entity type `T`", None),
    "an attribute of an unknown name of its namespace": ("namespace N { entity A { x: «M::A» }; }", SCHEMA,
        "no type `M::A`", "did you mean `N::A`?"),
    "JSON that is a list": ("«[»]", SYNTAX, f"{DECLARATION} `[`", None),
    "JSON with something behind it": ('{"": {"entityTypes": {}, "actions": {}}}\n «{»}', JSON,
        "something follows the document", CORRECT),
    "JSON with a fraction": ('{"": {"x": «1.5»}}', JSON, "Cedar has whole numbers only", CORRECT),
    "JSON with a number of 65 bits": ('{"": «9223372036854775808»}', JSON, "this number does not fit 64 bits", CORRECT),
    "JSON with another word": ('{"": «nope»}', JSON, "expected a value", CORRECT),
    "JSON with a key of no quotes": ("{«x»: 1}", JSON, "expected a key in quotes, or `}`", CORRECT),
    "JSON with a string over two lines": ('{«"»a\nb": {}}', JSON,
        "this string does not end, or holds a control character", CORRECT),
    "JSON with half of a pair": (r'{"": {"actions": {«"\ud800"»: {}}}}', JSON,
        "half of a surrogate pair is no character", CORRECT),
    "JSON with a wrong extension": (
        '{"": {"commonTypes": {"T": {"type": "Extension", "name": «"ipadr"»}}, "entityTypes": {}, "actions": {}}}',
        SCHEMA, "no type `ipadr`", "did you mean `ipaddr`?"),
    "JSON with a near type": ('{"": {"commonTypes": {"é": {"type": «"Lng"»}}, "entityTypes": {}, "actions": {}}}',
        SCHEMA, "no type `Lng`", "did you mean `Long`?"),
    "JSON with a type in itself": ('{"": {"commonTypes": {«"T"»: {"type": "T"}}, "entityTypes": {}, "actions": {}}}',
        SCHEMA, "the type `T` contains itself", "a type cannot be recursive; refer to an entity instead"),
    "JSON with an unknown group": (
        '{"": {"entityTypes": {}, "actions": {"reader": {}, "a": {"memberOf": [«{"id": "readers"}»]}}}}',
        SCHEMA, "no action `readers`", "did you mean `reader`?"),
    "JSON with a context that is no record": (
        f'{ONE_ACTION}{{"principalTypes": ["A"], "resourceTypes": ["A"], "context": {{"type": «"Long"»}}}}}}}}}}}}',
        SCHEMA, "the context of `a` is no record", "write `context: {…}`, or name a type that is a record"),
    "JSON with a name that is none": ('{"": {"entityTypes": {«"A b"»: {}}, "actions": {}}}', SCHEMA,
        "not a valid schema: invalid id `A b`: unexpected token `b`", None),
}  # fmt: skip


@pytest.mark.parametrize(("text", "code", "message", "remedy"), ALONE.values(), ids=ALONE)
def test_one_mistake_is_told_where_it_is(text: str, code: str, message: str, remedy: str | None) -> None:
    case = Marked(name=message, schema_text=text, says=[Said(code=code, message=message, help=remedy)])
    schema, found = read_schema(case.plain, PATH)

    assert schema is None
    compare(found, case, PATH)


def test_every_name_that_is_not_declared_is_told_at_once() -> None:
    text = (
        "type T = Nope1;\nentity A in Nope2 { x: Set<{ y: Nope3 }> } tags Nope4;\n"
        "action a in nope5 appliesTo { principal: Nope6, resource: [A, Nope7], context: Nope8 };"
    )
    _, found = read_schema(text, PATH)

    places = [
        (match.start() - text.rfind("\n", 0, match.start()), match[0]) for match in re.finditer("(?i)nope.", text)
    ]
    assert [(d.span.start.column, d.message.split("`")[1]) for d in found if d.span] == places


def test_no_more_than_twenty_mistakes_of_a_kind_are_told() -> None:
    _, found = read_schema("".join(f"entity A{number} in B{number}; type T{number} = U;" for number in range(50)), PATH)

    assert [d.message for d in found].count("no type `U`") == 20
    assert len(found) == 40


LINES = {"LF": "\n", "CRLF": "\r\n", "CR": "\r"}


@pytest.mark.parametrize("end", LINES.values(), ids=LINES)
def test_lines_are_counted_whatever_ends_them(end: str) -> None:
    for text in ("entity A;\n\n  entity B in [C];", '{\n"":\n {,}}', "entity A;\n//\n;"):
        _, (found,) = read_schema(text.replace("\n", end), PATH)

        assert found.span is not None
        assert found.span.start.line == 3
