"""Expressions of every kind: what their terms are worth for one request is what the engine says of it."""

import json
from typing import Any, Final

import cedarpy
import pytest

from bylaw.analysis.smt.frame import CLOSED, OPEN, Frame, World
from bylaw.analysis.smt.policies import PolicyCompiler
from bylaw.analysis.smt.sorts import Sorts
from bylaw.analysis.smt.terms import Terms
from bylaw.evaluation.interface import Json, Request
from bylaw.languages.cedar.parser import parse_statements
from bylaw.languages.cedar.schema import Environment, Schema
from bylaw.languages.cedar.schema_reader import read_schema
from bylaw.model.identifiers import EntityUid, PolicyId
from tools.analysis.smt.documents import Store
from tools.analysis.smt.interpretation import Interpretation

SCHEMA: Final = """
namespace Vault { entity Room; }
type Point = { x: Long, y?: Long };
type Deep = { a?: { b?: { c: Long, p?: Person } }, ip?: ipaddr, more?: Set<Long> };
entity Colour enum ["red", "green", "blue"];
entity Team in [Team, Vault::Room];
entity Person in [Team] {
  level: Long, manager?: Person, boss: Person, teams: Set<Team>, colour: Colour, acting: Action, home?: Deep,
} tags String;
entity File in [Folder] { owner: Person, size: Long, points: Set<Point> } tags Set<Long>;
entity Folder in [Folder] { "a name": String };
entity Box tags Deep;
action all;
action readers in [all];
action pay in [all];
action read in [readers] appliesTo { principal: Person, resource: File, context: {
  n: Long, zero: Long, max: Long, min: Long, big: Long, s: String, empty: String, star: String, t?: String, u?: String, b: Bool,
  cost: decimal, debt: decimal, at: datetime, early: datetime, first: datetime, last: datetime, span: duration, back: duration,
  v4: ipaddr, net4: ipaddr, v6: ipaddr, net6: ipaddr, loop: ipaddr, cast: ipaddr, any4: ipaddr,
  nums: Set<Long>, few: Set<Long>, none: Set<Long>, words: Set<String>, points: Set<Point>, nested: Set<Set<Long>>,
  people: Set<Person>, teams: Set<Team>, hosts: Set<ipaddr>, acts: Set<Action>, colours: Set<Colour>, deeps: Set<Deep>,
  point: Point, flat: Point, deep: Deep, bare: Deep, box: Box, ghost: Person, colour: Colour, "odd \\" name": Long,
} };
"""


def _uid(type_: str, id_: str) -> dict[str, Json]:
    return {"__entity": {"type": type_, "id": id_}}


def _call(function: str, text: str) -> dict[str, Json]:
    return {"__extn": {"fn": function, "arg": text}}


def _moment(milliseconds: int) -> Json:
    epoch, by = _call("datetime", "1970-01-01"), _call("duration", f"{milliseconds}ms")
    return {"__extn": {"fn": "offset", "args": [epoch, by]}}


CONTEXT: Final[dict[str, Json]] = {
    "n": 3, "zero": 0, "max": 2**63 - 1, "min": -(2**63), "big": 2**32, "s": "abc", "empty": "", "star": "a*\nc", "t": "role",
    "b": True, "cost": _call("decimal", "12.5"), "debt": _call("decimal", "-0.0001"),
    "at": _call("datetime", "2024-02-29T13:14:15.016Z"), "early": _call("datetime", "1969-12-31T23:59:59.999Z"),
    "first": _moment(-(2**63)),
    "last": _moment(2**63 - 1), "span": _call("duration", "1d2h3m4s5ms"), "back": _call("duration", "-36h"),
    "v4": _call("ip", "10.1.2.3"), "net4": _call("ip", "10.1.0.0/16"), "v6": _call("ip", "2001:db8::1"),
    "net6": _call("ip", "2001:db8::/32"), "loop": _call("ip", "127.0.0.0/7"), "cast": _call("ip", "ff02::/16"),
    "any4": _call("ip", "0.0.0.0/0"),
    "nums": [1, 2, 3, 2], "few": [2, 3], "none": [], "words": ["abc", ""], "points": [{"x": 1}, {"x": 1, "y": 2}],
    "nested": [[1, 2], [], [3]], "people": [_uid("Person", "bob"), _uid("Person", "ghost")],
    "teams": [_uid("Team", "top"), _uid("Team", "other")], "hosts": [_call("ip", "10.1.2.3"), _call("ip", "::1")],
    "acts": [_uid("Action", "readers")], "colours": [_uid("Colour", "red"), _uid("Colour", "blue")],
    "deeps": [{}, {"a": {"b": {"c": 1}}, "ip": _call("ip", "::1")}, {"more": [1]}], "point": {"x": 1}, "flat": {"x": 1, "y": 2},
    "deep": {"a": {"b": {"c": 1, "p": _uid("Person", "ghost")}}, "ip": _call("ip", "::1"), "more": [1]}, "bare": {"a": {}},
    "box": _uid("Box", "b"), "ghost": _uid("Person", "ghost"), "colour": _uid("Colour", "green"), 'odd " name': 1,
}  # fmt: skip


def _entity(
    type_: str, id_: str, attributes: dict[str, Json], *parents: tuple[str, str], **tags: Json
) -> dict[str, Any]:
    above = [{"type": parent, "id": name} for parent, name in parents]
    return {"uid": {"type": type_, "id": id_}, "attrs": attributes, "parents": above, "tags": tags}


def _person(id_: str, boss: str, level: int, *parents: tuple[str, str], **tags: Json) -> dict[str, Any]:
    attributes: dict[str, Json] = {
        "level": level, "boss": _uid("Person", boss), "teams": [_uid("Team", "red"), _uid("Team", "top")],
        "colour": _uid("Colour", "red"), "acting": _uid("Action", "pay"),
    }  # fmt: skip
    return _entity("Person", id_, attributes, *parents, **tags)


ENTITIES: Final = json.dumps(
    [
        _person("ann", "bob", 7, ("Team", "red"), role="admin", empty=""),
        _person("bob", "ghost", 2, ("Team", "lost")),
        _entity("Team", "red", {}, ("Team", "top")),
        _entity("Team", "top", {}, ("Vault::Room", "r")),
        _entity("Vault::Room", "r", {}),
        _entity("File", "f", {"owner": _uid("Person", "ann"), "size": 10, "points": []}, ("Folder", "in"), nums=[1, 2]),
        _entity("Folder", "in", {"a name": "in"}, ("Folder", "out")),
        _entity("Folder", "out", {"a name": "out"}),
        _entity("Box", "b", {}, deep={"a": {"b": {"c": 4}}, "more": [1, 2]}, bare={}),
    ]
)
"""The person `ghost` and the team `lost` are referred to and missing."""
REQUEST: Final = Request(EntityUid("Person", "ann"), EntityUid("Action", "read"), EntityUid("File", "f"), CONTEXT)

COMPLETE: Final = """
# logic, left to right
true   context.b && context.n == 3
false  !context.b
false  !context.b && context.max + 1 == 0
true   context.b || context.max + 1 == 0
error  context.max + 1 == 0 || context.b
error  context.b && context.max + 1 == 0
error  !context.b || context.max + 1 == 0
true   if context.b then context.n == 3 else context.max + 1 == 0
error  if context.b then context.max + 1 == 0 else true
error  if context.max + 1 == 0 then true else true
true   (if context.b then context.n else context.max + 1) == 3
false  (if context.n == 3 then context.point else context.flat) == context.flat
true   (if context.n == 3 then context.v4 else context.v6).isIpv4()
true   (if context.b then principal else principal.boss) == Person::"ann"
true   (if context.b then context.nums else context.few).contains(1)
true   (if context.b then context.s else context.empty) like "a*"
# dead arms, in which the validator takes what has no type
false  principal is File && resource.level == 3
true   principal is Person || principal.nothing == 3
false  false && 1 + true == "x"
true   if action in Action::"readers" then context.b else resource.nothing
false  context has nothing && context.nothing == 1
false  principal has nothing.at.all
true   if principal == File::"f" then resource.level == 3 else context.b
false  principal in Box::"b" && context.s == 3
# numbers
true   context.n + 4 == 7
true   context.n - 4 == -1
true   context.n * -4 == -12
true   -context.n == -3
error  -context.min == context.min
true   -context.max == context.min + 1
error  context.max + 1 == context.min
error  context.min - 1 == context.max
error  context.min + context.min == 0
error  context.zero - context.min == 0
true   context.min - context.min == 0
error  context.min * -1 == context.min
error  context.big * context.big == 0
true   context.big * 2147483647 < context.max
error  context.big * context.big - context.big * context.big == 0
true   context.min < context.max && context.min <= context.min && !(context.max < context.min)
true   context.n > 2 && context.n >= 3 && !(context.n > 3) && !(context.n >= 4)
true   9223372036854775807 == context.max && -9223372036854775808 == context.min
error  9223372036854775807 + 1 == context.zero
false  context.n * 0 != 0
# numbers that are known beforehand, and those that change nothing
true   2 + 3 == 5 && 2 - 3 == -1 && 2 * 3 == 6 && -(3) == -3 && 2 < 3 && !(3 < 2) && 2 <= 2
error  -(-9223372036854775808) == context.n
error  4611686018427387904 * 2 == context.n
error  -9223372036854775808 - 1 == context.n
true   context.n + 0 == 3 && 0 + context.n == 3 && context.n - 0 == 3
true   0 - context.n == -3
true   context.n * 1 == 3 && 1 * context.n == 3 && context.n * 0 == 0 && 0 * context.n == 0
true   context.n + 2 == 2 + context.n && context.n * 2 == 2 * context.n && context.n - 2 == 1
true   (if context.b then 3 else 4) == context.n && (if context.n == 4 then 3 else 4) == 4
false  (if context.b then 3 else 4) == 5 || (if context.b then 3 else context.n) == 4
true   (if context.b then 3 else context.n) == 3 && 3 == (if !context.b then 4 else context.n)
true   (if !context.b then context.n == 4 else context.n == 3) && (if context.n == 3 then context.b else false)
false  if context.n == 3 then !context.b else context.b
true   duration("-90s").toMinutes() == -1 && duration("90s").toMinutes() == 1 && duration("0ms").toDays() == 0
true   duration("-1ms").toMilliseconds() == -1 && duration("-1s").toMilliseconds() == -1000
true   duration("1d") > context.back && datetime("2024-02-29") < context.at && decimal("1.5").lessThan(context.cost)
true   datetime("2024-02-29T13:14:15.016Z").toDate() == datetime("2024-02-29")
true   datetime("2024-02-29").offset(duration("-1ms")).toTime() == duration("23h59m59s999ms")
true   datetime("2024-02-29").durationSince(datetime("2024-03-01")) == duration("-1d")
# equality
true   context.s == "abc" && context.s != "abd"
false  context.empty != ""
false  context.point == context.flat
true   context.point != context.flat
true   context.deep == context.deep
false  context.deep == context.bare
true   context.cost != context.debt
true   {a: context.n, b: {c: context.s}} == {b: {c: "abc"}, a: 3}
error  {a: context.n, b: context.max + 1}.a == 3
error  {a: context.n, b: context.max + 1} has a
error  [context.n, context.max + 1].contains(3)
false  principal == resource.owner.boss
true   principal == resource.owner
false  principal == Person::"bob"
true   context["odd \\" name"] == 1
# has and attributes
true   context has t && context.t == "role"
false  context has u
true   context has s
false  principal has manager
true   context.deep has a.b.c && context.deep.a.b.c == 1
false  context.bare has a.b.c
true   context.bare has a && !(context.bare.a has b)
true   {a: context.deep} has a.a.b
false  principal has manager.level
true   principal.boss has level
# strings
true   context.s like "abc" && context.s like "*" && context.s like "a*c" && context.s like "*b*"
false  context.s like "ab"
false  context.s like ""
true   context.empty like ""
true   context.empty like "**"
false  context.s like "a*b"
true   context.star like "a\\**"
false  context.s like "a\\*c"
true   context.star like "a*c"
# entities and groups
true   principal in Team::"red" && principal in Team::"top"
true   principal in Vault::Room::"r"
false  principal in Team::"other"
true   principal in Person::"ann"
false  principal in Person::"bob"
true   principal in resource.owner
false  principal in principal.boss
true   principal in [Team::"other", Team::"top"]
false  principal in [Team::"other", Team::"none"]
true   principal in context.teams
true   principal in principal.teams
true   principal in [principal]
true   principal.boss in context.people
false  principal in context.people
error  principal in [Team::"top", if context.max + 1 == 0 then Team::"a" else Team::"b"]
true   resource in Folder::"out" && !(resource in Folder::"none")
true   principal is Person in Team::"top"
false  principal is Person in Team::"other"
false  resource is Person
true   resource.owner is Person
true   Team::"red" in Team::"top"
false  Team::"top" in Team::"red"
true   principal in (if context.b then Team::"top" else Team::"other")
# actions and enumerations
true   action == Action::"read" && action in Action::"readers" && action in Action::"all"
true   action in [Action::"pay", Action::"all"]
false  action in Action::"pay"
true   action in context.acts
true   principal.acting == Action::"pay" && principal.acting in Action::"all" && !(principal.acting in Action::"readers")
false  principal.acting in context.acts
true   context.acts.contains(Action::"readers")
true   context.colour == Colour::"green" && context.colour != principal.colour
true   context.colours.contains(Colour::"red") && !context.colours.contains(context.colour)
true   [Colour::"green", Colour::"red"].contains(principal.colour)
true   principal.colour in Colour::"red"
true   principal.colour in context.colours
# sets
true   context.nums == [3, 2, 1, 1]
true   context.nums.contains(3) && !context.nums.contains(4)
true   context.nums.containsAll(context.few) && !context.few.containsAll(context.nums)
true   context.nums.containsAny(context.few) && !context.none.containsAny(context.nums)
true   context.nums.containsAll(context.none)
true   context.none.isEmpty() && !context.few.isEmpty()
false  context.none.containsAny(context.none)
true   context.nums.containsAll([1, context.n]) && !context.nums.containsAll([4, 1])
true   [context.n, 2].containsAll(context.few) && ![context.n].containsAll(context.few)
true   context.few == [context.n, 2]
false  context.none == context.few
true   context.words.contains("") && context.words.contains(context.s)
true   context.points.contains(context.point) && context.points.contains(context.flat)
true   context.points.containsAll([context.point, context.flat])
true   context.points == [context.flat, context.point]
false  resource.points.containsAny(context.points)
true   context.nested.contains([2, 1]) && !context.nested.contains([1]) && context.nested.contains(context.none)
false  context.nested.contains(context.few)
true   context.nested.containsAll([context.none, [3]])
true   [context.nums, [3, 2]].contains(context.few)
true   context.hosts.contains(ip("10.1.2.3/32")) && context.hosts.contains(ip("0:0::1")) && !context.hosts.contains(ip("::1/127"))
false  context.deeps.contains(context.deep)
true   context.people.contains(principal.boss)
# sets that a condition chooses, and literals among them
true   (if context.b then context.nums else context.few) == context.nums
false  context.few == (if context.b then context.nums else context.few)
true   (if context.n == 3 then context.few else context.nums) == [2, 3]
true   context.nums.containsAny(if context.b then context.few else context.none)
false  (if context.b then context.none else context.few).containsAny(context.nums)
true   (if context.n == 3 then context.few else context.none).containsAny([3, 9])
true   [context.n, 9].containsAny(if context.n == 3 then context.few else context.none)
false  [9].containsAny(if context.n == 3 then context.few else context.none)
true   [context.n, 9].containsAny([3, 4]) && ![context.n, 9].containsAny([4, 5])
true   (if context.b then context.nums else context.none).containsAll(context.few)
false  context.few.containsAll(if context.n == 3 then context.nums else context.none)
true   context.nums.containsAll(if context.n == 4 then context.none else context.few)
false  (if context.n == 4 then context.nums else context.none).containsAll(context.few)
true   (if context.n == 3 then context.none else context.few).isEmpty()
false  (if context.n == 3 then context.few else context.none).isEmpty()
false  [context.n].isEmpty()
true   context.few.containsAny(context.few) && context.few.containsAll(context.few)
true   principal in (if context.n == 3 then [Team::"top"] else [Team::"other"])
false  principal in (if context.n == 4 then context.teams else [Team::"other"])
true   principal in (if context.n == 3 then context.teams else principal.teams)
true   principal in [Team::"other", if context.n == 3 then Team::"top" else Team::"other"]
# strings that a condition chooses, and literals
true   "abc" like "a*" && !("abc" like "b*")
true   (if context.n == 3 then context.s else context.empty) like "ab*"
false  (if context.n == 3 then context.empty else context.s) like "ab*"
true   (if context.n == 3 then "abc" else "xyz") like "*c"
# tags
true   principal.hasTag("role") && principal.getTag("role") == "admin"
true   context has t && principal.hasTag(context.t) && principal.getTag(context.t) like "adm*"
false  principal.hasTag("none") && principal.getTag("none") == ""
false  principal.boss.hasTag(context.s) || principal.hasTag(context.s)
true   principal.hasTag("empty") && principal.getTag("empty") == context.empty
true   resource.hasTag("nums") && resource.getTag("nums").contains(2)
true   context.box.hasTag("deep") && context.box.getTag("deep") has a.b && context.box.getTag("deep").a.b.c == 4
true   context.box.hasTag("deep") && context.box.getTag("deep") has more && context.box.getTag("deep").more == [1, 2]
false  context.box.hasTag("bare") && context.box.getTag("bare") has a
false  resource.hasTag("deep")
# decimals
true   context.cost == decimal("12.50") && context.debt.lessThan(decimal("0.0"))
true   context.cost.greaterThan(context.debt) && context.cost.greaterThanOrEqual(decimal("12.5"))
true   context.debt.lessThanOrEqual(decimal("-0.0001")) && !context.debt.lessThan(decimal("-0.0001"))
false  context.cost.lessThan(decimal("-922337203685477.5808")) || context.cost.greaterThan(decimal("922337203685477.5807"))
# addresses
true   context.v4.isInRange(context.net4) && !context.net4.isInRange(context.v4) && context.net4.isInRange(context.net4)
true   context.v6.isInRange(context.net6) && !context.v4.isInRange(context.net6)
true   context.v4.isInRange(context.any4) && !context.v6.isInRange(context.any4) && context.any4.isInRange(ip("1.2.3.4/0"))
true   context.v4.isInRange(ip("10.1.2.99/24")) && !context.v4.isInRange(ip("10.1.3.0/24"))
true   context.v4.isIpv4() && !context.v4.isIpv6() && context.v6.isIpv6() && !context.v6.isIpv4()
false  context.loop.isLoopback()
true   ip("127.0.0.1").isLoopback() && ip("::1").isLoopback() && !ip("::1/127").isLoopback() && ip("127.0.0.0/8").isLoopback()
true   context.cast.isMulticast() && ip("224.0.0.0/4").isMulticast()
true   !ip("224.0.0.0/3").isMulticast() && !ip("ff00::/7").isMulticast()
false  context.v4.isMulticast() || context.v6.isLoopback()
true   context.net4 == ip("10.1.0.0/16") && context.net4 != ip("10.1.0.0") && context.net4 != ip("10.1.0.1/16")
true   ip("::ffff:a01:203") != context.v4 && ip("::/0") != context.any4
# dates and durations
true   context.early < datetime("1970-01-01") && context.at > context.early
true   context.at.toDate() == datetime("2024-02-29") && context.at.toTime() == duration("13h14m15s16ms")
true   context.early.toDate() == datetime("1969-12-31") && context.early.toTime() == duration("23h59m59s999ms")
true   datetime("1969-12-31").toDate() == datetime("1969-12-31") && datetime("1969-12-31").toTime() == duration("0ms")
error  context.first.toDate() == context.first
true   context.first.toTime() == duration("16h47m4s192ms")
true   context.last.toDate() < context.last && context.last.toTime() == duration("7h12m55s807ms")
error  context.last.offset(duration("1ms")) == context.last
error  context.first.offset(duration("-1ms")) == context.first
error  context.last.durationSince(context.early) == context.span
true   context.at.offset(context.back) == datetime("2024-02-28T01:14:15.016Z")
true   context.at.durationSince(datetime("2024-02-28")) == duration("1d13h14m15s16ms")
true   context.first.durationSince(context.first) == duration("0s")
true   context.span.toDays() == 1 && context.span.toHours() == 26 && context.span.toMinutes() == 1563
true   context.span.toSeconds() == 93784 && context.span.toMilliseconds() == 93784005
true   context.back.toDays() == -1 && context.back.toHours() == -36 && duration("-1ms").toSeconds() == 0
true   context.back < context.span && context.back <= duration("-1d12h") && context.span >= duration("1d")
true   datetime("2024-02-29T14:14:15.016+0100") == context.at && datetime("0001-01-01") < datetime("0001-01-01T00:00:00-0001")
"""
"""What the request says is there; entities that are missing are only compared."""

MISSING: Final = """
error  context.ghost.level == 1
error  principal.boss.boss.level == 1
false  context.ghost has level
false  context.ghost has boss.level
false  principal has boss.boss.level
true   principal has boss.level
true   context.ghost in Person::"ghost"
false  context.ghost in Team::"top"
true   context.ghost in context.people
false  context.ghost in context.teams
false  context.ghost in [Team::"top", Team::"red"]
false  context.ghost.hasTag("role")
false  context.ghost.hasTag("role") && context.ghost.getTag("role") == "admin"
true   context.ghost == principal.boss.boss
true   principal.boss in Team::"lost"
false  Team::"lost" in Team::"top"
false  principal.boss in Team::"top"
error  Folder::"none"["a name"] == ""
false  Folder::"none" has "a name"
true   context.deep has a.b.p && !(context.deep.a.b.p has level)
false  context.ghost is Person in Team::"top"
"""
"""What is read of entities that the store lacks."""


def _rows(table: str) -> list[tuple[str, str]]:
    lines = (line.split(maxsplit=1) for line in table.strip().splitlines() if not line.startswith("#"))
    return [(expression, outcome) for outcome, expression in lines]


def _schema() -> Schema:
    schema, problems = read_schema(SCHEMA, "schema")
    assert schema is not None, problems
    return schema


@pytest.fixture(scope="module")
def schema() -> Schema:
    return _schema()


@pytest.fixture(scope="module")
def engine_schema(schema: Schema) -> cedarpy.Schema:
    return cedarpy.Schema.from_str(schema.text)


def _said_by_the_engine(policy: str, schema: cedarpy.Schema) -> str:
    validated = cedarpy.validate_policies(policy, schema)
    assert validated.validation_passed, [error.error for error in validated.errors]
    request = {
        "principal": REQUEST.principal._asdict(), "action": REQUEST.action._asdict(), "resource": REQUEST.resource._asdict(),
        "context": CONTEXT,
    }  # fmt: skip
    answer = cedarpy.is_authorized(request, policy, ENTITIES, schema)
    assert answer.decision is not cedarpy.Decision.NoDecision, answer.diagnostics.errors
    return "error" if answer.diagnostics.errors else "true" if answer.diagnostics.reasons else "false"


def _interpreted(policy: str, schema: Schema, world: World, *, odd: bool) -> str:
    environment = Environment(REQUEST.principal.type, REQUEST.action, REQUEST.resource.type)
    frame = Frame(Terms(), Sorts(schema), environment, world)
    parsed = parse_statements(policy, "policy")
    assert not parsed.diagnostics
    compiled = PolicyCompiler(frame).compile(PolicyId("p"), parsed.statements[0])
    reading = Interpretation(frame, REQUEST, Store(ENTITIES), odd=odd)
    if not reading.value(compiled.ok):
        return "error"
    return "true" if reading.value(compiled.value) else "false"


@pytest.mark.parametrize(("expression", "outcome"), _rows(COMPLETE) + _rows(MISSING))
def test_terms_with_entities_that_may_be_missing_say_what_the_engine_says(
    expression: str, outcome: str, schema: Schema, engine_schema: cedarpy.Schema
) -> None:
    policy = f"permit (principal, action, resource) when {{ {expression} }};"

    interpreted = [_interpreted(policy, schema, OPEN, odd=odd) for odd in (False, True)]

    assert (_said_by_the_engine(policy, engine_schema), *interpreted) == (outcome, outcome, outcome)


@pytest.mark.parametrize(("expression", "outcome"), _rows(COMPLETE))
def test_terms_with_complete_entities_say_what_the_engine_says(expression: str, outcome: str, schema: Schema) -> None:
    policy = f"permit (principal, action, resource) when {{ {expression} }};"

    interpreted = [_interpreted(policy, schema, CLOSED, odd=odd) for odd in (False, True)]

    assert interpreted == [outcome, outcome]
