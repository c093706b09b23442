"""Work on a second core gives the same result as work here, whatever becomes of the child."""

import os
import subprocess
import sys

import pytest

from bylaw.pipeline.background import in_background


def inside(script: str) -> str:
    """What a script prints in a process of its own: without the threads of a test runner, so that it forks."""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return done.stdout


def test_the_result_comes_back() -> None:
    assert in_background(lambda: [1, 2, 3])() == [1, 2, 3]


def test_a_child_does_the_work_where_it_can() -> None:
    script = "import os\nfrom bylaw.pipeline.background import in_background\nprint(in_background(os.getpid)() != os.getpid())"

    assert inside(script).strip() == str((os.cpu_count() or 1) > 1)


def test_a_child_that_dies_loses_nothing() -> None:
    script = (
        "import os\nfrom bylaw.pipeline.background import in_background\nparent = os.getpid()\n"
        "def work():\n    if os.getpid() != parent: os.kill(os.getpid(), 9)\n    return 'done'\n"
        "print(in_background(work)())"
    )

    assert inside(script) == "done\n"


def test_what_the_work_raises_is_raised_to_the_one_who_waits() -> None:
    def work() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        in_background(work)()


def test_a_large_result_does_not_block() -> None:
    script = (
        "from bylaw.pipeline.background import in_background\nprint(len(in_background(lambda: b'x' * 10_000_000)()))"
    )

    assert inside(script) == "10000000\n"
