#!/bin/sh
# Fetches the servers of others into a folder: sh tools/bench/peers/setup.sh FOLDER. Needs Node.js, npm and Python.
set -eu
folder=$1
here=$(dirname "$0")
command -v npm >/dev/null 2>&1 || { echo "npm is needed (Debian: apt install npm; macOS: brew install node)" >&2; exit 1; }
rm -rf "$folder"
mkdir -p "$folder"
cp "$here/package.json" "$here/package-lock.json" "$here/.npmrc" "$folder"
npm ci --silent --prefix "$folder"
"${PYTHON:-python3}" -m venv "$folder/sqlite"
"$folder/sqlite/bin/python" -m pip --disable-pip-version-check install --quiet --no-deps --requirement "$here/sqlite.txt"
touch "$folder/.ready"
