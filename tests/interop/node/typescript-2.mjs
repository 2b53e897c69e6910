// The second TypeScript SDK, in the era that the test asks for.
import { Client, SSEClientTransport, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { converse, planned } from "./conversation.mjs";

const plan = await planned();
const transports = {
  stdio: () => new StdioClientTransport({ command: plan.command[0], args: plan.command.slice(1), env: plan.env }),
  http: () => new StreamableHTTPClientTransport(new URL(plan.url + "/mcp")),
  sse: () => new SSEClientTransport(new URL(plan.url + "/sse")),
};
const mode = plan.era === "modern" ? { pin: "2026-07-28" } : plan.era;
const client = new Client({ name: "typescript-2", version: "1" }, { versionNegotiation: { mode } });
await client.connect(transports[plan.transport]());
await converse(client, plan);
await client.close();
