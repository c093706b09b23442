"""Each workflow in turn."""

from typing import Any

import pytest

from tools.github.files import WORKFLOWS, load


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.stem)
def workflow(request: pytest.FixtureRequest) -> dict[Any, Any]:
    return load(request.param)
