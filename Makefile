# make demo: the main job, on a fresh Debian machine, as root.   make test: everything that must hold.

PYTHON ?= /usr/bin/python3        # the system's: ordinary users of this machine can run it, too
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test lint types unit integration long bench bench-lint bench-build bench-check bench-store fuzz tools test-tools clean

demo: tools $(BIN)/certify
	@.ci/demo

test: test-tools lint types unit integration

lint: $(BIN)/certify
	@echo "==> ruff"
	@$(BIN)/ruff check .

types: $(BIN)/certify
	@echo "==> mypy"
	@$(BIN)/mypy

unit: $(BIN)/certify
	@echo "==> unit tests"
	@$(BIN)/pytest -m "not integration" -n 2 --dist worksteal

integration: $(BIN)/certify
	@echo "==> integration tests (as root, with the real tools)"
	@$(BIN)/pytest -m "integration and not long" -n 2 --dist loadfile --durations=25

long: $(BIN)/certify
	@.ci/install long
	@echo "==> long tests: killed at every moment, full disks, lying mirrors, bombs"
	@$(BIN)/pytest -m long

bench: bench-lint bench-build bench-check bench-store

bench-lint: $(BIN)/certify
	@$(BIN)/pip install -qq --editable '.[bench]'
	@$(BIN)/python tests/bench/lint.py

bench-build: $(BIN)/certify
	@.ci/install bench
	@$(BIN)/python tests/bench/build.py

bench-check: $(BIN)/certify
	@.ci/install bench
	@$(BIN)/python tests/bench/check.py

bench-store: $(BIN)/certify
	@.ci/install bench
	@$(BIN)/python tests/bench/store.py

fuzz: $(BIN)/certify
	@$(BIN)/python tests/fuzz/lint.py --seconds 60

tools:
	@.ci/install

test-tools:
	@.ci/install test

$(BIN)/certify: pyproject.toml | tools
	@echo "==> making .venv"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install -qq --editable '.[dev]'
	@touch $@

clean:
	rm -rf .venv out .mypy_cache .pytest_cache .ruff_cache .hypothesis
