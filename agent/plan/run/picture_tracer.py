"""Find the picture that the regions of an expression lie on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from agent.plan.answer.region_wording import PictureSize
from agent.plan.check.named_plan import Callee
from agent.plan.plan_limits import LIMITS
from agent.plan.syntax.tree import Assign, Call, Expression, Index, Name, Plan, walk
from tools.media import Image
from tools.sdk.plan_types import Value


class PictureTracer:
    """Trace regions back through a plan to the picture they were found on.

    Boxes hold edges in pixels and no picture, so "on the left" needs the call that made them.
    """

    def __init__(
        self, plan: Plan, tools: Mapping[str, Callee], value_of: Callable[[str], Value | None]
    ) -> None:
        self._tools = tools
        self._definitions = {
            statement.name: statement.value
            for statement in walk(plan.statements)
            if isinstance(statement, Assign)
        }
        self._value_of = value_of

    def size_for(self, node: Expression) -> PictureSize | None:
        """Return the size of the picture, or None if the plan does not show it."""
        return self._size(node, LIMITS.depth)

    def _size(self, node: Expression, depth: int) -> PictureSize | None:
        if not depth:
            return None
        match node:
            case Index(value):
                return self._size(value, depth - 1)
            case Call(_, arguments):
                return self._size_of_arguments([a.value for a in arguments], depth)
            case Name(name):
                value = self._value_of(name)
                if isinstance(value, Image):
                    return value.width, value.height
                definition = self._definitions.get(name)
                return self._size(definition, depth - 1) if definition else None
            case _:
                return None

    def _size_of_arguments(self, nodes: Sequence[Expression], depth: int) -> PictureSize | None:
        for node in nodes:
            if isinstance(node, Call) and self._makes_picture(node):
                return None  # of a size that is not known
            size = self._size(node, depth - 1) if isinstance(node, Name | Call) else None
            if size:
                return size
        return None

    def _makes_picture(self, call: Call) -> bool:
        callee = self._tools.get(call.function)
        return callee is not None and callee.returns.name == "Image"
