"""Every policy language, by the word that `app.yaml` uses."""

from collections.abc import Mapping
from types import MappingProxyType

from bylaw.languages.cedar.language import CedarLanguage
from bylaw.languages.interface import Deployed, Language
from bylaw.model.digests import Digest
from bylaw.model.effects import Effect

LANGUAGES: Mapping[str, Language] = MappingProxyType({"cedar": CedarLanguage()})


def read_deployed(language: str, text: str) -> tuple[Effect, Digest] | None:
    """What a text found on a target is, by its canonical form; none where we cannot read it."""
    known = LANGUAGES.get(language)
    found: Deployed | None = known.deployed(text) if known else None
    return (found.effect, found.digest) if found else None
