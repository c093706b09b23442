"""Windows of the day, at both ends."""

import pytest

from bylaw.evaluation.http_rules.times import is_outside
from bylaw.languages.http_rules.model import Window

DAY = 86_400_000
HOUR, MINUTE = 3_600_000, 60_000


@pytest.mark.parametrize(
    ("window", "moment", "outside"),
    [
        (Window(540, 1080, 0), 9 * HOUR - 1, True),
        (Window(540, 1080, 0), 9 * HOUR, False),
        (Window(540, 1080, 0), 18 * HOUR - 1, False),
        (Window(540, 1080, 0), 18 * HOUR, True),
        (Window(540, 1080, 0), 20_000 * DAY + 9 * HOUR, False),
        (Window(1320, 360, 0), 22 * HOUR - 1, True),
        (Window(1320, 360, 0), 22 * HOUR, False),
        (Window(1320, 360, 0), 0, False),
        (Window(1320, 360, 0), 6 * HOUR - 1, False),
        (Window(1320, 360, 0), 6 * HOUR, True),
        (Window(0, 1440, 0), 0, False),
        (Window(0, 1440, 0), DAY - 1, False),
        (Window(1380, 1440, 0), DAY - 1, False),
        (Window(1380, 1440, 0), DAY, True),
        (Window(540, 540, 0), 9 * HOUR, True),
        (Window(0, 0, 0), 0, True),
        (Window(540, 1080, 330), 3 * HOUR + 30 * MINUTE, False),
        (Window(540, 1080, 330), 3 * HOUR + 30 * MINUTE - 1, True),
        (Window(540, 1080, -300), 14 * HOUR, False),
        (Window(540, 1080, -300), 14 * HOUR - 1, True),
        (Window(1380, 60, 60), 22 * HOUR, False),
        (Window(0, 60, -840), 0, True),
        (Window(600, 601, -840), 0, False),
        (Window(1439, 1440, 0), -1, False),
    ],
)
def test_a_rule_holds_outside_of_its_window(window: Window, moment: int, outside: bool) -> None:  # noqa: FBT001
    assert is_outside(window, moment) is outside
