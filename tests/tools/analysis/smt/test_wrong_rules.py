"""One pair of policies for each rule that an encoder gets wrong easily: wrapped overflow, open enumerations, finite patterns, …

Where the sides differ, `compare` has run its examples on the engine; where they are equal, a wrong rule would show a difference.
"""

from functools import partial
from typing import NamedTuple

import pytest

from bylaw.analysis.smt.frame import CLOSED, OPEN, World
from bylaw.analysis.smt.port import DEFAULT_LIMITS, Limits
from bylaw.analysis.smt.room import Options
from bylaw.analysis.smt.solvers import make_solver
from bylaw.analysis.smt.subjects import Slices, Subject
from bylaw.analysis.smt.verdicts import EnvironmentVerdict, Job, compare
from bylaw.languages.cedar.canonical import canonical_text
from bylaw.languages.cedar.parser import parse_statements
from bylaw.languages.cedar.program import CedarPolicy, CedarProgram
from bylaw.languages.cedar.schema import Environment
from bylaw.languages.cedar.schema_reader import read_schema
from bylaw.languages.cedar.validate import validate_program
from bylaw.model.identifiers import AppId, EntityUid, PolicyId, PolicyRef
from bylaw.model.verdicts import Verdict

SCHEMA = """
entity Colour enum ["red", "green", "blue"];
entity Team in [Team] { open: Bool };
entity User in [Team] { level: Long, acting: Action, teams: Set<Team>, boss: User, card?: { n: Long, of?: User } } tags String;
entity Doc { owner: User };
action all;
action look in [all];
action read in [look] appliesTo { principal: [User, Team], resource: Doc, context: {
  x: Long, y: Long, p: Bool, q: String, r: String, k: String, o?: String, c: Colour, m: decimal, t: datetime, u: datetime,
  d: duration, i: ipaddr, j: ipaddr, a: Set<Long>, b: Set<Long>, e: Set<String>, w: Set<{ n: Long, z?: Set<Long> }>,
  f: { n: Long, z: Set<Long> },
  g: { n: Long, z: Set<Long> }, v: { n: Long, z?: Set<Long> }, h: Set<Set<Long>>, actions: Set<Action>,
} };
action other appliesTo { principal: User, resource: Doc, context: {} };
"""
WITHOUT_MANY = " ".join(f'unless {{ context.q like "*\\u{{{code:x}}}*" }}' for code in range(0x30, 0x7F))


class Pair(NamedTuple):
    """Conditions of two permits, or whole sets of policies, with the verdict on going from one to the other."""

    before: str
    after: str
    verdict: str
    world: World = CLOSED
    principal: str = "User"


PAIRS: dict[str, Pair] = {
    # errors
    "a sum that overflows is an error, it does not wrap": Pair(
        "context.x + 1 > context.x", "context.x < 9223372036854775807", "equal"
    ),
    "a difference overflows at the other end": Pair(
        "context.x - 1 < context.x", "context.x > -9223372036854775808", "equal"
    ),
    "zero minus the least number is an error": Pair(
        "0 - context.x != 7", "context.x != -9223372036854775808 && context.x != -7", "equal"
    ),
    "a product overflows both ways": Pair(
        "context.x * 4611686018427387904 != 1", "context.x >= -2 && context.x <= 1", "equal"
    ),
    "the least number has no negation": Pair(
        "-context.x > 0", "context.x < 0 && context.x != -9223372036854775808", "equal"
    ),
    "a forbid that errs drops out": Pair(
        "permit (principal, action, resource); forbid (principal, action, resource) when { context.x + context.y > 0 || true };",
        "permit (principal, action, resource); forbid (principal, action, resource);",
        "narrows",
    ),
    "what an operand hides is not evaluated": Pair(
        "context.p || context.x + 1 > 0", "context.x + 1 > 0 || context.p", "narrows"
    ),
    "an error after a false operand does not count": Pair(
        "context.p && context.x + 1 > 0", "context.x + 1 > 0 && context.p", "equal"
    ),
    "the branch that is not taken may err": Pair(
        "if context.p then true else context.x + 1 > 0", "context.p || context.x + 1 > 0", "equal"
    ),
    "the condition of a branch may not err": Pair(
        "if context.x + 1 > 0 then context.p else context.p", "context.p && context.x < 9223372036854775807", "equal"
    ),
    "an element of a set errs though another is asked for": Pair(
        "[context.x + 1, 2].contains(2)", "context.x < 9223372036854775807", "equal"
    ),
    "a field of a record errs though another is read": Pair(
        "{a: context.x + 1, b: 1}.b == 1", "context.x < 9223372036854775807", "equal"
    ),
    "an unless clause that errs does not apply": Pair(
        "permit (principal, action, resource) unless { context.x + 1 < 0 };",
        "permit (principal, action, resource) when { context.x >= -1 && context.x < 9223372036854775807 };",
        "equal",
    ),
    "clauses are asked in their order": Pair(
        "permit (principal, action, resource) when { context.p } when { context.x + 1 > 0 };",
        "permit (principal, action, resource) when { context.p && context.x >= 0 && context.x < 9223372036854775807 };",
        "equal",
    ),
    # numbers
    "numbers are signed": Pair("context.x < 0", "context.x <= -1", "equal"),
    "at most is not less": Pair("context.x <= context.y", "context.x < context.y", "narrows"),
    "an order is total": Pair("!(context.x < context.y)", "context.y <= context.x", "equal"),
    "decimals have four digits": Pair(
        'context.m.lessThan(decimal("0.0"))', 'context.m.lessThanOrEqual(decimal("-0.0001"))', "equal"
    ),
    "midnight before 1970 is earlier, not later": Pair(
        'context.t.toDate() == datetime("1969-12-31")',
        'context.t >= datetime("1969-12-31") && context.t < datetime("1970-01-01")',
        "equal",
    ),
    "the time of a day before 1970 counts from its midnight": Pair(
        'context.t.toTime() >= duration("0ms") && context.t.toTime() < duration("1d")', "true", "equal"
    ),
    "an offset may leave what there is": Pair(
        'context.t.offset(duration("1ms")) > context.t', "context.t.toTime() == context.t.toTime()", "widens"
    ),
    "a duration is cut toward zero": Pair(
        "context.d.toSeconds() == 0", 'context.d > duration("-1s") && context.d < duration("1s")', "equal"
    ),
    "the time between two moments may overflow": Pair(
        'context.t.durationSince(context.u) >= duration("0ms")', "context.t >= context.u", "widens"
    ),
    # addresses
    "a range of one family holds no address of the other": Pair(
        'context.i.isInRange(ip("0.0.0.0/0"))', "context.i.isIpv4()", "equal"
    ),
    "a wider range is in no narrower one": Pair(
        'context.i.isInRange(ip("10.0.0.0/8"))', 'context.i.isInRange(ip("10.0.0.0/9"))', "narrows"
    ),
    "loopback is 127/8 or ::1": Pair(
        "context.i.isLoopback()", 'context.i.isInRange(ip("127.0.0.0/8")) || context.i == ip("::1")', "equal"
    ),
    "multicast is 224/4 or ff00::/8": Pair(
        "context.i.isMulticast()",
        'context.i.isInRange(ip("224.0.0.0/4")) || context.i.isInRange(ip("ff00::/8"))',
        "equal",
    ),
    "an address of one version has no bits below": Pair(
        'context.i != context.j && context.i.isInRange(ip("10.0.0.1")) && context.j.isInRange(ip("10.0.0.1"))',
        "false",
        "equal",
    ),
    "an address of IPv4 is a number of 32 bits": Pair(
        "false",
        "context.i.isIpv4() && context.j.isIpv4() && context.i != context.j && context.i.isInRange(context.j)",
        "widens",
    ),
    "being in a range is transitive": Pair(
        'context.i.isInRange(context.j) && context.j.isInRange(ip("10.0.0.0/8"))',
        'context.i.isInRange(context.j) && context.j.isInRange(ip("10.0.0.0/8")) && context.i.isInRange(ip("10.0.0.0/8"))',
        "equal",
    ),
    "two addresses of one prefix may differ in their other bits": Pair(
        "context.i.isInRange(context.j) && context.j.isInRange(context.i)", "context.i == context.j", "narrows"
    ),
    # strings
    "a pattern may leave only one string": Pair(
        "false", 'context.q like "a*" && context.q like "*a" && !(context.q like "a*a") && context.r != "a"', "widens"
    ),
    "of one string there is no second": Pair(
        "false",
        'context.q like "a*" && context.q like "*a" && !(context.q like "a*a") && context.q != "a"',
        "equal",
    ),
    "there is a character besides those of the patterns": Pair(
        "false", f'permit (principal, action, resource) when {{ context.q != "" }} {WITHOUT_MANY};', "widens"
    ),
    "a star that is escaped is a star": Pair('context.q like "a*"', 'context.q like "a\\*"', "narrows"),
    "a pattern holds another": Pair('context.q like "ab*" && context.q like "a*"', 'context.q like "ab*"', "equal"),
    "two patterns can be met at once": Pair(
        'context.q like "a*" && context.q like "*b"', 'context.q like "a*b"', "equal"
    ),
    "equal strings match alike": Pair(
        'context.q == context.r && context.q like "a*" && !(context.r like "a*")', "false", "equal"
    ),
    # entities
    "an enumeration has no other member": Pair(
        'context.c != Colour::"red" && context.c != Colour::"green" && context.c != Colour::"blue"', "false", "equal"
    ),
    "an enumeration has its first member": Pair("false", 'context.c == Colour::"red"', "widens"),
    "and its last": Pair("false", 'context.c == Colour::"blue"', "widens"),
    "an action of an attribute is any that is declared": Pair("false", 'principal.acting in Action::"all"', "widens"),
    "an action in an attribute is in its groups only": Pair(
        'principal.acting in Action::"look"',
        'principal.acting == Action::"look" || principal.acting == Action::"read"',
        "equal",
    ),
    "the action of the request is in its groups": Pair('action in [Action::"all"]', "true", "equal"),
    "a set of actions may hold a group": Pair(
        "action in context.actions", "context.actions.contains(action)", "narrows"
    ),
    "membership is transitive": Pair(
        'principal in Team::"a" && Team::"a" in Team::"b" && !(principal in Team::"b")', "false", "equal"
    ),
    "over three teams as well": Pair(
        'principal in Team::"a" && Team::"a" in Team::"b" && Team::"b" in Team::"c" && !(principal in Team::"c")',
        "false",
        "equal",
    ),
    "membership has no cycle": Pair('Team::"a" in Team::"b" && Team::"b" in Team::"a"', "false", "equal"),
    "nor a longer one": Pair(
        'Team::"a" in Team::"b" && Team::"b" in Team::"c" && Team::"c" in Team::"a"', "false", "equal"
    ),
    "everything is in itself": Pair("principal in principal && resource in resource", "true", "equal"),
    "a user is in no user but itself": Pair("principal in resource.owner", "principal == resource.owner", "equal"),
    "a team may be in a team": Pair('principal in Team::"a"', 'principal == Team::"a"', "narrows", principal="Team"),
    "being in one of a set is being in an element": Pair(
        'principal.teams.contains(Team::"a") && principal in Team::"a"',
        'principal.teams.contains(Team::"a") && principal in Team::"a" && principal in principal.teams',
        "equal",
    ),
    "a team that holds one of a set need not be in it": Pair(
        "principal in principal.teams", 'principal.teams.contains(Team::"a") && principal in Team::"a"', "narrows"
    ),
    "nobody is in one of no teams": Pair("principal in principal.teams && principal.teams.isEmpty()", "false", "equal"),
    "being in an element is being in one of the set": Pair(
        'principal in Team::"a" && principal.teams.contains(Team::"a") && !(principal in principal.teams)',
        "false",
        "equal",
    ),
    "one of a single team is that team": Pair(
        'principal in principal.teams && principal.teams == [Team::"a"] && !(principal in Team::"a")', "false", "equal"
    ),
    "one may be in a team that a set holds": Pair("false", "principal in principal.teams", "widens"),
    "equal entities have equal attributes": Pair(
        "principal == resource.owner && principal.level != resource.owner.level", "false", "equal"
    ),
    "and equal bosses": Pair(
        "principal.boss == resource.owner && principal.boss.level > resource.owner.level", "false", "equal"
    ),
    # scopes
    "a scope may ask for type and group": Pair(
        'permit (principal is User in Team::"a", action == Action::"read", resource);',
        'principal in Team::"a"',
        "equal",
    ),
    "a scope of another type is met by nobody": Pair(
        'permit (principal is Team in Team::"a", action == Action::"read", resource);', "false", "equal"
    ),
    "a scope of actions is met by one of them": Pair(
        'permit (principal, action in [Action::"other", Action::"look"], resource);', "true", "equal"
    ),
    "an action is in no other action": Pair(
        'permit (principal, action in [Action::"other"], resource);', "false", "equal"
    ),
    "a scope names one principal": Pair(
        'permit (principal == User::"a", action, resource);', 'principal == User::"a"', "equal"
    ),
    "a scope names a group": Pair(
        'permit (principal in Team::"a", action, resource);', 'principal in Team::"a"', "equal"
    ),
    "a scope names one resource": Pair(
        'permit (principal, action, resource == Doc::"d");', 'resource == Doc::"d"', "equal"
    ),
    # attributes
    "an optional attribute may be absent": Pair("context has o", "true", "widens"),
    "what is absent has no value": Pair(
        'context has o && context.o == "a"', 'context has o && context.o like "a"', "equal"
    ),
    "a field of what is absent is absent": Pair("principal has card.of", "principal has card", "widens"),
    "a required field is there where its record is": Pair("principal has card.n", "principal has card", "equal"),
    # tags
    "a tag under a computed key is the tag": Pair(
        'context.k == "a" && principal.hasTag("a") && principal.getTag("a") == "v"',
        'context.k == "a" && principal.hasTag(context.k) && principal.getTag(context.k) == "v"',
        "equal",
    ),
    "a tag may be absent": Pair('principal.hasTag("a")', "true", "widens"),
    # sets
    "sets that hold each other are equal": Pair(
        "context.a.containsAll(context.b) && context.b.containsAll(context.a)", "context.a == context.b", "equal"
    ),
    "sets that differ differ in an element": Pair(
        "context.a.containsAll(context.b) && context.a != context.b", "context.a.containsAll(context.b)", "widens"
    ),
    "sets that meet meet in an element": Pair(
        "context.a.containsAny(context.b) && context.b.isEmpty()", "false", "equal"
    ),
    "sets may meet": Pair(
        "false", "context.a.containsAny(context.b) && context.a.contains(1) && context.b.contains(1)", "widens"
    ),
    "sets with an element in common meet": Pair(
        "context.a.contains(1) && context.b.contains(1) && !context.a.containsAny(context.b)", "false", "equal"
    ),
    "what a set of one element meets holds it": Pair(
        "context.a.containsAny(context.b) && context.a == [1] && !context.b.contains(1)", "false", "equal"
    ),
    "what a set is held by holds its elements": Pair(
        "context.a.containsAll(context.b) && context.b.contains(context.x) && !context.a.contains(context.x)",
        "false",
        "equal",
    ),
    "a set that is not held has an element outside": Pair(
        "!context.a.containsAll(context.b) && context.b == [1] && context.a.contains(1)", "false", "equal"
    ),
    "the empty set holds nothing": Pair("context.a.isEmpty() && context.a.contains(1)", "false", "equal"),
    "a set without elements is the empty one": Pair(
        "context.a.isEmpty() && context.b.isEmpty() && context.a != context.b", "false", "equal"
    ),
    "neither order nor number of elements counts": Pair("context.a == [1, 2]", "context.a == [2, 1, 1]", "equal"),
    "a set of two has no third": Pair(
        "context.a == [1, 2] && context.a.contains(context.x)",
        "context.a == [1, 2] && (context.x == 1 || context.x == 2)",
        "equal",
    ),
    "equal records have equal sets": Pair(
        "context.f == context.g && context.f.z.contains(1) && !context.g.z.contains(1)", "false", "equal"
    ),
    "records that differ may differ in a set alone": Pair(
        "context.f.n == context.g.n && context.f != context.g", "false", "narrows"
    ),
    "a set may stand inside of a set": Pair(
        "context.h.contains(context.a) && context.a == [1, 2]",
        "context.h.contains([2, 1]) && context.a == [1, 2]",
        "equal",
    ),
    "a set may hold one set and not another": Pair(
        "false", "context.h.contains(context.a) && !context.h.contains(context.b)", "widens"
    ),
    "of equal sets a set holds both or none": Pair(
        "context.h.contains(context.a) && !context.h.contains(context.b) && context.a == context.b", "false", "equal"
    ),
    "neither order nor number counts inside of a set": Pair(
        "context.h.contains([1, 2]) && !context.h.contains([2, 1, 1])", "false", "equal"
    ),
    "the only set in a set is that set": Pair(
        "context.h == [context.a] && context.h.contains(context.b) && context.b.contains(7) && !context.a.contains(7)",
        "false",
        "equal",
    ),
    "a set that is held may differ from the one asked for": Pair(
        "context.h == [context.a] && context.h.contains(context.b)", "context.h == [context.a]", "widens"
    ),
    "a record of a set may lack a field": Pair(
        "context.w.contains(context.v) && context.v has z", "context.w.contains(context.v)", "widens"
    ),
    # entities that are missing
    "with complete data every attribute is there": Pair("true", "principal has level", "equal"),
    "an entity that is missing has no attribute": Pair("true", "principal has level", "narrows", OPEN),
    "reading from a missing entity is an error": Pair(
        "permit (principal, action, resource); forbid (principal, action, resource) when { principal.level > 0 || true };",
        "permit (principal, action, resource); forbid (principal, action, resource);",
        "narrows",
        OPEN,
    ),
    "an entity that is missing is in nothing but itself": Pair(
        'principal in Team::"a" && !(principal has level)', "false", "equal", OPEN
    ),
    "nor has it tags": Pair('principal.hasTag("a") && !(principal has level)', "false", "equal", OPEN),
    "nobody is in anything through what is missing": Pair(
        'principal in Team::"a" && Team::"a" in Team::"b" && !(principal in Team::"b")', "false", "equal", OPEN
    ),
    "an ancestor may be missing itself": Pair(
        "false", 'principal in Team::"a" && !(Team::"a" has open)', "widens", OPEN
    ),
    "a member of an enumeration is never missing": Pair(
        'context.c in Colour::"red"', 'context.c == Colour::"red"', "equal", OPEN
    ),
}


def subjects_of(text: str, principal: str) -> list[Subject]:
    """The policies of one side: whole statements, or the condition of a permit."""
    if not text.startswith(("permit", "forbid")):
        text = f"permit (principal, action, resource) when {{ {text} }};"
    text = text.replace(
        "(principal, action, resource)", f'(principal is {principal}, action == Action::"read", resource)'
    )
    parsed = parse_statements(text, "pair")
    assert not parsed.diagnostics, parsed.diagnostics
    found = []
    for number, statement in enumerate(parsed.statements):
        ref = PolicyRef(AppId("pair"), PolicyId(f"p{number}"))
        found.append(Subject(ref, statement, CedarPolicy(ref, "pair", canonical_text(statement), statement)))
    return found


def verdict_on(pair: Pair, solver: str, limits: Limits = DEFAULT_LIMITS) -> EnvironmentVerdict:
    schema, problems = read_schema(SCHEMA, "schema")
    assert schema is not None, problems
    environment = Environment(pair.principal, EntityUid("Action", "read"), "Doc")
    before, after = (
        Slices(subjects_of(text, pair.principal), schema).of(environment) for text in (pair.before, pair.after)
    )
    options = Options(partial(make_solver, solver), limits=limits, world=pair.world)
    return compare(Job(environment, before, after, schema), options)


@pytest.mark.parametrize("name", PAIRS)
def test_an_encoder_gets_this_right(name: str) -> None:
    found = verdict_on(PAIRS[name], "z3")

    assert (found.verdict, found.reason) == (PAIRS[name].verdict, "")


@pytest.mark.parametrize("name", PAIRS)
def test_the_second_solver_says_the_same_of_what_it_settles(name: str) -> None:
    found = verdict_on(PAIRS[name], "cvc5", Limits(milliseconds=1_000))

    assert found.verdict in {PAIRS[name].verdict, Verdict.UNKNOWN}


def test_every_pair_is_of_valid_policies() -> None:
    schema, _ = read_schema(SCHEMA, "schema")
    broken = {}
    for name, pair in PAIRS.items():
        for text in (pair.before, pair.after):
            policies = tuple(subject.policy for subject in subjects_of(text, pair.principal))
            problems = validate_program(CedarProgram("pair", policies, (), schema, None, "[]", None))
            if problems:
                broken[name] = [problem.message for problem in problems]
    assert not broken
