"""What every test stands on: its kind follows from its folder, its home is empty, its event loop is asyncio."""

import os
import signal
import sysconfig
from pathlib import Path

import hypothesis
import pytest

import goodies_mcp

TESTS = Path(__file__).parent
KINDS = frozenset({"unit", "property", "contract", "fault", "interop", "e2e", "bench"})

# A shared machine pauses at will: a deadline per example would fail tests for its neighbours' work.
# A gate must answer the same twice, so chance is left to the machines of people.
hypothesis.settings.register_profile("goodies", deadline=None, print_blob=True, derandomize=bool(os.environ.get("CI")))
hypothesis.settings.load_profile("goodies")


def pytest_configure():
    # Whoever runs this in the background of a script passes on that Ctrl-C is ignored, and tests send it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if not os.environ.get("TEST_INSTALLED_WHEEL"):
        return
    package = Path(goodies_mcp.__file__).resolve()
    installed = Path(sysconfig.get_path("purelib")).resolve()
    if not package.is_relative_to(installed):
        pytest.exit(f"the installed wheel was to be tested, and {package} is something else", returncode=3)


def pytest_report_header():
    return f"goodies_mcp: {Path(goodies_mcp.__file__).parent}"


@pytest.hookimpl(tryfirst=True)  # before pytest's own -m looks at the markers
def pytest_collection_modifyitems(items):
    for item in items:
        kind = item.path.relative_to(TESTS).parts[0]
        if kind not in KINDS:
            message = f"{item.path}: a test lives in one of tests/{{{','.join(sorted(KINDS))}}}"
            raise pytest.UsageError(message)
        item.add_marker(kind)


@pytest.fixture(scope="session")
def anyio_backend():
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def _empty_home(tmp_path_factory):
    """No test reads or writes the settings and data of whoever runs it."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("GOODIES_", "XDG_"))]:
            patch.delenv(name)
        patch.setenv("HOME", str(home))
        yield
