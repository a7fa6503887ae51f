# Two commands: `make run` sets up and runs the main job, `make test` sets up and passes every test.
# Both need only Python 3.11+ and make.

PYTHON ?= python3
VENV := .venv
BENCH := .venv-bench
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: run test lint types build unit spark bench docs seeds clean

run: $(VENV)/.run
	$(BIN)/martlet run

test: $(VENV)/.test
	$(MAKE) lint types build unit

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/sqlfmt --check --quiet --no-progressbar models tests/data
	$(BIN)/lint-imports --no-cache
	$(BIN)/pip --disable-pip-version-check check

types:
	$(BIN)/mypy

# what CI and analysts run; sqlfluff then reads the models as dbt compiled them (tests stand in folders named *.yml)
build:
	$(BIN)/dbt build --no-use-colors --target-path target/plain
	find target/plain/compiled/martlet/models -name '*.sql' -not -path '*.yml/*' -print0 | \
		xargs -0 $(BIN)/sqlfluff lint --config pyproject.toml --disable-progress-bar
	$(BIN)/dbt docs generate --no-use-colors --target-path target/plain --no-compile --quiet

# a worker a core; a file's tests stay with one worker, for they share the stores they build
unit:
	$(BIN)/pytest --numprocesses 2 --dist loadfile

# the second engine on the mock store, in a store of its own: every model and test, predictions, and the comparison
spark: $(VENV)/.test
	rm -rf target/spark-store
	MARTLET_HOME=target/spark-store $(BIN)/martlet run
	MARTLET_HOME=target/spark-store $(BIN)/dbt build --target spark --no-use-colors --target-path target/spark
	MARTLET_HOME=target/spark-store $(BIN)/martlet spark predict
	MARTLET_HOME=target/spark-store $(BIN)/martlet spark compare

# an hour and a half on an idle machine; the last, beside peers, needs PostgreSQL 15
bench: $(VENV)/.test $(BENCH)/.bench
	$(BENCH)/bin/python benchmarks/run_all.py
	$(BIN)/python benchmarks/scale.py --write
	$(BIN)/python benchmarks/planted_truth.py --write
	$(BIN)/python benchmarks/kills.py --write
	$(BIN)/python benchmarks/fuzz.py --write
	$(BIN)/python benchmarks/peers.py --write

docs: $(VENV)/.test
	$(BIN)/dbt parse --no-use-colors --target-path target/plain --quiet
	$(BIN)/python docs/marts.py target/plain/manifest.json
	$(BIN)/python docs/published.py

seeds: $(VENV)/.run
	$(BIN)/martlet mock

clean:
	rm -rf $(VENV) $(BENCH) target logs exports warehouse/*

# Python writes no bytecode in some environments; without it dbt alone takes two seconds longer to start.
$(VENV)/.run: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Martlet needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --constraint constraints.txt --editable .
	$(BIN)/python -m compileall -q $(VENV)/lib || true
	touch $@

$(VENV)/.test: $(VENV)/.run
	$(PIP) install --constraint constraints.txt --editable '.[dev,spark]'
	$(BIN)/python -m compileall -q $(VENV)/lib || true
	touch $@

# apart, for some of what Martlet is measured against slows down every start of Python (stockpyl brings Sphinx)
$(BENCH)/.bench: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(BENCH)
	$(BENCH)/bin/python -m pip install --disable-pip-version-check --quiet --constraint constraints.txt --editable '.[bench]'
	touch $@
