"""Parse, check, format and run plans: Python's grammar, never executed."""

from agent.plan.check.named_plan import Callee, NamedPlan
from agent.plan.check.plan_check import CheckedPlan, check, read_draft, read_plan
from agent.plan.check.suggestions import missing_file
from agent.plan.grammar.language_grammar import gbnf, lark, line_gbnf, line_lark
from agent.plan.plan_steps import StepView, commands, final_names, steps, tools_of
from agent.plan.problems import PlanError, Problem
from agent.plan.run.call_results import (
    CallSite,
    ExecuteCall,
    Interpretation,
    MediaSegment,
    Message,
    SkippedStep,
    StepFailure,
)
from agent.plan.run.interpreter import interpret
from agent.plan.syntax.formatter import format_plan
from agent.plan.syntax.parser import parse
from agent.plan.syntax.tree import Plan, names_in
from agent.plan.value_text import format_value

__all__ = [
    "CallSite",
    "Callee",
    "CheckedPlan",
    "ExecuteCall",
    "Interpretation",
    "MediaSegment",
    "Message",
    "NamedPlan",
    "Plan",
    "PlanError",
    "Problem",
    "SkippedStep",
    "StepFailure",
    "StepView",
    "check",
    "commands",
    "final_names",
    "format_plan",
    "format_value",
    "gbnf",
    "interpret",
    "lark",
    "line_gbnf",
    "line_lark",
    "missing_file",
    "names_in",
    "parse",
    "read_draft",
    "read_plan",
    "steps",
    "tools_of",
]
