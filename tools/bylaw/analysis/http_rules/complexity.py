"""What is said of a question that has too many cases to look at each."""


class TooComplexError(ValueError):
    """Nothing is said of it."""
