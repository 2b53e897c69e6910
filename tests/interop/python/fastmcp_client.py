"""The client of FastMCP."""

import anyio
from conversation import called, planned, told
from fastmcp import Client
from fastmcp.client.transports import SSETransport, StdioTransport, StreamableHttpTransport


async def main() -> None:
    plan = planned()
    if plan["transport"] == "stdio":
        command, *args = plan["command"]
        transport = StdioTransport(command=command, args=args, env=plan["env"])
    elif plan["transport"] == "sse":
        transport = SSETransport(plan["url"] + "/sse")
    else:
        transport = StreamableHttpTransport(plan["url"] + "/mcp")
    async with Client(transport, mode=plan["era"]) as client:
        resources = await client.list_resources()
        calls = []
        for name, arguments in plan["calls"]:
            result = await client.call_tool(name, arguments, raise_on_error=False)
            calls.append(called(name, result.is_error, result.content, result.structured_content))
        told(
            server=client.server_info.name if client.server_info else None,
            protocol=client.protocol_version,
            tools=[each.name for each in await client.list_tools()],
            resources=[str(each.uri) for each in resources],
            templates=[each.name for each in await client.list_resource_templates()],
            prompts=[each.name for each in await client.list_prompts()] if client.server_capabilities.prompts else [],
            read=[len(await client.read_resource(each.uri)) for each in resources[:3]],
            calls=calls,
        )


anyio.run(main)
