"""Text that tries hard: pieces of every syntax that a channel knows, mixed with any Unicode."""

from hypothesis import strategies as st

TOKEN = "0123456789abcdef0123456789abcdef"  # noqa: S105 - guards nothing but these tests

_PIECES = (
    "::", "::error::", "##[", "##[error]", "\n", "\r", "\r\n", "\t", " ", "`", "```", "~~~", "|", "\\", "\\|", "@user", "@", "#1",
    "<!--", "-->", "<b>", "</details>", "](", "[x](y)", "![", "https://e.example", "www.e.example", "mailto:a@b.c", "GH-1",
    "*", "__", "$", "&amp;", "&#64;", "%0A", ",", ":", "- x", "1. x", "===", "---", "> x", "# x", "]]>", "a", "word", "日本",
    "\u202e", "\u2028", "\u0085", "\u200b", "\ufeff", "\x1b[31m", "\x00", "\ud800", "\ufffe",
    TOKEN, f"::{TOKEN}::", f"\n{TOKEN}\n",
)  # fmt: skip

hostile_text = st.lists(st.sampled_from(_PIECES) | st.text(max_size=4), max_size=12).map("".join)
