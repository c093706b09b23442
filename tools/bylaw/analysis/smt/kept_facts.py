"""What was proved of the policies of an app, kept between runs: an app that nobody touched is not surveyed again.

The key is made of the whole app, its files to the letter, because facts hold places in them. What is loaded is not trusted further
than needed: each example of an error is run on the engine again, and a survey that left something open is not kept.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from typing import Any, get_type_hints

from bylaw.analysis.proven import EnvironmentFacts, PolicyFacts, Proven, Witness
from bylaw.analysis.smt.extraction import Concrete
from bylaw.analysis.smt.memory import Store, concrete_json, concrete_of
from bylaw.analysis.smt.records import built, plain
from bylaw.analysis.smt.room import Options
from bylaw.analysis.smt.subjects import subjects
from bylaw.analysis.smt.survey import survey
from bylaw.analysis.smt.witnesses import Errs
from bylaw.languages.cedar.program import CedarProgram
from bylaw.languages.cedar.schema import Environment
from bylaw.model.digests import Digest, digest_json
from bylaw.model.identifiers import EntityUid, PolicyRef

FORMAT = 1
_EXAMPLES = ("can_err", "can_err_on_missing")
_PLAIN = tuple(field.name for field in fields(PolicyFacts) if field.name not in _EXAMPLES)


@dataclass(frozen=True, slots=True)
class KeptFacts:
    """Surveys that were made before."""

    store: Store
    tool: str
    """Tells this tool, with its engine and solvers, from any other."""

    def survey(self, program: CedarProgram, options: Options) -> Proven:
        """Like `survey.survey`, which is asked for what is not known.

        Raises:
            InternalError: the engine contradicts an example that was just found.
        """
        key = self._key(program, options)
        found = _recalled(self.store.get(key), program)
        if found is None:
            found = survey(program, options)
            if not found.unknown:
                self.store.put(key, json.dumps(_kept(found)))
        return found

    def _key(self, program: CedarProgram, options: Options) -> Digest:
        files = [[policy.ref, policy.path, policy.text] for policy in program.policies]
        links = [[link.ref, link.template.ref, sorted(link.values.items()), link.span] for link in program.links]
        schema = program.schema.text if program.schema else None
        how = [options.world.open, *options.limits]
        return digest_json([FORMAT, "facts", self.tool, program.app, files, links, schema, how])


def _kept(proven: Proven) -> dict[str, Any]:
    return {
        "policies": [[plain(getattr(policy, name)) for name in _PLAIN] for policy in proven.policies],
        "environments": plain(proven.environments),
        "open_world": proven.open_world,
        "examples": [
            [kind, plain(policy.ref), plain(environment), concrete_json(Concrete(witness.request, witness.entities))]
            for policy in proven.policies
            for kind in _EXAMPLES
            for environment, witness in getattr(policy, kind).items()
        ],
    }


def _recalled(text: str | None, program: CedarProgram) -> Proven | None:
    """What was kept; none where it cannot be read or the engine sees no error in one of its examples."""
    if text is None:
        return None
    with suppress(ValueError, KeyError, TypeError):
        kept = json.loads(text)
        examples = {kind: dict(_examples(kind, kept["examples"], program)) for kind in _EXAMPLES}
        policies = tuple(_with_examples(_policy(found), examples) for found in kept["policies"])
        environments = tuple(built(EnvironmentFacts, found) for found in kept["environments"])
        return Proven(policies, environments, {}, bool(kept["open_world"]))
    return None


def _policy(kept: list[Any]) -> PolicyFacts:
    hints = get_type_hints(PolicyFacts)
    found = zip(_PLAIN, kept, strict=True)
    return PolicyFacts(**{name: built(hints[name], data) for name, data in found})


Found = Mapping[str, Mapping[tuple[PolicyRef, Environment], Witness]]


def _with_examples(policy: PolicyFacts, examples: Found) -> PolicyFacts:
    own = {
        kind: {environment: witness for (ref, environment), witness in found.items() if ref == policy.ref}
        for kind, found in examples.items()
    }
    return replace(policy, can_err=own["can_err"], can_err_on_missing=own["can_err_on_missing"])


def _examples(
    kind: str, kept: list[Any], program: CedarProgram
) -> Iterator[tuple[tuple[PolicyRef, Environment], Witness]]:
    """Those of one kind.

    Raises:
        ValueError: the engine sees no error in one of them.
    """
    by_ref = {subject.ref: subject for subject in subjects(program)}
    for own_kind, ref, (principal, action, resource), text in kept:
        if own_kind not in _EXAMPLES or program.schema is None:
            raise ValueError("an example of nothing")
        if own_kind != kind:
            continue
        subject, concrete = by_ref[PolicyRef(*ref)], concrete_of(text)
        if not Errs(subject, program.schema)(concrete):
            raise ValueError("an example is none")
        environment = Environment(principal, EntityUid(*action), resource)
        yield (subject.ref, environment), Witness(concrete.request, concrete.entities)
