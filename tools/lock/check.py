"""Tells, without a network, whether the lock still fits pyproject.toml: every requirement must be pinned to a
version that it allows, and no line may name a place to download from.
"""

import re
import sys
import tomllib
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import NormalizedName, canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "tools" / "lock" / "constraints.txt"

Pins = dict[NormalizedName, list[str]]


def wanted(pyproject: str) -> list[Requirement]:
    """Every requirement the project declares: for itself, for its extras and for its build."""
    document = tomllib.loads(pyproject)
    project = document["project"]
    texts = [*project["dependencies"], *document["build-system"]["requires"]]
    for extra in project.get("optional-dependencies", {}).values():
        texts += extra
    return [Requirement(text) for text in texts]


def pinned(constraints: str) -> tuple[Pins, list[str]]:
    """The versions each name is pinned to (one for each Python or platform it forks on), and the bad lines."""
    pins: Pins = {}
    complaints = []
    for line in constraints.splitlines():
        text = re.sub(r"(^|\s)#.*", "", line).strip()
        if "://" in line:
            complaints.append(f"names a place to download from: {line.strip()}")
        elif text:
            try:
                requirement = Requirement(text)
            except InvalidRequirement:
                complaints.append(f"is not a constraint: {text}")
                continue
            versions = [s.version for s in requirement.specifier if s.operator == "=="]
            if len(versions) != 1 or requirement.extras:
                complaints.append(f"does not pin one version: {text}")
            pins.setdefault(canonicalize_name(requirement.name), []).extend(versions)
    return pins, complaints


def stale(pyproject: str, constraints: str) -> list[str]:
    """What is wrong with the lock, one sentence each; empty when it fits."""
    pins, complaints = pinned(constraints)
    for requirement in wanted(pyproject):
        versions = pins.get(canonicalize_name(requirement.name), [])
        if not versions:
            complaints.append(f"does not pin {requirement.name}")
        complaints += [
            f"pins {requirement.name} {version}, and pyproject.toml asks for {requirement.specifier}"
            for version in versions
            if not requirement.specifier.contains(version, prereleases=True)
        ]
    return complaints


def main() -> int:
    """Print each complaint with the way out; 1 when there is one."""
    complaints = stale((ROOT / "pyproject.toml").read_text("utf-8"), LOCK.read_text("utf-8"))
    for complaint in complaints:
        print(f"{LOCK.relative_to(ROOT)} {complaint}", file=sys.stderr)
    if complaints:
        print("Run `make lock`.", file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
