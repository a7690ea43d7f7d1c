# What people and CI run. `make` alone lists the targets; PYTHON names the interpreter that builds the environment.

PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed
UV := $(BIN)/uv
TOOLS := $(basename $(notdir $(wildcard requirements/tools/*.in)))
# Where every branch is tested: rooms, and modules of other rooms.
COVERED := config/* exports/* pagination/* records/* singer/* streams/* \
	api/rate_limit api/responses api/server_clock api/types api/url load/columns load/json_lines load/tables \
	discovery/samples discovery/type_inference discovery/workspace_attributes sync/claims stream_io/context \
	observability/counters observability/html_elements observability/html_report observability/live_display \
	observability/quota_chart observability/run_report observability/text_table exit_codes json_schema
# The tests under which coverage is measured; the others run without, in less than half the time.
MEASURED := tests/unit tests/simulator tests/system
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-annotate --custom-compile-command "make lock"
PYTEST := $(BIN)/python -m pytest --numprocesses 2 --dist loadgroup
# What a developer runs all day.
QUICK := tests/unit tests/simulator tests/system/test_sync.py tests/system/test_command_line.py

# The environment is the project's own: nothing is taken from, or downloaded into, the machine's.
export UV_PYTHON_DOWNLOADS := never
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-all static check nightly bench docs simulator generate lock dist clean

help:  ## List the targets
	@awk -F ':.*##' '/^[a-z-]+:.*##/ { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: $(INSTALLED)  ## Build .venv from the lock file (the other targets do it when it is needed)

$(INSTALLED): requirements/setup.lock requirements/dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "tap-intercom needs Python 3.11 or newer, and '$(PYTHON)' is not one: make PYTHON=python3.12 …" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { \
		echo "'$(PYTHON) -m venv' failed; on Debian and Ubuntu the package python3-venv is missing" >&2; exit 1; }
	@echo "Installing into .venv …"
	@test -x $(UV) || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement requirements/setup.lock
	@$(UV) pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode requirements/dev.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup  ## Sync a whole simulated workspace into a local database and compare what arrived
	@$(BIN)/python scripts/demo.py

test: setup  ## Run the tests of the modules, the simulator and the documents (about a minute)
	@$(PYTEST) $(QUICK)

test-all: setup  ## Run every test but the long ones
	@$(PYTEST)

static: setup  ## Check style, types and the import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/mypy scripts
	@$(BIN)/mypy benchmarks
	@$(BIN)/lint-imports

check: static  ## Run what CI runs: `static`, and the tests of `test-all`, most of them with their coverage
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest --numprocesses 2 --dist loadgroup $(MEASURED)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report --include "$(subst $() ,$(),$(COVERED:%=src/tap_intercom/%.py,))" --fail-under 100
	@$(BIN)/coverage report --skip-covered --fail-under 97
	@$(PYTEST) $(MEASURED:%=--ignore=%)

nightly: setup  ## Run what is long, some hours of it (KIND=soak, hour, fuzz, faults, mutants, examples or audit: only that)
	@for kind in $(or $(KIND),soak faults examples fuzz mutants hour audit); do \
		$(MAKE) --no-print-directory nightly-$$kind || exit 1; \
	done

nightly-soak:  # the long property suites, at random (SEEDS=1000 schedules of each kind)
	@SEEDS=$(or $(SEEDS),1000) $(PYTEST) --hypothesis-profile nightly -m "soak or not soak" tests/properties
	@SEEDS=$(or $(SEEDS),1000) $(PYTEST) -m soak --ignore tests/properties

nightly-hour:  # one process works while Intercom errs and changes: it neither grows nor loses (MINUTES=60)
	@PYTHONPATH=tests $(BIN)/python tests/support/long_run.py one $(or $(MINUTES),60) .hour/one & one=$$!; \
		PYTHONPATH=tests $(BIN)/python tests/support/long_run.py many $(or $(MINUTES),60) .hour/many; many=$$?; wait $$one && exit $$many

nightly-fuzz:  # a fuzzer at every place where input comes in (SECONDS=60 for each; DOORS="config state" only these)
	@$(BIN)/python scripts/fuzz.py $(or $(SECONDS),60) $(DOORS)

nightly-faults:  # every fault in every way of reading; writes docs/faults.md
	@PYTHONPATH=tests/support:tests $(BIN)/python -m fault_matrix

nightly-mutants:  # changes the code in small ways and names each change that no test notices (MODULES="singer.state api.rate_limit")
	@nice $(BIN)/python scripts/mutants.py $(MODULES)

nightly-examples:  # every example as its README prints it, with the tools installed
	@$(PYTEST) -m "examples or not examples" tests/slow/examples tests/slow/tools \
		tests/slow/docs/test_site.py tests/slow/docs/test_procedures.py

nightly-audit:  # known vulnerabilities of everything that is pinned, by PyPI
	@$(BIN)/python scripts/audit.py

bench: setup  ## Measure the tap beside its peers and its limits, in less than half an hour (QUICK=1: three minutes)
	@$(BIN)/python -m benchmarks $(if $(QUICK),quick .bench,full)

docs: setup  ## Build the documentation site to site/index.html, with a page for every stream
	@$(BIN)/python scripts/website.py

dist: setup  ## Build the wheel and the source distribution twice, compare, run the demo from the wheel, list the parts
	@$(BIN)/python scripts/dist.py
	@$(BIN)/python scripts/sbom.py dist/sbom.cdx.json

simulator: setup  ## Run a local Intercom (ARGS="--world small --port 8787" …)
	@$(BIN)/intercom-simulator $(or $(ARGS),--world readme)

generate: setup  ## Write the tables of streams and settings into README.md, and the plugin definition for Meltano
	@$(BIN)/python scripts/tables.py
	@$(BIN)/python scripts/plugin.py

lock: setup  ## Resolve the lock files again, to the newest versions that pyproject.toml allows
	@$(COMPILE) --upgrade requirements/setup.in --output-file requirements/setup.lock
	@$(COMPILE) --upgrade pyproject.toml --all-extras --group dev requirements/setup.in --output-file requirements/dev.lock
	@$(COMPILE) --constraint requirements/dev.lock pyproject.toml --output-file requirements/runtime.lock
	@for tool in $(TOOLS); do \
		test -e requirements/tools/$$tool.override && overrides="--overrides requirements/tools/$$tool.override" || overrides=; \
		$(COMPILE) --upgrade $$overrides requirements/tools/$$tool.in --output-file requirements/tools/$$tool.lock || exit 1; \
	done

clean:  ## Remove the environments, caches and what the demo wrote
	rm -rf .venv .tools .demo .fuzz .bench .hour .site site mutants .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage .coverage.*
	find . -name __pycache__ -prune -exec rm -rf {} +
