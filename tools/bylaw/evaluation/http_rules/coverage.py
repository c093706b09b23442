"""Whether one matcher evidently holds wherever another does. A yes is certain; a no says only that it is not evident."""

from bylaw.evaluation.http_rules.patterns import ANY, ONE
from bylaw.languages.http_rules.model import BodyMatcher, HeaderMatcher, Matcher


def covers(wide: Matcher, narrow: Matcher) -> bool:
    """Whether every condition of `wide` is evidently implied by `narrow`."""
    return (
        (not wide.methods or (bool(narrow.methods) and narrow.methods <= wide.methods))
        and pattern_covers(wide.url, narrow.url)
        and _bodies(wide) <= _bodies(narrow)
        and _headers(wide) <= _headers(narrow)
        and wide.outside in {None, narrow.outside}
    )


def pattern_covers(wide: str | None, narrow: str | None) -> bool:
    """Whether `wide` evidently matches whatever `narrow` does, element by element."""
    if wide in {None, ONE, ANY}:
        return True
    if wide is None or narrow is None or narrow in {ONE, ANY}:
        return False
    wider, narrower = wide.split("/"), narrow.split("/")
    # `reached`: how many elements of `wide` can stand for the elements of `narrow` so far
    reached = _skipping({0}, wider)
    for element in narrower:
        reached = _skipping(
            {
                place if wider[place] == ANY else place + 1
                for place in reached
                if place < len(wider) and (wider[place] in {ANY, element} or (wider[place] == ONE and element != ANY))
            },
            wider,
        )
    return len(wider) in reached


def _skipping(places: set[int], elements: list[str]) -> set[int]:
    found: set[int] = set()
    for place in places:
        reached = place
        found.add(reached)
        while reached < len(elements) and elements[reached] == ANY:
            reached += 1
            found.add(reached)
    return found


def _bodies(matcher: Matcher) -> frozenset[str]:
    return frozenset(map(_body, matcher.body))


def _body(matcher: BodyMatcher) -> str:
    return repr((matcher.path, sorted(map(repr, matcher.tests))))


def _headers(matcher: Matcher) -> frozenset[str]:
    return frozenset(map(_header, matcher.headers))


def _header(matcher: HeaderMatcher) -> str:
    return repr((matcher.name.lower(), matcher.present, sorted(map(repr, matcher.tests))))
