"""What a file must be before it is parsed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bylaw.repository.text import MAX_FILE_BYTES, decode


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xef\xbb\xbfversion: 1", "byte-order-mark 1:1"),
        (b"a: 1\r\nb: 2\r\n", "carriage-return 1:5"),
        (b"a\n  \xff\n", "not-utf-8 2:3"),
        (b"a\xc3\xa9\n\x00", "nul-character 2:1"),
        (b"x" * (MAX_FILE_BYTES + 1), "file-too-large 1:1"),
        (b"// reviewed\rpermit", "carriage-return 1:12"),
    ],
)
def test_bytes_that_are_refused(data: bytes, said: str) -> None:
    text, diagnostics = decode(data, "x.yaml")

    assert text is None
    assert [f"{item.code} {item.span.start}" for item in diagnostics if item.span] == [said]


@given(st.binary(max_size=300))
def test_any_bytes_give_a_text_or_a_diagnostic(data: bytes) -> None:
    text, diagnostics = decode(data, "x")

    assert (text is None) == bool(diagnostics)
    assert text is None or text.encode() == data
