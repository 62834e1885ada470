"""An agent of smolagents with a scripted model and the tools of `batuta mcp`.

Run by the Python of `.venv-smolagents`, which knows nothing of Batuta. The arguments are the
command to start.
"""

import json
import os
import sys
from typing import Any

from mcp import StdioServerParameters
from smolagents import MCPClient, Model, ToolCallingAgent
from smolagents.models import (
    ChatMessage,
    ChatMessageToolCall,
    ChatMessageToolCallFunction,
    MessageRole,
)

CALLS = [
    ("grayscale", {"image": "red.png"}),
    ("run_plan", {"plan": 'loud = shout("hello")\nsay("It says {loud}.")'}),
]


class Scripted(Model):
    """Makes the calls, then answers with what the tools returned."""

    def generate(self, messages: list[ChatMessage], *args: Any, **kwargs: Any) -> ChatMessage:
        results = [str(message.content) for message in messages if message.role == "tool-response"]
        index = len(results)
        name, arguments = (
            CALLS[index]
            if index < len(CALLS)
            else ("final_answer", {"answer": json.dumps(results)})
        )
        function = ChatMessageToolCallFunction(name=name, arguments=arguments)
        call = ChatMessageToolCall(id=f"call{index}", type="function", function=function)
        return ChatMessage(role=MessageRole.ASSISTANT, content="", tool_calls=[call])


server = StdioServerParameters(command=sys.argv[1], args=sys.argv[2:], env=dict(os.environ))
with MCPClient(server, structured_output=True) as tools:
    agent = ToolCallingAgent(tools=tools, model=Scripted(), verbosity_level=0, max_steps=5)
    print(agent.run("Make it grey, then shout."))
