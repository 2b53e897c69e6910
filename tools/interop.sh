#!/bin/sh
# Fetches the clients of others and the official conformance suite: sh tools/interop.sh FOLDER, with PYTHON as the
# interpreter whose environments hold the Python ones. Everything is pinned under tests/interop.
set -eu

folder=$1
pinned=$(pwd -P)/tests/interop

if ! command -v npm >/dev/null 2>&1; then
    printf '%s\n' "npm is needed to fetch them: sudo apt install npm (Debian, Ubuntu), brew install node (macOS)" >&2
    exit 1
fi

printf '%s\n' "Installing into $folder (a minute or two, once) ..." >&2
rm -rf "$folder"
mkdir -p "$folder/node"
# Node itself is among the packages: they need a newer one than many machines have.
cp "$pinned/node/package.json" "$pinned/node/package-lock.json" "$pinned/node/.npmrc" "$folder/node/"
(cd "$folder/node" && npm ci --loglevel=error --no-progress >/dev/null)
for client in mcp1 fastmcp; do
    "$PYTHON" -m venv "$folder/$client"
    "$folder/$client/bin/python" -m pip --disable-pip-version-check install -qq --requirement "$pinned/python/$client.txt"
done
"$folder/node/node_modules/.bin/node" --version >/dev/null
