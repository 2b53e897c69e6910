"""A host that shows MCP Apps: a page with the app in a frame, and behind it a real client of the real server."""

import json
import threading
from contextlib import asynccontextmanager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from anyio.from_thread import start_blocking_portal
from mcp import Client
from mcp.client.extension import advertise

from goodies_mcp.mcpserver.catalogue import catalogue
from goodies_mcp.mcpserver.plain_messages import APP_TYPE, APPS, HOME_MAP
from goodies_mcp.mcpserver.server import build_server

# What the extension's specification has a host say when a page asks for nothing.
POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "media-src 'self' data:; connect-src 'none'"
)
PAGE = """<!DOCTYPE html><meta charset="utf-8"><title>host</title>
<style>body{margin:0}iframe{border:0;width:100vw;height:100vh;display:block}</style>
<iframe id="app" sandbox="allow-scripts"></iframe>
<script>
const frame = document.getElementById("app");
window.heard = [];
window.manners = JSON.parse(new URLSearchParams(location.search).get("manners") || "{}");
const send = (message) => frame.contentWindow.postMessage({ jsonrpc: "2.0", ...message }, "*");
const ask = async (method, params) =>
  (await fetch("/rpc", { method: "POST", body: JSON.stringify({ method, params }) })).json();
window.addEventListener("message", async ({ source, data }) => {
  if (source !== frame.contentWindow) return;
  window.heard.push(data);
  if (data.method === "ui/initialize") {
    const hostContext = { theme: window.manners.theme || "light", displayMode: "inline" };
    send({ id: data.id, result: { protocolVersion: "2026-01-26", hostInfo: { name: "a host", version: "1" },
      hostCapabilities: { serverTools: {}, serverResources: {} }, hostContext } });
  } else if (data.method === "ui/notifications/initialized") {
    const args = window.manners.arguments || {};
    send({ method: "ui/notifications/tool-input", params: { arguments: args } });
    if (window.manners.silent) return;
    const { result } = await ask("tools/call", { name: "get_home_map", arguments: args });
    send({ method: "ui/notifications/tool-result", params: result });
  } else if (data.id !== undefined && data.method) {
    const refused = (window.manners.refuses || []).includes(data.method);
    const refusal = { error: { code: -32601, message: "this host does not" } };
    const answer = refused ? refusal : await ask(data.method, data.params);
    send({ id: data.id, ...answer });
  }
});
frame.src = "/app";
</script>"""


@contextmanager
def app_host(opened_desk, furnish):
    """The address of the host's page. ``opened_desk`` opens a desk, which ``furnish`` makes a home of."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(_client(opened_desk, furnish)) as client:

        async def answered(method, params):
            try:
                if method == "tools/call":
                    result = await client.call_tool(params["name"], params["arguments"])
                else:
                    result = await client.read_resource(params["uri"])
            except Exception as error:  # noqa: BLE001 - a host passes on whatever was wrong
                return {"error": {"code": -32000, "message": str(error)}}
            return {"result": result.model_dump(mode="json", by_alias=True, exclude_none=True)}

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                if self.path == "/app":
                    (page,) = portal.call(client.read_resource, HOME_MAP).contents
                    self._give(page.text, "text/html; charset=utf-8", {"Content-Security-Policy": POLICY})
                else:
                    self._give(PAGE, "text/html; charset=utf-8", {})

            def do_POST(self):
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self._give(json.dumps(portal.call(answered, asked["method"], asked["params"])), "application/json", {})

            def _give(self, text, content_type, headers):
                self.send_response(200)
                for name, value in {"Content-Type": content_type, **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            server.server_close()


@asynccontextmanager
async def _client(opened_desk, furnish):
    async with opened_desk() as desk:
        await furnish(desk)

        async def home():
            return desk.graph

        server = build_server(catalogue(), home)
        async with Client(server, extensions=[advertise(APPS, {"mimeTypes": [APP_TYPE]})]) as client:
            yield client
