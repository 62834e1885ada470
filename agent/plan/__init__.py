"""Parse, check, format and run plans: Python's grammar, never executed."""

from agent.plan.answer.answer_style import AnswerStyle, style_for
from agent.plan.answer.compose import Placeholder, compose_text
from agent.plan.answer.table_wording import split_tables
from agent.plan.answer_source import answer_source
from agent.plan.check.invented_arguments import find_invented_argument, missing_detail
from agent.plan.check.named_plan import Callee, NamedPlan
from agent.plan.check.plan_check import (
    CheckedPlan,
    check,
    read_draft,
    read_plan,
    read_unchecked,
)
from agent.plan.check.suggestions import missing_file
from agent.plan.grammar.language_grammar import LineLayout, gbnf, lark, line_gbnf, line_lark
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
    "AnswerStyle",
    "CallSite",
    "Callee",
    "CheckedPlan",
    "ExecuteCall",
    "Interpretation",
    "LineLayout",
    "MediaSegment",
    "Message",
    "NamedPlan",
    "Placeholder",
    "Plan",
    "PlanError",
    "Problem",
    "SkippedStep",
    "StepFailure",
    "StepView",
    "answer_source",
    "check",
    "commands",
    "compose_text",
    "final_names",
    "find_invented_argument",
    "format_plan",
    "format_value",
    "gbnf",
    "interpret",
    "lark",
    "line_gbnf",
    "line_lark",
    "missing_detail",
    "missing_file",
    "names_in",
    "parse",
    "read_draft",
    "read_plan",
    "read_unchecked",
    "split_tables",
    "steps",
    "style_for",
    "tools_of",
]
