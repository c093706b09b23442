"""A dry target: everything is planned, applied and read back, and nothing is left of it."""

import pytest

from tools.cli.calling import Cli
from tools.pipeline.repositories import SETTINGS


def test_an_apply_is_told_and_read_back_and_leaves_nothing(shop: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = shop.root.parent / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    settings = SETTINGS.replace("backend: local", "backend: noop").replace("    url: sqlite:///.bylaw/local.db\n", "")
    shop.commit({"bylaw.yaml": settings})

    runs = [(shop.ok("plan").stdout, shop.ok("reconcile").stdout) for _ in range(2)]

    for planned, applied in runs:
        assert "2 to create" in planned
        assert "applied and read back" in applied
    assert list(scratch.iterdir()) == []
    assert not (shop.root / ".bylaw").exists()
