"""`impossible-equality`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.rule import Need, NodeRule, PolicyRule
from bylaw.analysis.scopes import could_be
from bylaw.analysis.view import PolicyView, Site
from bylaw.analysis.wording import code
from bylaw.languages.cedar.ast import Binary, Entity, ScopeEqual, ScopeIs
from bylaw.languages.cedar.canonical import expression_text
from bylaw.languages.cedar.schema import Type
from bylaw.model.diagnostics import Severity
