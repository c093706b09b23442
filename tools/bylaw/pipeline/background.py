"""Work on a second core: a function runs in a forked child, which sees everything the parent has read, and sends back its result.

Where a fork is not possible or not worth it (no second core, other threads, another operating system) the function simply runs here
when its result is asked for. The result must be picklable; the child writes nothing else.
"""

import os
import pickle
import sys
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def in_background(function: Callable[[], T]) -> Callable[[], T]:
    """Start `function`; the returned function waits for its result. What it raises is raised there."""
    if not _can_fork():
        return function
    reader, writer = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _run(function, writer)
    os.close(writer)

    def result() -> T:
        with open(reader, "rb") as pipe:  # noqa: PTH123 - a descriptor
            data = pipe.read()
        _, status = os.waitpid(child, 0)
        if status != 0 or not data:
            return function()  # the child died: killed for memory, perhaps; its work is done here instead
        value: T = pickle.loads(data)  # noqa: S301 - written by our own child
        return value

    return result


def _can_fork() -> bool:
    # INVARIANT: a fork of a process with threads may hold a lock for ever.
    return hasattr(os, "fork") and threading.active_count() == 1 and (os.cpu_count() or 1) > 1


def _run(function: Callable[[], object], writer: int) -> None:
    """The whole life of the child. It ends without the parent's exit handlers; an exception is left for the parent to meet."""
    status = 1
    try:
        data = pickle.dumps(function(), protocol=pickle.HIGHEST_PROTOCOL)
        with open(writer, "wb") as pipe:
            pipe.write(data)
        status = 0
    finally:
        os._exit(status)
