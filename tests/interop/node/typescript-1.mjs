// The first TypeScript SDK, which most hosts in the field are built on.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { converse, planned } from "./conversation.mjs";

const plan = await planned();
const transports = {
  stdio: () => new StdioClientTransport({ command: plan.command[0], args: plan.command.slice(1), env: plan.env }),
  http: () => new StreamableHTTPClientTransport(new URL(plan.url + "/mcp")),
  sse: () => new SSEClientTransport(new URL(plan.url + "/sse")),
};
const client = new Client({ name: "typescript-1", version: "1" });
await client.connect(transports[plan.transport]());
await converse(client, plan);
await client.close();
