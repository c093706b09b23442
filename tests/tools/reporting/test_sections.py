"""Pages that fit into a limit."""

from hypothesis import given
from hypothesis import strategies as st

from bylaw.reporting.sections import Priority, Section, assemble, utf8_bytes

VERDICT = Section(Priority.VERDICT, "", lead=("**passed**",))


def rows(priority: Priority, number: int, title: str = "part") -> Section:
    return Section(
        priority, title, tuple(f"| row {index} ü |" for index in range(number)), lead=("| head |", "| --- |")
    )


def test_the_page_is_in_order_of_priority() -> None:
    page = assemble([rows(Priority.DETAILS, 1, "last"), rows(Priority.ACCESS, 1, "second"), VERDICT])

    assert page.startswith("**passed**\n\n### second\n")
    assert page.index("second") < page.index("last")


def test_a_page_that_fits_is_whole() -> None:
    parts = [VERDICT, rows(Priority.FINDINGS, 3)]

    assert assemble(parts, limit=10_000) == assemble(parts)


def test_the_least_important_part_loses_rows_first_and_says_how_many() -> None:
    parts = [VERDICT, rows(Priority.FINDINGS, 10, "findings"), rows(Priority.DETAILS, 100, "details")]
    page = assemble(parts, limit=1000, elsewhere="the artifact")

    assert utf8_bytes(page) <= 1000
    assert page.count("| row") == 10 + 100 - int(page.partition(" rows left out")[0].rpartition("_")[2])
    assert "_46 rows left out; the artifact has all._" in page
    assert page.count("left out") == 1


def test_a_part_without_rows_gives_way_last() -> None:
    block = Section(Priority.PLAN, "plan", lead=("x" * 900,))
    page = assemble([VERDICT, rows(Priority.FINDINGS, 5), block], limit=300)

    assert utf8_bytes(page) <= 300
    assert "_1 row left out" in page


def test_the_verdict_is_never_cut() -> None:
    assert "**passed**" in assemble([VERDICT, rows(Priority.FINDINGS, 1000)], limit=150)


def test_a_folded_part_is_closed_after_a_cut() -> None:
    block = Section(Priority.DETAILS, "log", tuple("x" * 50 for _ in range(100)), ("```",), ("```",), folded=True)
    page = assemble([VERDICT, block], limit=500)

    assert page.count("```") == 2
    assert page.count("<details>") == page.count("</details>") == 1


sections = st.builds(
    Section,
    priority=st.sampled_from(list(Priority)[1:]),
    title=st.just("title"),
    rows=st.lists(st.text("aü\U0001f600", max_size=40), max_size=30).map(tuple),
    lead=st.lists(st.text("a", max_size=200), max_size=3).map(tuple),
    folded=st.booleans(),
)


@given(st.lists(sections, max_size=6), st.integers(900, 3000), st.sampled_from([utf8_bytes, len]))
def test_no_page_is_over_its_limit(parts: list[Section], limit: int, measure: object) -> None:
    count = utf8_bytes if measure is utf8_bytes else len

    assert count(assemble([VERDICT, *parts], limit=limit, measure=count)) <= limit
