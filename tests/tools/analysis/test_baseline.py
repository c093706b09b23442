"""A baseline hides what was there, never what is mandatory, and only shrinks."""

from hypothesis import given
from hypothesis import strategies as st

from bylaw.analysis.baseline import Baseline, BaselineDocument, BaselineEntry, dump_baseline, entries_for, prune
from bylaw.analysis.runner import never_baselined
from bylaw.repository.documents.loading import load_with_places
from tools.analysis import casefile
from tools.analysis.casefile import Case

SOURCE = 'permit (principal, action == Action::"read", resource) when { context.url like "*x*" || context.url like "*x*" };\n'
RULE = "unanchored-pattern"

entries = st.builds(
    BaselineEntry,
    rule=st.from_regex("[a-z]{1,8}(-[a-z]{1,8})?", fullmatch=True),
    subject=st.text(max_size=20),
    fingerprint=st.text("0123456789abcdef", min_size=32, max_size=32) | st.text("0123456789", min_size=32, max_size=32),
    message=st.text(max_size=40),
)


def read(text: str) -> Baseline:
    document, places, problems = load_with_places(BaselineDocument, text, "bylaw-baseline.yaml")
    assert document is not None, problems
    return Baseline(document, places)


@given(st.lists(entries, max_size=8))
def test_what_is_written_is_read_back(written: list[BaselineEntry]) -> None:
    printable = [entry for entry in written if entry.subject.isprintable()]

    baseline = read(dump_baseline(printable))

    assert {entry.key for entry in baseline.entries} == {entry.key for entry in printable}


@given(st.lists(entries, max_size=8), st.randoms())
def test_the_text_does_not_depend_on_the_order_of_findings(written: list[BaselineEntry], random: object) -> None:
    unique = list({entry.key: entry for entry in written}.values())
    shuffled = sorted(unique, key=lambda _: random.random())  # type: ignore[attr-defined]

    assert dump_baseline(unique) == dump_baseline(shuffled)


def test_the_file_tells_editors_its_schema_and_an_empty_one_is_valid() -> None:
    text = dump_baseline(())

    assert text.startswith("# yaml-language-server: $schema=schemas/documents/baseline.schema.json\n")
    assert read(text).entries == ()


def test_findings_in_the_baseline_do_not_count() -> None:
    case = Case(name="old", source=SOURCE)
    before, _ = casefile.report(RULE, case)
    baseline = dump_baseline(entries_for(before.findings, frozenset()))

    after, _ = casefile.report(RULE, casefile.variant(case, baseline=baseline))

    assert len(before.active) == 2
    assert after.active == ()
    assert after.headline == "0 findings, 2 in baseline"


def test_reformatting_does_not_bring_findings_back() -> None:
    before, _ = casefile.report(RULE, Case(name="old", source=SOURCE))
    baseline = dump_baseline(entries_for(before.findings, frozenset()))
    moved = "// a comment\n\n" + SOURCE.replace("when", "\nwhen").replace(
        'context.url like "*x*"', '(context["url"] like "*x*")'
    )

    after, _ = casefile.report(RULE, Case(name="new", source=moved, baseline=baseline))

    assert after.active == ()
    assert after.stale == ()


def test_a_third_occurrence_is_new() -> None:
    before, _ = casefile.report(RULE, Case(name="old", source=SOURCE))
    baseline = dump_baseline(entries_for(before.findings, frozenset()))
    more = SOURCE.replace(" };", ' || context.url like "*x*" };')

    after, _ = casefile.report(RULE, Case(name="new", source=more, baseline=baseline))

    assert len(after.active) == 1
    assert len(after.baselined) == 2


def test_mandatory_and_meta_rules_are_never_written_nor_hidden() -> None:
    source = '// bylaw: allow hidden-character -- no\npermit (principal == Agent::"a\u200b", action, resource);\n'
    case = Case(name="hidden", source=source, beside=["unused-suppression"])
    report, _ = casefile.report("hidden-character", case)
    never = never_baselined(casefile.configs("hidden-character", case))
    forced = dump_baseline(entries_for(report.findings, frozenset()))

    after, _ = casefile.report("hidden-character", casefile.variant(case, baseline=forced))

    assert {"hidden-character", "unused-suppression"} <= never
    assert entries_for(report.findings, never) == ()
    assert {finding.rule for finding in after.active} >= {"hidden-character", "unused-suppression"}


def test_pruning_drops_what_nothing_matches() -> None:
    gone = BaselineEntry(rule=RULE, subject="desk/area/policy", fingerprint="0" * 32)
    report, _ = casefile.report(RULE, Case(name="gone", source=SOURCE, baseline=dump_baseline([gone])))

    assert report.stale == (gone.key,)
    assert prune([gone], report.stale) == ()


def test_suppressed_findings_need_no_entry() -> None:
    source = "// bylaw: allow unanchored-pattern -- meant\n" + SOURCE
    report, _ = casefile.report(RULE, Case(name="suppressed", source=source))

    assert entries_for(report.findings, frozenset()) == ()
