"""Kept texts: found again, replaced by generation, never trusted where others can write, never in the way."""

from pathlib import Path

import pytest

from bylaw.model.digests import digest_text
from bylaw.repository.cache import Cache

KEY = digest_text("key")


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "own" / "records", "2026-11-23")


def test_what_was_put_is_found(cache: Cache) -> None:
    assert cache.get(KEY) is None

    cache.put(KEY, "text")

    assert cache.get(KEY) == "text"
    assert cache.get(digest_text("other")) is None


def test_a_new_generation_begins_empty_and_removes_the_old_one(cache: Cache, tmp_path: Path) -> None:
    cache.put(KEY, "text")
    tomorrow = Cache(tmp_path / "own" / "records", "2026-11-24")

    assert tomorrow.get(KEY) is None
    tomorrow.put(KEY, "newer")

    assert tomorrow.get(KEY) == "newer"
    assert [path.name for path in (tmp_path / "own" / "records").iterdir()] == ["2026-11-24"]


@pytest.mark.parametrize("place", ["own/records", "own/records/2026-11-23"])
def test_a_folder_that_others_can_write_to_is_not_believed(cache: Cache, tmp_path: Path, place: str) -> None:
    cache.put(KEY, "text")
    (tmp_path / place).chmod(0o777)

    assert cache.get(KEY) is None
    cache.put(digest_text("other"), "more")
    assert len(list((tmp_path / "own/records/2026-11-23").iterdir())) == 1


def test_a_link_to_somewhere_else_is_not_believed(cache: Cache, tmp_path: Path) -> None:
    cache.put(KEY, "text")
    (tmp_path / "own/records").rename(tmp_path / "moved")
    (tmp_path / "own/records").symlink_to(tmp_path / "moved")

    assert cache.get(KEY) is None


def test_where_nothing_can_be_written_nothing_happens(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = Cache(tmp_path / "file" / "records", "now")

    cache.put(KEY, "text")

    assert cache.get(KEY) is None


def test_bytes_that_are_no_text_are_no_record(cache: Cache, tmp_path: Path) -> None:
    cache.put(KEY, "text")
    (tmp_path / "own/records/2026-11-23" / KEY).write_bytes(b"\xff")

    assert cache.get(KEY) is None
