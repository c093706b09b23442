"""Commits and blobs of test repositories, typed."""

from pathlib import Path

from bylaw.model.identifiers import CommitId
from tools.pipeline.repositories import commit, git


def commit_at(root: Path, files: dict[str, str | None], message: str = "change") -> CommitId:
    """Write files and commit everything."""
    return CommitId(commit(root, files, message))


def blob_id(root: Path, commit: str, path: str) -> str:
    """The id of the blob at `path`."""
    return git(root, "rev-parse", f"{commit}:{path}")
