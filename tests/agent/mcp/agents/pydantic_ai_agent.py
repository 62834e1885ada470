"""An agent of Pydantic AI with a scripted model and the tools at `POST /mcp`.

Run by the Python of `.venv-clients`, which knows nothing of Batuta: ADDRESS PICTURE.
"""

import asyncio
import json
import sys

from pydantic_ai import Agent
from pydantic_ai.mcp import MCPToolset
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart, ToolReturnPart
from pydantic_ai.models.function import AgentInfo, FunctionModel


def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
    """Make the picture grey, ask for another one, then tell what came back."""
    returned = [
        part for message in messages for part in message.parts if isinstance(part, ToolReturnPart)
    ]
    if not returned:
        return ModelResponse([ToolCallPart("grayscale", {"image": sys.argv[2]})])
    if len(returned) == 1:
        return ModelResponse([ToolCallPart("run_request", {"request": "paint"})])
    tools = sorted(tool.name for tool in info.function_tools)
    results = [str(part.model_response_object()) for part in returned]
    return ModelResponse([TextPart(json.dumps({"tools": tools, "results": results}))])


async def main() -> None:
    agent = Agent(FunctionModel(answer), toolsets=[MCPToolset(sys.argv[1])])
    print((await agent.run("Make it grey, then paint.")).output)


asyncio.run(main())
