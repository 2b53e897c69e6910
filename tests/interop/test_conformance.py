"""The official conformance suite on ``goodies-mcp serve``: everything that both revisions of the protocol ask of a
server, and nothing excused but the extension for tasks.
"""

import json

import pytest

from tests.interop import foreign, served

SUITES = {"0.1": "conformance-2025-11-25", "0.2": "conformance-2026-07-28"}
"""The npm package by the release of the suite."""

RUNS = {
    "2025-11-25, by the suite of its time": ("0.1", [], 30, 39),
    "2025-11-25": ("0.2", ["--requirements", "2025-11-25"], 33, 84),
    "2026-07-28": ("0.2", ["--requirements", "2026-07-28"], 40, 148),
}
"""Which suite, what it is asked for, and how many scenarios and checks there are at least."""


@pytest.fixture(scope="module")
def server(kit, tmp_path_factory):
    folder = served.demo_home(tmp_path_factory.mktemp("conformance") / "home")
    with served.over_http(folder, module="tests.interop.conformance_server") as url:
        yield f"{url}/mcp"


@pytest.mark.parametrize(("suite", "wanted", "scenarios", "checks"), RUNS.values(), ids=RUNS)
def test_every_check_of_the_official_suite_passes(kit, server, tmp_path, suite, wanted, scenarios, checks):
    words = [*kit.node(SUITES[suite], "dist/index.js"), "server", "--url", server, "--output-dir", str(tmp_path)]
    done = foreign.run([*words, *wanted])
    passed, failed, seen = 0, [], set()
    for file in tmp_path.glob("*/checks.json"):
        scenario = file.parent.name
        if scenario.startswith("server-tasks-"):
            continue
        seen.add(scenario)
        for check in json.loads(file.read_text()):
            passed += check["status"] == "SUCCESS"
            if check["status"] not in {"SUCCESS", "INFO"}:
                failed.append((scenario, check["id"], check["status"], check.get("errorMessage")))
    assert not failed, done.stdout
    assert len(seen) >= scenarios
    assert passed >= checks
