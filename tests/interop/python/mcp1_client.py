"""The Python SDK before its second release."""

from contextlib import AbstractAsyncContextManager
from typing import Any

import anyio
from conversation import called, every, planned, told
from mcp import ClientSession, StdioServerParameters
from mcp.client.sse import sse_client
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client


def transport(plan: dict[str, Any]) -> AbstractAsyncContextManager[Any]:
    if plan["transport"] == "stdio":
        command, *args = plan["command"]
        return stdio_client(StdioServerParameters(command=command, args=args, env=plan["env"]))
    if plan["transport"] == "sse":
        return sse_client(plan["url"] + "/sse")
    return streamable_http_client(plan["url"] + "/mcp")


async def main() -> None:
    plan = planned()
    async with transport(plan) as (read, write, *_), ClientSession(read, write) as session:
        hello = await session.initialize()
        tools = await every(session.list_tools, "tools")
        resources = await every(session.list_resources, "resources")
        templates = await every(session.list_resource_templates, "resourceTemplates")
        prompts = await every(session.list_prompts, "prompts") if hello.capabilities.prompts else []
        read_ = [len((await session.read_resource(each.uri)).contents) for each in resources[:3]]
        calls = []
        for name, arguments in plan["calls"]:
            result = await session.call_tool(name, arguments)
            calls.append(called(name, bool(result.isError), result.content, result.structuredContent))
    told(
        server=hello.serverInfo.name,
        protocol=hello.protocolVersion,
        tools=[each.name for each in tools],
        resources=[str(each.uri) for each in resources],
        templates=[each.name for each in templates],
        prompts=[each.name for each in prompts],
        read=read_,
        calls=calls,
    )


anyio.run(main)
