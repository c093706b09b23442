"""What people are shown of proofs: the verdict first, requests that show it, and nothing hostile gets through."""

from collections.abc import Callable

from bylaw.analysis.smt.asking import Finding, Shown
from bylaw.analysis.smt.extraction import Concrete
from bylaw.analysis.smt.port import Satisfiability
from bylaw.analysis.smt.verdicts import EnvironmentVerdict, Example
from bylaw.diff.acceptance import Gate
from bylaw.diff.cedar_semantic import CedarVerdict, EnvironmentChange, Presence
from bylaw.diff.semantic import AppVerdict, SemanticDiff
from bylaw.evaluation.interface import EntityData, Request
from bylaw.evaluation.values import Reading
from bylaw.languages.cedar.schema import Environment
from bylaw.model.decisions import Answer, Decision, PolicyError
from bylaw.model.digests import digest_text
from bylaw.model.identifiers import AppId, EntityUid, PolicyId
from bylaw.model.verdicts import Verdict
from bylaw.reporting.asking import Replies, Reply, replies_text
from bylaw.reporting.sections import assemble
from bylaw.reporting.semantic import headline, open_text, semantic_sections, semantic_text
from bylaw.repository.documents.acceptances import AcceptancesDocument, AcceptedChange

Golden = Callable[[str, str], None]
HOSTILE = "\x1b[31m ::error::x \u202e `](http://x) <b>"
PAY, READ = (Environment("Agent", EntityUid("Action", name), "Tool") for name in ("pay", "read"))
CAP = PolicyId("limits/cap")


def example(principal: str = "a-1", cause: PolicyId = CAP, *, widens: bool = True) -> Example:
    uid, tool = EntityUid("Agent", principal), EntityUid("Tool", "till")
    request = Request(uid, PAY.action, tool, {"amount": 501})
    entities = (EntityData(uid, {"tier": 3}, {}, (EntityUid("Team", "ops"),)), EntityData(tool, {}, {}, ()))
    denied = Answer(Decision.DENY, (cause,), (PolicyError(PolicyId("guards/old"), "overflow"),))
    allowed = Answer(Decision.ALLOW, (PolicyId("access/pay"),))
    reads = (Reading("context.amount", "501"), Reading("context.ticket", None))
    answers = (denied, allowed) if widens else (allowed, denied)
    return Example(Concrete(request, entities), *answers, reads, cause)


def changes(*verdicts: EnvironmentVerdict, presence: Presence = Presence.KEPT, reason: str = "") -> SemanticDiff:
    found = tuple(EnvironmentChange(presence, verdict) for verdict in verdicts)
    about = (AppId("pay"), digest_text("a"), digest_text("b"), reason)
    return SemanticDiff((AppVerdict(*about) if reason else CedarVerdict(*about, changes=found),))


EQUAL = EnvironmentVerdict(READ, Verdict.EQUAL)
WIDENS = EnvironmentVerdict(PAY, Verdict.WIDENS, (example(),), widened_by=(CAP,))
NARROWS = EnvironmentVerdict(PAY, Verdict.NARROWS, (), (example(widens=False),), narrowed_by=(CAP,))
CHANGES = EnvironmentVerdict(PAY, Verdict.CHANGES, (example(),), (example(widens=False),), (CAP,), (CAP,))
UNKNOWN = EnvironmentVerdict(READ, Verdict.UNKNOWN, reason="canceled")


def replies(question: str = "permit (principal, action, resource);") -> Replies:
    shown = Shown(example().concrete, example().after, example().reads)
    findings = (
        Finding(PAY, Satisfiability.SAT, shown),
        Finding(READ, Satisfiability.UNSAT),
        Finding(READ, Satisfiability.UNKNOWN, reason="canceled"),
    )
    return Replies(question, (Reply(AppId("pay"), findings), Reply(AppId("other"), (), "the app has no schema")))


def test_each_verdict_reads_as_it_should(golden: Golden) -> None:
    cases = {
        "equal": changes(EQUAL),
        "widens": changes(WIDENS, EQUAL),
        "narrows": changes(NARROWS, EQUAL),
        "changes": changes(CHANGES),
        "unknown": changes(UNKNOWN, WIDENS),
        "added": changes(WIDENS, EQUAL, presence=Presence.ADDED),
        "not valid": changes(reason="before the change the app is not valid: policies/pay/a.cedar:1:1: no `;`"),
    }
    text = "\n".join(f"=== {name}\n{semantic_text(found).plain}" for name, found in cases.items())

    golden("meaning/verdicts.txt", text)


def test_the_page_leads_with_the_verdict(golden: Golden) -> None:
    page = assemble(semantic_sections(changes(WIDENS, EQUAL)))

    assert headline(changes(WIDENS, EQUAL)) in page.splitlines()[1]
    golden("meaning/page.md", page)


def test_what_fails_can_be_pasted_into_a_file_and_then_passes() -> None:
    found = changes(CHANGES)
    gate = Gate(["changes"], None)
    assert gate.fails(found)

    digests = {"before": digest_text("a"), "after": digest_text("b")}
    accepted = [
        AcceptedChange(app="pay", policy=CAP, change=change, reason="wanted by finance", **digests)
        for change in ("widens", "narrows")
    ]

    assert CAP in open_text(found, gate).plain
    assert not Gate(["changes"], AcceptancesDocument(version=1, accepted=tuple(accepted))).fails(found)
    assert Gate(["changes"], AcceptancesDocument(version=1, accepted=(accepted[0],))).fails(found)


def test_an_acceptance_holds_for_no_other_change() -> None:
    other = AcceptedChange(
        app="pay", policy=CAP, change="widens", reason="another change", before=digest_text("a"), after=digest_text("c")
    )

    assert Gate(["widens"], AcceptancesDocument(version=1, accepted=(other,))).fails(changes(WIDENS))


def test_what_was_not_settled_counts_as_widening_and_cannot_be_accepted() -> None:
    for level in ("widens", "changes", "unknown"):
        assert Gate([level], None).fails(changes(UNKNOWN))
    assert not Gate(["unknown"], None).fails(changes(WIDENS))
    assert not Gate(["widens"], None).fails(changes(NARROWS))


def test_an_answer_to_a_question(golden: Golden) -> None:
    golden("meaning/answer.txt", replies_text(replies()).plain)


def test_nothing_hostile_reaches_a_terminal() -> None:
    hostile = EnvironmentVerdict(
        PAY, Verdict.WIDENS, (example(HOSTILE, PolicyId(HOSTILE)),), widened_by=(PolicyId(HOSTILE),)
    )
    found = changes(hostile, reason="")

    for text in (semantic_text(found), open_text(found, Gate(["widens"], None)), replies_text(replies(HOSTILE))):
        assert not {"\x1b", "\u202e", "\r"} & set(text.plain)
    assert "\x1b" not in assemble(semantic_sections(found))
