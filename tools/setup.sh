#!/bin/sh
# Makes the virtual environment: sh tools/setup.sh VENV CONSTRAINTS, with PYTHON as the wanted interpreter.
# Plain sh, because it runs before anything else is known to exist.
set -eu

venv=$1
lock=$2

say() { printf '%s\n' "$*" >&2; }

new_enough() {
    command -v "$1" >/dev/null 2>&1 &&
        "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

# macOS ships an old python3, and Homebrew installs beside it under the full name only.
python=
for candidate in "${PYTHON:-python3}" python3.14 python3.13 python3.12 python3.11; do
    if new_enough "$candidate"; then
        python=$candidate
        break
    fi
done

system=$(uname -s)
if [ -z "$python" ]; then
    case $system in
    Darwin) say "Python 3.11 or newer is needed: brew install python@3.12" ;;
    *) say "Python 3.11 or newer is needed: sudo apt install python3 python3-venv (Debian 12, Ubuntu 24.04 or newer)" ;;
    esac
    exit 1
fi

# Debian ships venv without ensurepip: it imports, and then fails halfway through.
if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
    case $system in
    Darwin) say "$python cannot make virtual environments: brew install python@3.12" ;;
    *) say "$python cannot make virtual environments: sudo apt install python3-venv" ;;
    esac
    exit 1
fi

# An environment whose interpreter went away, or that was copied from elsewhere, cannot be mended.
home=$(pwd -P)/$venv
if ! "$venv/bin/python" -c 'import os, sys; sys.exit(os.path.realpath(sys.prefix) != sys.argv[1])' "$home" >/dev/null 2>&1 ||
    ! grep -qF "$home" "$venv/bin/activate" || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    "$python" -m venv --clear "$venv"
fi

say "Installing into $venv (a minute or two, once) ..."
pip() { "$venv/bin/python" -m pip --disable-pip-version-check "$@"; }
# The build backend comes from the lock too: an isolated build would fetch the newest one each time.
pip install --quiet --constraint "$lock" hatchling
pip install --quiet --constraint "$lock" --no-build-isolation --editable '.[dev]'
# Only speed depends on this, and naming a broken file is the work of make check.
"$venv/bin/python" -m compileall -qq goodies_mcp tools || say "Some files do not compile: make check names them."
say "Ready."
