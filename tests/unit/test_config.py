"""Settings: who is heard first, what is refused and in which words."""

import os
import sys
from pathlib import Path

import platformdirs
import pytest

from goodies_mcp import config
from goodies_mcp.errors import InvalidInput, NotFound


def load(flags=(), environ=(), toml=None, tmp_path=None):
    if toml is None:
        return config.load(dict(flags), dict(environ, HOME="/home/anna"))
    file = tmp_path / "settings.toml"
    file.write_text(toml, "utf-8")
    return config.load(dict(flags), dict(environ), str(file))


def test_a_flag_is_heard_before_the_environment_before_the_file_before_the_default(tmp_path):
    toml = 'port = 3\nhost = "file.example"\ndevice = "in file"'
    environ = {"GOODIES_PORT": "2", "GOODIES_HOST": "environment.example"}
    settings = load({"port": "1"}, environ, toml, tmp_path)
    assert (settings.port, settings.host, settings.device, settings.transport) == (
        1,
        "environment.example",
        "in-file",
        "stdio",
    )
    origins = {row["key"]: row["origin"] for row in settings.described()}
    assert origins["port"] == "flag --port"
    assert origins["host"] == "environment GOODIES_HOST"
    assert origins["device"] == f"file {tmp_path / 'settings.toml'}"
    assert origins["transport"] == "default"


def test_an_empty_variable_is_as_good_as_none():
    assert load(environ={"GOODIES_PORT": ""}).port == 8765


def test_settings_are_frozen():
    with pytest.raises(AttributeError, match="frozen: port"):
        load().port = 1


@pytest.mark.parametrize(
    ("key", "bad", "why"),
    [
        ("port", "abc", "'abc' is not a whole number"),
        ("port", "65536", "from 0 to 65535"),
        ("port", "-1", "from 0 to 65535"),
        ("port", "9" * 5000, "not a whole number"),
        ("transport", "telepathy", "not one of stdio, http, sse"),
        ("read_only", "maybe", "neither true nor false"),
        ("author", "***", "nothing is left of it"),
        ("toolsets", " , ", "not a list of words"),
        ("allow_files", ":", "not a text"),
        ("host", "   ", "not a text"),
        ("fetch_content", "sometimes", "not one of when-read, always"),
        ("log_level", "loud", "not one of debug, info, warning, error"),
    ],
)
def test_a_bad_value_is_refused_with_its_key_and_origin(key, bad, why):
    with pytest.raises(InvalidInput, match=why) as refused:
        load(environ={f"GOODIES_{key.upper()}": bad})
    assert refused.value.message.startswith(f"{key}: ")
    assert f"GOODIES_{key.upper()}" in refused.value.message


@pytest.mark.parametrize("line", ["port = true", "port = 1.5", 'read_only = "perhaps"', "host = 5", "toolsets = [1]"])
def test_a_bad_value_in_the_file_is_refused_with_the_file(line, tmp_path):
    with pytest.raises(InvalidInput, match=r"settings\.toml"):
        load(toml=line, tmp_path=tmp_path)


def test_a_file_can_say_everything(tmp_path):
    toml = f"""
data_dir = "{tmp_path}/home"
author = "Ana María"
device = "Küchen-iPad"
transport = "http"
host = "::1"
port = 1234
allowed_hosts = ["home.example"]
token = "hush"
token_file = "{tmp_path}/token"
oauth_issuer = "https://login.example"
public_url = "https://home.example"
metrics = true
hub_url = "https://hub.example"
sync = false
sync_interval = 60
fetch_content = "always"
allow_files = ["/srv/papers"]
toolsets = ["query", "content"]
read_only = true
log_level = "debug"
log_format = "json"
"""
    settings = load(toml=toml, tmp_path=tmp_path)
    said = {row["key"]: row["value"] for row in settings.described()}
    assert said == {
        "data_dir": f"{tmp_path}/home",
        "author": "ana-maría",
        "device": "küchen-ipad",
        "transport": "http",
        "host": "::1",
        "port": 1234,
        "allowed_hosts": ["home.example"],
        "token": "********",
        "token_file": f"{tmp_path}/token",
        "oauth_issuer": "https://login.example",
        "public_url": "https://home.example",
        "metrics": True,
        "hub_url": "https://hub.example",
        "sync": False,
        "sync_interval": 60,
        "fetch_content": "always",
        "allow_files": ["/srv/papers"],
        "toolsets": ["query", "content"],
        "read_only": True,
        "log_level": "debug",
        "log_format": "json",
    }
    assert set(said) == set(config.BY_KEY)


def test_an_unknown_key_is_refused_with_the_nearest(tmp_path):
    with pytest.raises(InvalidInput, match="unknown setting 'prot'") as refused:
        load(toml="prot = 1", tmp_path=tmp_path)
    assert refused.value.hint == "did you mean port?"


def test_an_unknown_variable_is_named_with_the_nearest():
    assert load(environ={"GOODIES_DATADIR": "/x"}).warnings == (
        "the environment's GOODIES_DATADIR is not a setting and was ignored; did you mean GOODIES_DATA_DIR?",
    )


@pytest.mark.parametrize("text", ["port = ", "= 1", "port = 1\nport = 2", "a" * 100, "x = " + "[" * 5000])
def test_a_file_that_is_no_toml_is_refused(text, tmp_path):
    with pytest.raises(InvalidInput, match=r"settings\.toml cannot be read"):
        load(toml=text, tmp_path=tmp_path)


def test_a_file_that_was_asked_for_must_be_there(tmp_path):
    with pytest.raises(NotFound, match="no settings file"):
        config.load({}, {}, str(tmp_path / "nothing.toml"))
    with pytest.raises(InvalidInput, match="cannot be read"):
        config.load({}, {"GOODIES_CONFIG": str(tmp_path)})


def test_a_secret_is_never_shown():
    settings = load(environ={"GOODIES_TOKEN": "hush-hush"})
    assert settings.token == "hush-hush"
    assert "hush-hush" not in str(settings.described())
    with pytest.raises(InvalidInput) as refused:
        load(environ={"GOODIES_TOKEN": "  "})
    assert "'  '" not in refused.value.message


def test_a_token_comes_out_of_its_file(tmp_path):
    file = tmp_path / "token"
    file.write_text("hush\n", "utf-8")
    assert load({"token_file": str(file)}).bearer_token() == "hush"
    assert load({"token_file": str(file), "token": "louder"}).bearer_token() == "louder"
    assert load().bearer_token() is None


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff\xfe"])
def test_a_token_file_without_a_token_is_refused(content, tmp_path):
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InvalidInput, match="token_file"):
        load({"token_file": str(file)}).bearer_token()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Anna", "anna"),
        ("  Ana  María ", "ana-maría"),
        ("李雷", "李雷"),
        ("a@b.example", "a@b.example"),
        ("x" * 99, "x" * 64),
    ],
)
def test_names_are_folded_to_what_fits_into_a_version(given, kept):
    assert load({"author": given}).author == kept


def test_the_system_says_who_edits_where_nobody_else_does():
    assert load(environ={"LOGNAME": "Anna B."}).author == "anna-b."
    assert load().device == os.uname().nodename.partition(".")[0].lower()


def test_a_path_is_made_absolute_and_its_tilde_expanded():
    assert load({"data_dir": "here"}).data_dir == str(Path("here").absolute())
    assert load({"data_dir": "~/there"}).data_dir == str(Path("~/there").expanduser())


@pytest.mark.parametrize("kind", ["data", "config", "cache"])
@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"XDG_SESSION_TYPE": "x11", "XDG_RUNTIME_DIR": "/run"},
        {"XDG_DATA_HOME": "/elsewhere", "XDG_CONFIG_HOME": "/other", "XDG_CACHE_HOME": "/third"},
    ],
)
def test_the_folders_are_those_of_the_platform(kind, environ, monkeypatch):
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    find = getattr(platformdirs, f"user_{kind}_dir")
    assert config.platform_folder(kind, os.environ) == find("goodies-mcp", appauthor=False)


def test_the_folders_of_a_mac_are_those_of_macos(monkeypatch):
    from platformdirs.macos import MacOS

    monkeypatch.setattr(sys, "platform", "darwin")
    macos = MacOS("goodies-mcp", appauthor=False)
    assert config.platform_folder("data", {}) == macos.user_data_dir
    assert config.platform_folder("config", {}) == macos.user_config_dir
    assert config.platform_folder("cache", {}) == macos.user_cache_dir


@pytest.mark.parametrize(
    ("platform", "environ", "folder"),
    [
        ("win32", {"APPDATA": "C:\\Users\\lena\\AppData\\Roaming"}, "C:\\Users\\lena\\AppData\\Roaming"),
        ("darwin", {"XDG_CONFIG_HOME": "/elsewhere"}, "~/Library/Application Support"),
        ("linux", {}, "~/.config"),
        ("linux", {"XDG_CONFIG_HOME": "/elsewhere"}, "/elsewhere"),
    ],
)
def test_desktop_programs_keep_their_settings_where_the_system_has_them(platform, environ, folder):
    found = config.host_folder("Claude", platform, environ)
    assert found == os.path.join(os.path.expanduser(folder), "Claude")  # noqa: PTH111, PTH118


@pytest.mark.parametrize(
    "address",
    ["login.example", "ftp://login.example", "http://login.example", "https://", "https://a:b@c", "https://[", "x"],
)
def test_an_address_that_others_could_listen_to_is_refused(address):
    with pytest.raises(InvalidInput, match="oauth_issuer"):
        load({"oauth_issuer": address})


@pytest.mark.parametrize("address", ["https://login.example/realms/home", "http://127.0.0.1:9000", "http://[::1]:1"])
def test_an_address_that_nobody_can_is_taken(address):
    assert load({"oauth_issuer": address}).oauth_issuer == address
