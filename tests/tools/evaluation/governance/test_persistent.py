"""The map that never changes, beside a dictionary."""

from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from bylaw.evaluation.governance.persistent import PersistentMap


class Key(NamedTuple):
    """A key of which many have the same hash."""

    name: int

    def __hash__(self) -> int:
        return self.name % 3 - 1


keys = st.integers(-5, 400) | st.builds(Key, st.integers(0, 60))


@given(st.lists(st.tuples(keys, st.integers()), max_size=300))
def test_it_holds_what_a_dictionary_holds(entries: list[tuple[int | Key, int]]) -> None:
    found: PersistentMap[int | Key, int] = PersistentMap()
    expected: dict[int | Key, int] = {}
    for place, (key, value) in enumerate(entries):
        before, known = found, expected.copy() if place % 50 == 0 else None
        found, expected = found.put(key, value), expected | {key: value}
        assert known is None or dict(before.items()) == known
    assert dict(found.items()) == expected
    assert all(found.get(key) == value for key, value in expected.items())
    assert found.get(1_000) is None
    again: PersistentMap[int | Key, int] = PersistentMap()
    for key, value in reversed(expected.items()):
        again = again.put(key, value)
    assert again == found
    assert hash(again) == hash(found)
