"""Writes the reference pages of docs/ from what the program itself knows: tools from the registry, commands from their
parsers, settings from their table. ``--check`` writes nothing and fails when a page is stale.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from goodies_mcp.cli.argument_parser import Parser
from goodies_mcp.cli.commands import COMMANDS, DEFAULT
from goodies_mcp.cli.exit_codes import EXIT_CODES, OTHER_EXITS
from goodies_mcp.cli.hub import main as hub
from goodies_mcp.cli.parsing import parser_of
from goodies_mcp.cli.tools import kind_of
from goodies_mcp.config import CONFIG_VARIABLE, HUB, HUB_PREFIX, HUB_SETTINGS, SETTINGS, Setting
from goodies_mcp.mcpserver.addresses import TEMPLATES
from goodies_mcp.mcpserver.catalogue import catalogue
from goodies_mcp.mcpserver.plain_messages import APP_TYPE, HOME_MAP
from goodies_mcp.mcpserver.prompts import PROMPTS, Prompt
from goodies_mcp.mcpserver.registry import TOOLSETS, Tool
from goodies_mcp.mcpserver.shelves import FIXED
from goodies_mcp.metrics import METRICS, exported

_SHARED = {
    "at": "answer as of this ISO time; left out: now",
    "limit": "most items in the answer, 1 to 200 (20)",
    "cursor": "`next_cursor` of the page before",
    "detail": "concise leaves out what a list seldom needs",
    "expected_version": "refuse with `conflict` when the thing has moved on since",
    "idempotency_key": "a retry with the same key is done once",
}
DOCS = Path(__file__).parents[1] / "docs"
_MADE = "<!-- Made by tools/render_docs.py: change the source, then run `python -m tools.render_docs`. -->"


def main() -> int:
    """Write or check every page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a page is stale")
    parser.add_argument("--docs", type=Path, default=DOCS, help="folder of the pages")
    arguments = parser.parse_args()
    stale = [name for name, page in PAGES.items() if not _is_current(arguments.docs / name, page())]
    if arguments.check:
        for name in stale:
            print(f"{arguments.docs / name} is stale: run `python -m tools.render_docs`", file=sys.stderr)
        return 1 if stale else 0
    for name in stale:
        (arguments.docs / name).write_text(PAGES[name](), "utf-8")
        print(f"wrote {arguments.docs / name}")
    return 0


def _is_current(file: Path, page: str) -> bool:
    return file.exists() and file.read_text("utf-8") == page


def tools_page() -> str:
    """Every tool with its arguments."""
    registry = catalogue()
    names = ", ".join(f"`{name}`" for name in TOOLSETS)
    lines = [
        "# Tools",
        _MADE,
        _line(f"""What an assistant can call. A \\* marks what is offered unless `--toolsets` says otherwise; the
toolsets are {names},
`default` and `all`. `--read-only` drops all that write. Where an argument points at something, an id or a name
will do."""),
    ]
    for toolset in TOOLSETS:
        tools = [tool for tool in registry if tool.toolset == toolset]
        if tools:
            lines.append(f"## {toolset.capitalize()}")
            lines += [_tool(tool) for tool in tools]
    return _page(lines)


def _tool(tool: Tool) -> str:
    schema: Mapping[str, Any] = tool.arguments.schema()
    required = schema.get("required", ())
    does = "reads" if tool.read_only else "writes, and can remove" if tool.destructive else "writes"
    lines = [
        f"### `{tool.name}`{' *' if tool.default else ''}".replace(" *", " \\*"),
        "",
        f"{tool.description} ({does})",
    ]
    fields: Mapping[str, Mapping[str, Any]] = schema.get("properties", {})
    if fields:
        rows = [
            (
                f"`{name}`",
                kind_of(field),
                "yes" if name in required else "",
                field.get("description") or _SHARED.get(name, ""),
            )
            for name, field in fields.items()
        ]
        lines += ["", _table(("argument", "type", "required", "meaning"), rows)]
    return "\n".join(lines)


def prompts_page() -> str:
    """Every prompt with its arguments."""
    lines = [
        "# Prompts",
        _MADE,
        _line("""What a person can begin with in hosts that offer prompts. Each is filled, when it is picked, with what
the home knows at that moment; what people and devices wrote stands in it as data. Arguments that point at something
take a name or an id, and hosts complete them as they are typed. Prompts that lead to writing are not offered with
`--read-only`."""),
        *map(_prompt, PROMPTS),
    ]
    return _page(lines)


def _prompt(prompt: Prompt) -> str:
    lines = [f"## `{prompt.name}`", f"{prompt.title}. {prompt.description}"]
    rows = [
        (f"`{name}`", "yes" if argument.required else "", argument.about)
        for name, argument in prompt.arguments.declared.items()
    ]
    return "\n\n".join([*lines, *([_table(("argument", "required", "meaning"), rows)] if rows else [])])


def resources_page() -> str:
    """Every address and form of address."""
    fixed = [(f"`{each['uri']}`", each["description"], each["mimeType"]) for each in FIXED]
    forms = [(f"`{each['uriTemplate']}`", each["description"], each.get("mimeType", "its own")) for each in TEMPLATES]
    page = (f"`{HOME_MAP}`", "The page that hosts with MCP Apps show beside get_home_map.", APP_TYPE)
    lines = [
        "# Resources",
        _MADE,
        _line("""What a host can list, read and watch. `{id}` is an id or a name, escaped as in any address. The list of
resources has homes with their maps, rooms and papers, page by page, behind a first page that is always the same;
everything else has an address too. A host that watches one (`resources/subscribe`, or `subscriptions/listen` from
2026-07-28 on) hears within about a second when it has changed, also through sync or another process on the same file.
An address that is none answers with -32002, from 2026-07-28 on with -32602, and says what to do."""),
        _table(("address", "what stands there", "type"), [*fixed, *forms, page]),
    ]
    return _page(lines)


def cli_page() -> str:
    """Every command with its arguments, and the exit codes."""
    lines = [
        "# Commands",
        _MADE,
        _line(f"""`goodies-mcp` without a command is `goodies-mcp {DEFAULT}`. `--data-dir`, `--config`, `--json` and
`-v` may stand before or after any command. Answers go to stdout, everything else to stderr."""),
        *[_command(parser_of(name), about) for name, (_, about) in COMMANDS.items()],
        "## Exit codes",
        (
            "A failure prints `error: …` and mostly `hint: …` on stderr (with `--json` one line of JSON: "
            '`{"error": {"code": …, "message": …}}`), and ends with the code of its kind:'
        ),
        _table(("code", "kind", "meaning"), list(_exit_rows())),
    ]
    return _page(lines)


def hub_page() -> str:
    """Every command and setting of the hub."""
    lines = [
        "# Commands and settings of the hub",
        _MADE,
        _line("""What a hub is for and how one is run stands in [hub.md](hub.md). `--data-dir`, `--config`, `--json` and
`-v` may stand before or after any command; a failure ends with the exit codes of [cli.md](cli.md)."""),
        *[_command(hub.parser_of(name), about) for name, (_, about) in hub.COMMANDS.items()],
        "## Settings",
        _line(f"""A flag is heard first, then the environment, then `config.toml` in `~/.config/{HUB}` (Linux) or
`~/Library/Application Support/{HUB}` (macOS), or what `--config` or `{HUB_PREFIX}CONFIG` names, then the default."""),
        _table(("key", "environment", "default", "meaning"), [_setting_row(setting) for setting in HUB_SETTINGS]),
    ]
    return _page(lines)


def _command(parser: Parser, about: str) -> str:
    words: list[tuple[str, str]] = []
    flags: list[tuple[str, str]] = []
    everywhere: list[tuple[str, str]] = []
    for group in parser._action_groups:  # noqa: SLF001 - argparse has no public way to list what was added
        for action in group._group_actions:  # noqa: SLF001
            row = (f"`{_spelling(action)}`", action.help or "")
            (words if not action.option_strings else everywhere if group.title == "everywhere" else flags).append(row)
    usage = " ".join([parser.prog, *(_word(action) for action in parser._actions if not action.option_strings)])  # noqa: SLF001
    rows = words + [row for row in flags if not row[0].startswith("`-h")]
    return "\n\n".join([f"## `{usage}`", about, *([_table(("argument", "meaning"), rows)] if rows else [])])


def _word(action: argparse.Action) -> str:
    name = str(action.metavar or action.dest)
    return f"[{name}]" if action.nargs == "?" else name


def _spelling(action: argparse.Action) -> str:
    names = ", ".join(action.option_strings) or str(action.metavar or action.dest)
    if not action.option_strings or action.nargs == 0:
        return names
    takes = "|".join(action.choices) if action.choices else str(action.metavar or action.dest.upper())
    return f"{names} {takes}"


def _exit_rows() -> Iterator[tuple[str, ...]]:
    yield from ((str(code), "", meaning) for code, meaning in OTHER_EXITS.items() if code == 0)
    yield from ((str(code), f"`{kind}`", meaning) for kind, (code, meaning) in EXIT_CODES.items())
    yield from ((str(code), "", meaning) for code, meaning in OTHER_EXITS.items() if code)


def configuration_page() -> str:
    """Every setting."""
    lines = [
        "# Settings",
        _MADE,
        _line("""A flag is heard first, then the environment, then the settings file, then the default.
`goodies-mcp config show` prints each value with its origin, secrets masked."""),
        _line(f"""The settings file is `config.toml` in `~/.config/goodies-mcp` (Linux) or `~/Library/Application
Support/goodies-mcp` (macOS), or what `--config` or `{CONFIG_VARIABLE}` names. Its keys stand at the top level, and an
unknown one is an error. Without `data_dir` the home lies in `~/.local/share/goodies-mcp` (Linux) or
`~/Library/Application Support/goodies-mcp` (macOS)."""),
        _table(("key", "environment", "default", "meaning"), [_setting_row(setting) for setting in SETTINGS]),
        '```toml\n# config.toml\nauthor = "anna"\nread_only = false\ntoolsets = ["query", "content"]\n```',
    ]
    return _page(lines)


def metrics_page() -> str:
    """Every number, and what else there is to look at in a running server."""
    rows = [
        (f"`{each.exported}`", each.kind, ", ".join(f"`{exported(label)}`" for label in each.labels), each.about)
        for each in METRICS
    ]
    buckets = {each.buckets: ", ".join(f"{bound:g}" for bound in each.buckets) for each in METRICS if each.buckets}
    lines = [
        "# Numbers, log lines and traces",
        _MADE,
        "## Numbers",
        _line("""`goodies-mcp serve --transport http --metrics` shows numbers about itself on `GET /metrics`, for
Prometheus and whoever reads its format; it needs the extra `metrics` (`goodies-mcp[metrics]`). Whoever asks passes the
same gate as a host: the Host header is checked, and where there is a token the request must carry it. Nothing is
collected without `--metrics`."""),
        _table(("name", "kind", "labels", "meaning"), rows),
        _line("""Beside them stand the `process_` numbers of Prometheus' own client: memory, processor time, open files.
A label that says nothing is empty. No label has a value that a person or a host made up: tools, prompts and methods
that do not exist are `other`. `error_type` is empty where all went well, `tool_error` where a tool answered with an
error, whose code is in `goodies_tool_calls_total`, and else the number of the JSON-RPC error, `cancelled` or
`internal`. Seconds fall into these buckets:"""),
        "\n".join(f"- {', '.join(_with(found))}: {said}" for found, said in buckets.items()),
        """```yaml
# prometheus.yml
scrape_configs:
  - job_name: goodies
    authorization: { credentials_file: /etc/prometheus/goodies-token }
    static_configs: [{ targets: ["127.0.0.1:8765"] }]
```""",
        "## Log lines",
        _line("""With `log_level` `info` (or `-v`) each call has one line on stderr when it has ended, over every
transport: what was called, milliseconds, an outcome and the client; each sync session has one with its counts. Never
content, names of people or tokens. With `log_format` `json` each of these is a key of its own beside `message`."""),
        """```
INFO goodies_mcp.mcpserver.observing: tool=get_entity_details ms=1.3 outcome=not_found client=claude-ai
INFO goodies_mcp.mcpserver.observing: resource=room ms=2.0 outcome=ok client=claude-ai
INFO goodies_mcp.mcpserver.observing: prompt=home_tour ms=9.4 outcome=ok client=claude-ai
INFO goodies_mcp.mcpserver.observing: completion=resource ms=0.8 outcome=ok client=claude-ai
INFO goodies_mcp.sync.service: sync pushed=2 pulled=0 parked=0 conflicts=0 requests=2 retries=0 ms=31.7 outcome=ok
```""",
        _line("""`outcome` is `ok`, the error's code, `input_required` where the host is to ask its person first,
`cancelled` where it gave the call up, or the number of the JSON-RPC error where the message itself was wrong."""),
        "## Traces",
        _line("""The MCP SDK makes an OpenTelemetry span of every message, over every transport and in both eras of the
protocol, named as the method with the tool or prompt, and a child of the span that a host names in `_meta.traceparent`.
Without OpenTelemetry's SDK that costs next to nothing; with it, spans go where its own settings say, for example:"""),
        """```sh
pip install goodies-mcp opentelemetry-distro opentelemetry-exporter-otlp
OTEL_SERVICE_NAME=goodies opentelemetry-instrument goodies-mcp serve
```""",
        _line("""Spans carry what the SDK puts there: the name of the tool or prompt as the host sent it, the version of
the protocol, the number of the request, how it ended, and where it ended in a protocol error, the error's message.
Over stdio the first requests of a host are answered before the SDK is loaded, and have a span only where the SDK hears
of them later; a request with trace context always waits for it."""),
    ]
    return _page(lines)


def _with(buckets: tuple[float, ...]) -> Iterator[str]:
    return (f"`{each.exported}`" for each in METRICS if each.buckets == buckets)


def _setting_row(setting: Setting) -> tuple[str, ...]:
    shown = {None: "", (): "", False: "`false`"}.get(setting.default, f"`{setting.default}`")  # type: ignore[call-overload]
    return (f"`{setting.key}`", f"`{setting.variable}`", shown, setting.about)


def _line(text: str) -> str:
    return " ".join(text.split())


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _page(parts: list[str]) -> str:
    return "\n\n".join(parts) + "\n"


PAGES: Mapping[str, Callable[[], str]] = {
    "tools.md": tools_page,
    "prompts.md": prompts_page,
    "resources.md": resources_page,
    "cli.md": cli_page,
    "configuration.md": configuration_page,
    "funkygibbon.md": hub_page,
    "metrics.md": metrics_page,
}

if __name__ == "__main__":
    sys.exit(main())
