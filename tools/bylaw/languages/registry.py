"""Every policy language, by the word that `app.yaml` uses."""

from collections.abc import Mapping
from types import MappingProxyType

from bylaw.languages.cedar.language import CedarLanguage
from bylaw.languages.governance.language import GovernanceLanguage
from bylaw.languages.http_rules.language import HttpRulesLanguage
from bylaw.languages.interface import Deployed, Language, Policy
from bylaw.model.digests import Digest
from bylaw.model.effects import Effect
from bylaw.model.identifiers import PolicyRef

LANGUAGES: Mapping[str, Language] = MappingProxyType(
    {"cedar": CedarLanguage(), "http-rules": HttpRulesLanguage(), "governance": GovernanceLanguage()}
)


def read_policy(ref: PolicyRef, path: str, text: str) -> Policy | None:
    """Read one policy file by itself: as the first language with its suffix that can; none where no language can."""
    languages = (language for language in LANGUAGES.values() if path.endswith(language.suffix))
    return next((policy for language in languages if (policy := language.read(ref, path, text)) is not None), None)


def read_deployed(language: str, text: str) -> tuple[Effect, Digest] | None:
    """What a text found on a target is, by its canonical form; none where we cannot read it."""
    known = LANGUAGES.get(language)
    found: Deployed | None = known.deployed(text) if known else None
    return (found.effect, found.digest) if found else None
