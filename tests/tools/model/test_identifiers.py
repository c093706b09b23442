"""The grammar of identifiers, and the ownership mark that is made of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bylaw.model.digests import digest_text
from bylaw.model.identifiers import EntityUid, PolicyRef, TargetId, is_policy_id, is_segment
from bylaw.model.marks import Mark

SEGMENTS = st.from_regex(r"[a-z0-9]+(-[a-z0-9]+){0,2}", fullmatch=True).filter(lambda text: len(text) < 40)
REFS = st.builds(
    lambda app, parts: PolicyRef.parse("/".join([app, *parts])), SEGMENTS, st.lists(SEGMENTS, min_size=1, max_size=3)
)


@pytest.mark.parametrize("text", ["", "-a", "a-", "a--b", "A", "a_b", "a/b", "é", "a b", "a" * 201])
def test_what_cannot_be_one_segment(text: str) -> None:
    assert not is_segment(text)


@pytest.mark.parametrize("text", ["", "/a", "a/", "a//b", "../a", "a/../b", "a/.b", "a\n"])
def test_what_cannot_be_a_policy_id(text: str) -> None:
    assert not is_policy_id(text)


@given(REFS)
def test_a_reference_is_read_as_it_is_written(ref: PolicyRef) -> None:
    assert PolicyRef.parse(str(ref)) == ref


@given(REFS, SEGMENTS, st.text(max_size=80))
def test_a_mark_is_found_below_any_description(ref: PolicyRef, target: str, description: str) -> None:
    mark = Mark.of("org/repo", TargetId(target), ref, digest_text("x"))

    assert Mark.find(f"{description}\n{mark}") == mark


@given(st.text(max_size=300))
def test_any_description_is_read_without_a_crash(text: str) -> None:
    assert Mark.find(text) is None or text.rstrip().endswith(str(Mark.find(text)))


@pytest.mark.parametrize(
    "text",
    [
        "bylaw: 1 org/repo prod app/p 0123456789ab and more",
        "bylaw: 2 org/repo prod app/p 0123456789ab",
        "bylaw: 1 org/repo prod app 0123456789ab",
        "bylaw: 1 org/repo prod app/p 0123456789AB",
        f"bylaw: 1 org/repo prod app/{'a' * 250} 0123456789ab",
        "bylaw: 1 org/repo prod app/p 0123456789ab\nthen something else",
    ],
)
def test_what_only_looks_like_a_mark_is_none(text: str) -> None:
    assert Mark.find(text) is None


def test_an_entity_is_written_so_that_it_can_be_read() -> None:
    assert str(EntityUid("A::B", 'say "hi"\n\\')) == 'A::B::"say \\"hi\\"\\n\\\\"'
