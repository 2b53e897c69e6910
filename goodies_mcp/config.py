"""Settings: flag, then ``GOODIES_*`` environment, then TOML file, then default; frozen afterwards. The only reader of
environment and settings file. Neither pydantic, dataclasses, typing nor pathlib enters here: every start pays for what
this imports, and those cost more than all that is done with them (a bare start is 10 ms, pydantic 45 more).
"""
# ruff: noqa: PTH100, PTH110, PTH111, PTH118, PTH123  pathlib alone would cost each start 9 ms

import os
import sys
from collections.abc import Callable, Iterable, Mapping

TYPE_CHECKING = False  # typing itself would cost each start 4 ms
if TYPE_CHECKING:
    from typing import TypeVar

    S = TypeVar("S", bound="Known")

APP = "goodies-mcp"
PREFIX = "GOODIES_"
CONFIG_VARIABLE = "GOODIES_CONFIG"
DATABASE = "goodies.db"
HUB = "funkygibbon"
HUB_PREFIX = "FUNKYGIBBON_"


class Unusable(ValueError):
    """A value that its setting cannot take; says what would do."""


class Setting:
    """One setting: its key in the TOML file, how its value is read, its default and what it is for."""

    __slots__ = ("about", "default", "key", "prefix", "read", "secret")

    def __init__(
        self,
        key: str,
        read: Callable[[object], object],
        default: object,
        about: str,
        *,
        secret: bool = False,
        prefix: str = PREFIX,
    ) -> None:
        self.key = key
        self.read = read
        self.default = default
        self.about = about
        self.secret = secret
        self.prefix = prefix

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return self.prefix + self.key.upper()


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        message = "not a text with something in it"
        raise Unusable(message)
    return value.strip()


def _path(value: object) -> str:
    text = os.path.expanduser(_text(value))
    if "\0" in text:
        message = "not a path"
        raise Unusable(message)
    return os.path.abspath(text)


def _who(value: object) -> str:
    """Folded to what fits into a version id: letters of any script, digits, and ``. _ @ -`` between them."""
    folded = "".join(c if c.isalnum() or c in "._@-" else "-" for c in _text(value).casefold())
    name = "-".join(part for part in folded.split("-") if part)[:64]
    if not name:
        message = "nothing is left of it but signs"
        raise Unusable(message)
    return name


def _whole(least: int, most: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        try:
            number = int(value) if isinstance(value, str | int) and not isinstance(value, bool) else least - 1
        except ValueError:
            number = least - 1
        if not least <= number <= most:
            message = f"not a whole number from {least} to {most}"
            raise Unusable(message)
        return number

    return read


_port = _whole(0, 65_535)
_count = _whole(1, 65_535)
_seconds = _whole(1, 86_400)


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    known = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    text = value.strip().lower() if isinstance(value, str) else ""
    if text not in known:
        message = "neither true nor false"
        raise Unusable(message)
    return known[text]


def _words(value: object) -> tuple[str, ...]:
    parts = value.split(",") if isinstance(value, str) else value if isinstance(value, list | tuple) else ()
    found = tuple(part.strip() for part in parts if isinstance(part, str) and part.strip())
    if not found or len(found) < len(parts):
        message = "not a list of words (text with commas, or a TOML list)"
        raise Unusable(message)
    return found


def _paths(value: object) -> tuple[str, ...]:
    """Paths, in a text separated as the system separates them: a comma may be part of a name."""
    parts = value.split(os.pathsep) if isinstance(value, str) else value if isinstance(value, list | tuple) else ()
    if not parts:
        message = "not a list of folders"
        raise Unusable(message)
    return tuple(_path(part) for part in parts)


def _web_address(value: object) -> str:
    """An address that nobody on the way can listen to: https, or http on this machine."""
    from urllib.parse import urlsplit  # start-up: few settings need it

    text = _text(value)
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        parts, host = urlsplit(""), ""
    if not host or parts.query or parts.fragment or parts.username is not None:
        raise Unusable("no address such as https://login.example")
    if parts.scheme != "https" and not (parts.scheme == "http" and host in ("127.0.0.1", "localhost", "::1")):
        raise Unusable("neither https nor on this machine")
    return text


def _one_of(*choices: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        text = _text(value).lower()
        if text not in choices:
            raise Unusable("not one of " + ", ".join(choices))
        return text

    return read


SETTINGS = (
    Setting("data_dir", _path, None, "Folder of the database, its backups and inbox (default: the platform's place)."),
    Setting("author", _who, None, "Who edits, as history shows it (default: the name of the system's user)."),
    Setting("device", _who, None, "The device that edits, as history shows it (default: the name of the host)."),
    Setting("transport", _one_of("stdio", "http", "sse"), "stdio", "What `serve` speaks: stdio, http or sse."),
    Setting("host", _text, "127.0.0.1", "Address that `serve` listens on; one beyond this machine needs a token."),
    Setting("port", _port, 8765, "Port that `serve` listens on; 0 takes a free one."),
    Setting("allowed_hosts", _words, (), "Host names that HTTP requests may carry besides the address listened on."),
    Setting("token", _text, None, "Bearer token that HTTP requests must carry.", secret=True),
    Setting("token_file", _path, None, "File that holds the bearer token; for whoever keeps secrets out of settings."),
    Setting(
        "oauth_issuer", _web_address, None, "OAuth 2.1 authorization server whose tokens HTTP requests must carry."
    ),
    Setting(
        "public_url",
        _web_address,
        None,
        "URL under which clients reach this server, without a path; OAuth tokens must be for it (default: the one "
        "listened on).",
    ),
    Setting("metrics", _flag, False, "Show numbers about the server on /metrics, over HTTP (extra `metrics`)."),  # noqa: FBT003
    Setting("hub_url", _text, None, "Address of the hub (default: the one that `hub login` logged in to)."),
    Setting("sync", _flag, True, "Sync by itself while serving; `goodies-mcp sync` works either way."),  # noqa: FBT003
    Setting("sync_interval", _seconds, 300, "Seconds between two syncs while nothing changes here."),
    Setting(
        "fetch_content",
        _one_of("when-read", "always"),
        "when-read",
        "Files that other devices added come down when they are first read, or always, in each sync.",
    ),
    Setting("allow_files", _paths, (), "Folders that tools may read files from, besides the inbox in the data folder."),
    Setting("toolsets", _words, (), "Toolsets to offer (query, management, content, ... or all; default: a choice)."),
    Setting("read_only", _flag, False, "Offer no tool that writes, and open the database read-only."),  # noqa: FBT003
    Setting("log_level", _one_of("debug", "info", "warning", "error"), "warning", "Least level that stderr shows."),
    Setting("log_format", _one_of("text", "json"), "text", "Log lines on stderr: text, or one JSON object each."),
)
BY_KEY = {setting.key: setting for setting in SETTINGS}


def _of_the_hub(key: str, read: Callable[[object], object], default: object, about: str) -> Setting:
    return Setting(key, read, default, about, prefix=HUB_PREFIX)


HUB_SETTINGS = (
    _of_the_hub("data_dir", _path, None, "Folder of the hub's databases and keys (default: the platform's place)."),
    _of_the_hub("host", _text, "127.0.0.1", "Address that `serve` listens on."),
    _of_the_hub("port", _port, 8000, "Port that `serve` listens on; 0 takes a free one."),
    _of_the_hub(
        "trusted_proxies", _words, (), "Addresses or networks of proxies whose `X-Forwarded-For` is believed; no other."
    ),
    _of_the_hub("max_content_mib", _count, 256, "Size of the largest photo or manual that is taken, in MiB."),
    _of_the_hub("log_level", _one_of("debug", "info", "warning", "error"), "info", "Least level that stderr shows."),
    _of_the_hub("log_format", _one_of("text", "json"), "text", "Log lines on stderr: text, or one JSON object each."),
)


class Known:
    """The settings of one program with where each came from. Frozen: nothing changes after it was read."""

    data_dir: str
    log_level: str
    log_format: str
    origins: Mapping[str, str]
    warnings: tuple[str, ...]

    app: str
    prefix: str
    settings: tuple[Setting, ...]

    def __init__(self, values: Mapping[str, object], origins: Mapping[str, str], warnings: tuple[str, ...]) -> None:
        self.__dict__.update(values, origins=origins, warnings=warnings)

    def __setattr__(self, name: str, value: object) -> None:
        message = f"settings are frozen: {name}"
        raise AttributeError(message)

    def described(self) -> list[dict[str, object]]:
        """Every setting with its value and origin; secrets masked."""
        return [
            {
                "key": setting.key,
                "value": "********" if setting.secret and self._value(setting) is not None else self._value(setting),
                "origin": self.origins[setting.key],
            }
            for setting in self.settings
        ]

    def _value(self, setting: Setting) -> object:
        value = getattr(self, setting.key)
        return list(value) if isinstance(value, tuple) else value


class Settings(Known):
    """The settings of ``goodies-mcp``."""

    app = APP
    prefix = PREFIX
    settings = SETTINGS

    author: str
    device: str
    transport: str
    host: str
    port: int
    allowed_hosts: tuple[str, ...]
    token: str | None
    token_file: str | None
    oauth_issuer: str | None
    public_url: str | None
    metrics: bool
    hub_url: str | None
    sync: bool
    sync_interval: int
    fetch_content: str
    allow_files: tuple[str, ...]
    toolsets: tuple[str, ...]
    read_only: bool

    @property
    def database(self) -> str:
        """The database file."""
        return os.path.join(self.data_dir, DATABASE)

    @property
    def backups(self) -> str:
        """Where backups go that nobody gave a place."""
        return os.path.join(self.data_dir, "backups")

    @property
    def inbox(self) -> str:
        """Where people put files that a tool is to keep."""
        return os.path.join(self.data_dir, "inbox")

    def bearer_token(self) -> str | None:
        """The token, out of its file when it lies in one."""
        if self.token is not None or self.token_file is None:
            return self.token
        try:
            with open(self.token_file, encoding="utf-8") as file:
                token = file.read(4096).strip()
        except (OSError, UnicodeDecodeError) as error:
            # What went wrong is told by whoever tells the cause.
            raise _refused(
                "token_file", self.token_file, "no file that can be read", self.origins["token_file"]
            ) from error
        if not token:
            raise _refused("token_file", self.token_file, "a file without a token", self.origins["token_file"])
        return token


class HubSettings(Known):
    """The settings of ``funkygibbon``."""

    app = HUB
    prefix = HUB_PREFIX
    settings = HUB_SETTINGS

    host: str
    port: int
    trusted_proxies: tuple[str, ...]
    max_content_mib: int


def load(
    flags: Mapping[str, object], environ: Mapping[str, str] | None = None, config_file: str | None = None
) -> Settings:
    """Read every setting from the first place that has it. ``flags`` holds those that were given, by key."""
    return load_as(Settings, flags, environ, config_file)


def load_as(
    program: "type[S]",
    flags: Mapping[str, object],
    environ: Mapping[str, str] | None = None,
    config_file: str | None = None,
) -> "S":
    """As :func:`load`, for one of our programs."""
    environ = os.environ if environ is None else environ
    path, wanted = _config_file(program, config_file, environ)
    file = _read_toml(path, program, wanted=wanted)
    values: dict[str, object] = {}
    origins: dict[str, str] = {}
    for setting in program.settings:
        if setting.key in flags:
            given, origin = flags[setting.key], "flag --" + setting.key.replace("_", "-")
        elif environ.get(setting.variable):
            given, origin = environ[setting.variable], f"environment {setting.variable}"
        elif setting.key in file:
            given, origin = file[setting.key], f"file {path}"
        else:
            values[setting.key], origins[setting.key] = _default(setting, program, environ), "default"
            continue
        try:
            values[setting.key], origins[setting.key] = setting.read(given), origin
        except Unusable as error:
            shown = "********" if setting.secret else given
            raise _refused(setting.key, shown, str(error), origin) from None
    return program(values, origins, tuple(_unknown_variables(program, environ)))


def platform_folder(kind: str, environ: Mapping[str, str], app: str = APP) -> str:
    """The user's folder for ``data``, ``config`` or ``cache`` of a program as the platform has it.

    The two plain cases by hand, because platformdirs takes longer to load than Python does; a test compares both.
    """
    plain = {"linux": {"data": "~/.local/share", "config": "~/.config", "cache": "~/.cache"}}
    plain["darwin"] = dict.fromkeys(("data", "config"), "~/Library/Application Support") | {"cache": "~/Library/Caches"}
    if sys.platform in plain and f"XDG_{kind.upper()}_HOME" not in environ:
        return os.path.join(os.path.expanduser(plain[sys.platform][kind]), app)
    import platformdirs  # start-up, as above

    folder: str = getattr(platformdirs, f"user_{kind}_dir")(app, appauthor=False)
    return folder


def host_folder(app: str, platform: str = sys.platform, environ: Mapping[str, str] | None = None) -> str:
    """The folder in which a desktop program built with Electron keeps its settings.

    It asks the system for it on Windows and macOS and looks at the XDG variable elsewhere; no other library's rules.
    """
    environ = os.environ if environ is None else environ
    if platform == "win32":
        return os.path.join(environ.get("APPDATA") or os.path.expanduser("~\\AppData\\Roaming"), app)
    if platform == "darwin":
        return os.path.join(os.path.expanduser("~/Library/Application Support"), app)
    return os.path.join(environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config"), app)


def cache_folder() -> str:
    """Where things may be kept that can be made again."""
    return platform_folder("cache", os.environ)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is spelled most like it, if any is."""
    from difflib import get_close_matches  # start-up: only mistakes need it

    return next(iter(get_close_matches(word, list(known), n=1, cutoff=0.6)), None)


def _default(setting: Setting, program: type[Known], environ: Mapping[str, str]) -> object:
    if setting.key == "data_dir":
        return platform_folder("data", environ, program.app)
    made = {"author": _user_name, "device": _host_name}.get(setting.key)
    if made is None:
        return setting.default
    try:
        return _who(made(environ))
    except (Unusable, OSError, KeyError, ImportError):
        return "owner" if setting.key == "author" else "this-device"


def _user_name(environ: Mapping[str, str]) -> str:
    for variable in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        if environ.get(variable):
            return environ[variable]
    import pwd  # no such module on Windows, where USERNAME is always set

    return pwd.getpwuid(os.getuid()).pw_name


def _host_name(environ: Mapping[str, str]) -> str:
    name = os.uname().nodename if hasattr(os, "uname") else environ.get("COMPUTERNAME", "")
    return name.partition(".")[0]


def _config_file(program: type[Known], given: str | None, environ: Mapping[str, str]) -> tuple[str, bool]:
    """Where the settings file is, and whether somebody asked for that one."""
    if given is not None:
        return _path(given), True
    variable = f"{program.prefix}CONFIG"
    if environ.get(variable):
        return _path(environ[variable]), True
    return os.path.join(platform_folder("config", environ, program.app), "config.toml"), False


def _read_toml(path: str, program: type[Known], *, wanted: bool) -> dict[str, object]:
    if not wanted and not os.path.exists(path):
        return {}
    from tomllib import TOMLDecodeError, loads  # start-up: most people have no settings file

    from goodies_mcp.errors import InvalidInput, NotFound

    try:
        with open(path, encoding="utf-8") as file:
            found = loads(file.read())
    except FileNotFoundError as error:
        raise NotFound(f"there is no settings file {path}", argument="config") from error
    except (OSError, UnicodeDecodeError, TOMLDecodeError, RecursionError) as error:
        raise InvalidInput(f"the settings file {path} cannot be read: {error}", argument="config") from error
    keys = [setting.key for setting in program.settings]
    for key in found:
        if key not in keys:
            close = nearest(key, keys)
            hint = f"did you mean {close}?" if close else "known are " + ", ".join(keys)
            raise InvalidInput(f"unknown setting {key!r} in {path}", argument=key, hint=hint)
    return found


def _unknown_variables(program: type[Known], environ: Mapping[str, str]) -> Iterable[str]:
    known = {setting.variable for setting in program.settings} | {f"{program.prefix}CONFIG"}
    for name in sorted(name for name in environ if name.startswith(program.prefix) and name not in known):
        close = nearest(name, known)
        yield f"the environment's {name} is not a setting and was ignored" + (
            f"; did you mean {close}?" if close else ""
        )


def _refused(key: str, value: object, why: str, origin: str) -> Exception:
    from goodies_mcp.errors import InvalidInput  # start-up: only mistakes need it

    return InvalidInput(f"{key}: {value!r} is {why} (from {origin})", argument=key)
