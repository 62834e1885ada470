"""The plan language: read, check, write, run. Python's grammar, never executed."""

from agent.plan.check import CheckedPlan, check, read_draft, read_plan
from agent.plan.format import format_plan
from agent.plan.grammar import gbnf, lark
from agent.plan.interpret import interpret
from agent.plan.named import Callee, NamedPlan
from agent.plan.outcome import (
    CallSite,
    Failure,
    Interpretation,
    Message,
    Perform,
    Said,
    Skip,
)
from agent.plan.parse import parse
from agent.plan.problems import PlanError, Problem
from agent.plan.steps import StepView, commands, ends, steps, tools_of
from agent.plan.suggest import missing_file
from agent.plan.syntax import Plan, names_in
from agent.plan.words import show

__all__ = [
    "CallSite",
    "Callee",
    "CheckedPlan",
    "Failure",
    "Interpretation",
    "Message",
    "NamedPlan",
    "Perform",
    "Plan",
    "PlanError",
    "Problem",
    "Said",
    "Skip",
    "StepView",
    "check",
    "commands",
    "ends",
    "format_plan",
    "gbnf",
    "interpret",
    "lark",
    "missing_file",
    "names_in",
    "parse",
    "read_draft",
    "read_plan",
    "show",
    "steps",
    "tools_of",
]
