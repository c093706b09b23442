"""Every lint rule, by area. A rule is in force because it stands here, and for no other reason."""

from bylaw.analysis.rule import Rule
from bylaw.analysis.rules.access.allowed_when_absent import AllowedWhenAbsent
from bylaw.analysis.rules.access.denylist_permit import DenylistPermit
from bylaw.analysis.rules.access.mutable_identity import MutableIdentity
from bylaw.analysis.rules.access.open_host_prefix import OpenHostPrefix
from bylaw.analysis.rules.access.secret_in_policy import SecretInPolicy
from bylaw.analysis.rules.access.substring_scope_match import SubstringScopeMatch
from bylaw.analysis.rules.access.traversable_prefix import TraversablePrefix
from bylaw.analysis.rules.access.unanchored_pattern import UnanchoredPattern
from bylaw.analysis.rules.access.unconditional_permit import UnconditionalPermit
from bylaw.analysis.rules.access.unconstrained_principal import UnconstrainedPrincipal
from bylaw.analysis.rules.correctness.always_false_condition import AlwaysFalseCondition
from bylaw.analysis.rules.correctness.always_true_condition import AlwaysTrueCondition
from bylaw.analysis.rules.correctness.case_variant import CaseVariant
from bylaw.analysis.rules.correctness.contradictory_bounds import ContradictoryBounds
from bylaw.analysis.rules.correctness.erroring_forbid import ErroringForbid
from bylaw.analysis.rules.correctness.exact_match_on_range import ExactMatchOnRange
from bylaw.analysis.rules.correctness.forbid_on_missing_entity import ForbidOnMissingEntity
from bylaw.analysis.rules.correctness.hidden_character import HiddenCharacter
from bylaw.analysis.rules.correctness.impossible_time import ImpossibleTime
from bylaw.analysis.rules.correctness.literal_wildcard import LiteralWildcard
from bylaw.analysis.rules.correctness.match_all_pattern import MatchAllPattern
from bylaw.analysis.rules.correctness.number_as_string import NumberAsString
from bylaw.analysis.rules.correctness.past_deadline import PastDeadline
from bylaw.analysis.rules.correctness.pattern_without_wildcard import PatternWithoutWildcard
from bylaw.analysis.rules.correctness.string_in_set import StringInSet
from bylaw.analysis.rules.correctness.unaligned_network import UnalignedNetwork
from bylaw.analysis.rules.exceptions.broad_exception import BroadException
from bylaw.analysis.rules.exceptions.endless_exception import EndlessException
from bylaw.analysis.rules.exceptions.expired_exception import ExpiredException
from bylaw.analysis.rules.exceptions.expiring_exception import ExpiringException
from bylaw.analysis.rules.governance.approval_without_approvers import ApprovalWithoutApprovers
from bylaw.analysis.rules.governance.binds_nobody import BindsNobody
from bylaw.analysis.rules.governance.denied_and_allowed import DeniedAndAllowed
from bylaw.analysis.rules.governance.empty_allowlist import EmptyAllowlist
from bylaw.analysis.rules.governance.empty_budget import EmptyBudget
from bylaw.analysis.rules.governance.glob_like_action import GlobLikeAction
from bylaw.analysis.rules.governance.ignored_keyword import IgnoredKeyword
from bylaw.analysis.rules.governance.inactive_approval import InactiveApproval
from bylaw.analysis.rules.governance.looser_than_inherited import LooserThanInherited
from bylaw.analysis.rules.governance.optional_grounding import OptionalGrounding
from bylaw.analysis.rules.governance.original_allows import OriginalAllows
from bylaw.analysis.rules.governance.pointless_budget import PointlessBudget
from bylaw.analysis.rules.governance.setting_without_effect import SettingWithoutEffect
from bylaw.analysis.rules.governance.unanchored_argument import UnanchoredArgument
from bylaw.analysis.rules.governance.ungrounded_source import UngroundedSource
from bylaw.analysis.rules.governance.unreachable_action import UnreachableAction
from bylaw.analysis.rules.governance.unreachable_approval import UnreachableApproval
from bylaw.analysis.rules.governance.unsatisfiable_arguments import UnsatisfiableArguments
from bylaw.analysis.rules.http.contradictory_rules import ContradictoryRules
from bylaw.analysis.rules.http.dialect_divergence import DialectDivergence
from bylaw.analysis.rules.http.dry_run_active import DryRunActive
from bylaw.analysis.rules.http.dry_run_overridden import DryRunOverridden
from bylaw.analysis.rules.http.identifier_literal import IdentifierLiteral
from bylaw.analysis.rules.http.implicit_dry_run import ImplicitDryRun
from bylaw.analysis.rules.http.ineffective_allow import IneffectiveAllow
from bylaw.analysis.rules.http.ineffective_deny import IneffectiveDeny
from bylaw.analysis.rules.http.inverted_bound import InvertedBound
from bylaw.analysis.rules.http.org_allowlist_widened import OrgAllowlistWidened
from bylaw.analysis.rules.http.org_shadow import OrgShadow
from bylaw.analysis.rules.http.overly_broad_allow import OverlyBroadAllow
from bylaw.analysis.rules.http.redundant_rate_limit import RedundantRateLimit
from bylaw.analysis.rules.http.redundant_rule import RedundantRule
from bylaw.analysis.rules.http.rule_never_matches import RuleNeverMatches
from bylaw.analysis.rules.http.shadowed_rule import ShadowedRule
from bylaw.analysis.rules.http.trace_too_long import TraceTooLong
from bylaw.analysis.rules.http.undecided_rules import UndecidedRules
from bylaw.analysis.rules.http.unreachable_config import UnreachableConfig
from bylaw.analysis.rules.http.untested_rule import UntestedRule
from bylaw.analysis.rules.ownership.deprecated_action import DeprecatedAction
from bylaw.analysis.rules.ownership.expired_policy import ExpiredPolicy
from bylaw.analysis.rules.ownership.expiring_policy import ExpiringPolicy
from bylaw.analysis.rules.ownership.id_not_from_path import IdNotFromPath
from bylaw.analysis.rules.ownership.missing_description import MissingDescription
from bylaw.analysis.rules.ownership.missing_owner import MissingOwner
from bylaw.analysis.rules.ownership.todo_left import TodoLeft
from bylaw.analysis.rules.portability.name_not_portable import NameNotPortable
from bylaw.analysis.rules.portability.physical_id import PhysicalId
from bylaw.analysis.rules.portability.statement_too_long import StatementTooLong
from bylaw.analysis.rules.proven.allows_everything import AllowsEverything
from bylaw.analysis.rules.proven.always_errs import AlwaysErrs
from bylaw.analysis.rules.proven.can_err import CanErr
from bylaw.analysis.rules.proven.constant_condition import ConstantCondition
from bylaw.analysis.rules.proven.dead_forbid import DeadForbid
from bylaw.analysis.rules.proven.denies_everything import DeniesEverything
from bylaw.analysis.rules.proven.forbid_fails_open import ForbidFailsOpen
from bylaw.analysis.rules.proven.forbid_needs_entity import ForbidNeedsEntity
from bylaw.analysis.rules.proven.never_satisfied import NeverSatisfied
from bylaw.analysis.rules.proven.nothing_allowed import NothingAllowed
from bylaw.analysis.rules.proven.overridden_permit import OverriddenPermit
from bylaw.analysis.rules.proven.redundant_policy import RedundantPolicy
from bylaw.analysis.rules.proven.unconditional_in_environment import UnconditionalInEnvironment
from bylaw.analysis.rules.reachability.action_without_permit import ActionWithoutPermit
from bylaw.analysis.rules.reachability.duplicate_policy import DuplicatePolicy
from bylaw.analysis.rules.reachability.never_applies import NeverApplies
from bylaw.analysis.rules.reachability.subsumed_by_scope import SubsumedByScope
from bylaw.analysis.rules.reachability.subsumed_condition import SubsumedCondition
from bylaw.analysis.rules.reachability.unreachable_operand import UnreachableOperand
from bylaw.analysis.rules.reachability.unused_template import UnusedTemplate
from bylaw.analysis.rules.reachability.unused_type import UnusedType
from bylaw.analysis.rules.schema.action_group_equals import ActionGroupEquals
from bylaw.analysis.rules.schema.deep_dereference import DeepDereference
from bylaw.analysis.rules.schema.impossible_equality import ImpossibleEquality
from bylaw.analysis.rules.schema.impossible_membership import ImpossibleMembership
from bylaw.analysis.rules.schema.missing_type_case import MissingTypeCase
from bylaw.analysis.rules.schema.undeclared_attribute import UndeclaredAttribute
from bylaw.analysis.rules.schema.undeclared_tag import UndeclaredTag
from bylaw.analysis.rules.schema.unguarded_optional_attribute import UnguardedOptionalAttribute
from bylaw.analysis.rules.schema.unguarded_tag import UnguardedTag
from bylaw.analysis.rules.schema.unknown_entity import UnknownEntity
from bylaw.analysis.rules.schema.unreachable_group import UnreachableGroup
from bylaw.analysis.rules.style.double_negation import DoubleNegation
from bylaw.analysis.rules.style.long_or_chain import LongOrChain
from bylaw.analysis.rules.suppression.expired_suppression import ExpiredSuppression
from bylaw.analysis.rules.suppression.stale_baseline_entry import StaleBaselineEntry
from bylaw.analysis.rules.suppression.suppression_without_reason import SuppressionWithoutReason
from bylaw.analysis.rules.suppression.unused_suppression import UnusedSuppression
from bylaw.analysis.rules.tests.untested_forbid import UntestedForbid

REGISTRY: tuple[type[Rule], ...] = (
    # access
    AllowedWhenAbsent,
    DenylistPermit,
    MutableIdentity,
    OpenHostPrefix,
    SecretInPolicy,
    SubstringScopeMatch,
    TraversablePrefix,
    UnanchoredPattern,
    UnconditionalPermit,
    UnconstrainedPrincipal,
    # correctness
    AlwaysFalseCondition,
    AlwaysTrueCondition,
    CaseVariant,
    ContradictoryBounds,
    ErroringForbid,
    ExactMatchOnRange,
    ForbidOnMissingEntity,
    HiddenCharacter,
    ImpossibleTime,
    LiteralWildcard,
    MatchAllPattern,
    NumberAsString,
    PastDeadline,
    PatternWithoutWildcard,
    StringInSet,
    UnalignedNetwork,
    # reachability
    ActionWithoutPermit,
    DuplicatePolicy,
    NeverApplies,
    SubsumedByScope,
    SubsumedCondition,
    UnreachableOperand,
    UnusedTemplate,
    UnusedType,
    # schema
    ActionGroupEquals,
    DeepDereference,
    ImpossibleEquality,
    ImpossibleMembership,
    MissingTypeCase,
    UndeclaredAttribute,
    UndeclaredTag,
    UnguardedOptionalAttribute,
    UnguardedTag,
    UnknownEntity,
    UnreachableGroup,
    # portability
    NameNotPortable,
    PhysicalId,
    StatementTooLong,
    # ownership
    DeprecatedAction,
    ExpiredPolicy,
    ExpiringPolicy,
    IdNotFromPath,
    MissingDescription,
    MissingOwner,
    TodoLeft,
    # tests
    UntestedForbid,
    # proven
    AllowsEverything,
    AlwaysErrs,
    CanErr,
    ConstantCondition,
    DeadForbid,
    DeniesEverything,
    ForbidFailsOpen,
    ForbidNeedsEntity,
    NeverSatisfied,
    NothingAllowed,
    OverriddenPermit,
    RedundantPolicy,
    UnconditionalInEnvironment,
    # http
    ContradictoryRules,
    DialectDivergence,
    DryRunActive,
    DryRunOverridden,
    IdentifierLiteral,
    ImplicitDryRun,
    IneffectiveAllow,
    IneffectiveDeny,
    InvertedBound,
    OrgAllowlistWidened,
    OrgShadow,
    OverlyBroadAllow,
    RedundantRateLimit,
    RedundantRule,
    RuleNeverMatches,
    ShadowedRule,
    TraceTooLong,
    UndecidedRules,
    UnreachableConfig,
    UntestedRule,
    # governance
    ApprovalWithoutApprovers,
    BindsNobody,
    DeniedAndAllowed,
    EmptyAllowlist,
    EmptyBudget,
    GlobLikeAction,
    IgnoredKeyword,
    InactiveApproval,
    LooserThanInherited,
    OptionalGrounding,
    OriginalAllows,
    PointlessBudget,
    SettingWithoutEffect,
    UnanchoredArgument,
    UngroundedSource,
    UnreachableAction,
    UnreachableApproval,
    UnsatisfiableArguments,
    # exceptions
    BroadException,
    EndlessException,
    ExpiredException,
    ExpiringException,
    # style
    DoubleNegation,
    LongOrChain,
    # suppression
    ExpiredSuppression,
    StaleBaselineEntry,
    SuppressionWithoutReason,
    UnusedSuppression,
)
