# Needs only Python 3.11 or newer, git and make; GNU make 3.81 (macOS) is enough.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
LOCK := tools/lock/constraints.txt
INTEROP := .cache/interop
PEERS := .cache/peers

.DEFAULT_GOAL := help
.PHONY: help setup interop demo test check bench peers lock build bundle clean distclean

help: ## list what make can do
	@sed -n 's/^\([a-z][a-z]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-18s%s\n", $$1, $$2 }'

setup: $(READY) ## make .venv with everything the targets below need (needs a network, once)
	@:

# The stamp holds setup back until the project's needs change, so that all else runs offline.
$(READY): pyproject.toml $(LOCK) tools/setup.sh
	@PYTHON="$(PYTHON)" sh tools/setup.sh $(VENV) $(LOCK)
	@touch $@

demo: $(READY) ## show what goodies-mcp does, from nothing, in a minute
	@$(BIN)/python -m tools.demo

test: $(READY) ## run the tests; ARGS= goes to pytest (make test ARGS="tests/unit -k clock")
	@$(BIN)/python -m pytest $(or $(ARGS),--numprocesses 4 --dist worksteal)

check: $(READY) ## lint, format, types, doors between rooms, lock, generated docs
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m tools.lock.check
	@$(BIN)/python -m tools.render_docs --check

interop: $(INTEROP)/.ready ## fetch other people's clients and the official conformance suite: make test then runs them
	@:

PINNED := $(addprefix tests/interop/,node/package-lock.json python/mcp1.txt python/fastmcp.txt)

# Needs a network, as setup does; afterwards it runs offline until one of the pins changes.
$(INTEROP)/.ready: $(PINNED) tools/interop.sh | $(READY)
	@PYTHON=$(BIN)/python sh tools/interop.sh $(INTEROP)
	@touch $@

peers: $(PEERS)/.ready ## fetch other people's servers: make bench then runs them beside ours
	@:

$(PEERS)/.ready: $(addprefix tools/bench/peers/,package-lock.json sqlite.txt setup.sh) | $(READY)
	@PYTHON=$(BIN)/python sh tools/bench/peers/setup.sh $(PEERS)

bench: $(READY) ## measure, and print hardware, sizes and the distribution; ARGS= goes to the bench
	@$(BIN)/python -m tools.bench --standard $(ARGS)

lock: $(READY) ## write the lock anew from pyproject.toml; UPGRADE=1 takes the newest releases
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --all-extras \
		$(if $(UPGRADE),--upgrade) --custom-compile-command "make lock" --output-file $(LOCK) pyproject.toml
	@$(BIN)/python -m tools.lock.check

build: $(READY) ## build the wheel into dist/
	@rm -rf dist
	@$(BIN)/python -m hatchling build -t wheel

bundle: $(READY) ## build the bundle that desktop hosts install into dist/
	@$(BIN)/python -m tools.bundle.registry
	@$(BIN)/python -m tools.bundle

clean: ## remove what the targets above leave behind, except .venv
	@rm -rf dist build .cache .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find goodies_mcp tests tools -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean ## clean, and .venv too
	@rm -rf $(VENV)
