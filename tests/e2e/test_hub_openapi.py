"""The OpenAPI document is true: schemathesis asks a running hub what the document promises, and what it forbids."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from goodies_mcp.funkygibbon.api.access import ACCESS, Anybody
from tests.support.hub_process import HubCommand

ST = Path(sys.executable).with_name("st")


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    command = HubCommand(tmp_path_factory.mktemp("hub") / "data")
    command.init()
    with command.serving() as running:
        yield running


def test_every_route_is_in_the_document_with_its_errors(hub):
    with hub.client() as http:
        paths = http.get("/openapi.json").json()["paths"]
    assert {(method.upper(), path) for path, methods in paths.items() for method in methods} == set(ACCESS)
    for (method, path), access in ACCESS.items():
        said = paths[path][method.lower()]
        assert "422" not in said["responses"], path
        if access.needs is not Anybody.OPEN:
            assert {"401", "403"} <= set(said["responses"]), path
            assert said["security"], path


@pytest.mark.timeout(300)
def test_schemathesis_finds_no_answer_that_the_document_does_not_know(hub, tmp_path):
    # As an owner without a device: it takes ids from what was listed, and would shut its own device out.
    token = hub.login()["access_token"]
    ran = subprocess.run(
        [
            ST,
            *("run", f"{hub.url}/openapi.json", "--header", f"Authorization: Bearer {token}"),
            *("--max-examples", "10", "--seed", "1", "--generation-database", "none"),
            *("--phases", "examples,coverage,fuzzing", "--suppress-health-check", "all"),
            # It would end the session that all else needs.
            *("--exclude-path", "/api/v1/auth/logout"),
            # A right hash, a right password and a body of the right hash are beyond any schema.
            *("--exclude-checks", "positive_data_acceptance"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-5_000:] + ran.stderr[-2_000:]
    assert "Traceback" not in hub.log()
    # Whoever is turned away at the door looks at nothing behind it.
    assert re.search(rf"Tested: +{len(ACCESS) - 1}\n", ran.stdout), ran.stdout[-5_000:]
    assert "Authentication failed" not in ran.stdout, ran.stdout[-5_000:]
    with hub.client(token) as http:
        assert http.get("/api/v1/auth/me").status_code == 200
