# Kaeru. Two commands are enough:  make demo   and   make test
# On a fresh machine only Python 3.11 and make are needed; everything else goes into .venv.

PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3-is-missing)
WORKERS ?= 3
# One more than there are cores: some tests wait for processes of their own.
BIN = .venv/bin
# Faults last longest: they begin first, and who is done early takes over from the others.
PYTEST = $(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal
# A browser keeps a core busy.
BROWSER = $(PYTEST) -n 2 tests/browser
# Checks read the settings; they get a folder and a key of their own, so that they never touch ./data.
CHECKED = KAERU_HOME=.cache/check KAERU_SECRET_KEY=only-for-checks KAERU_DATABASE_URL=

# Some machines forbid it; then each process and each worker of the tests would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install dev demo demo-reset test test-unit test-sqlite test-postgres test-browser lint check format simulate mutants bench chaos docs texts audit lock clean

help: ## What there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

install: ## .venv with the kaeru command
	@$(PYTHON) scripts/install.py run

dev: ## .venv with the test tools as well
	@$(PYTHON) scripts/install.py dev

demo: install ## A demo shop with some months of orders, on this machine (Ctrl-C ends it, data stays)
	@$(BIN)/kaeru demo $(DEMO)

demo-reset: install ## The demo from the beginning
	@$(BIN)/kaeru demo --reset $(DEMO)

test: dev ## All tests: PostgreSQL, browser, then SQLite, unit, contract
	@$(BIN)/python scripts/browser.py ensure
	@echo "== PostgreSQL: integration, faults"
	@KAERU_TEST_DATABASE=postgres $(PYTEST) tests/faults tests/integration
	@echo "== Browser: the demo, phone and wide, Japanese and English"
	@$(BROWSER)
	@echo "== SQLite: faults, integration, unit, contract"
	@$(PYTEST) tests/faults tests/integration tests/unit tests/contract

test-unit: dev ## Rules and texts, without a database (seconds)
	@$(PYTEST) tests/unit

test-sqlite: dev ## Integration and faults on SQLite
	@$(PYTEST) tests/faults tests/integration

test-postgres: dev ## Integration and faults on a real PostgreSQL
	@KAERU_TEST_DATABASE=postgres $(PYTEST) tests/faults tests/integration

test-browser: dev ## Every flow in a real browser, Japanese and English, phone and wide
	@$(BIN)/python scripts/browser.py ensure
	@$(BROWSER)

lint: dev ## Format, lint, types, import contracts, migrations
	@mkdir -p .cache/check
	@$(BIN)/ruff format --check --quiet --output-format concise . || { echo "Not formatted: run make format"; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(CHECKED) $(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(CHECKED) $(BIN)/kaeru manage makemigrations --check --dry-run

check: lint test-unit ## Before each commit: lint and the unit tests

format: dev ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix --quiet .

SIMULATED = $(if $(SEED),--seed $(SEED),--seeds $(or $(SEEDS),10000)) $(if $(TOGETHER),--together $(TOGETHER)) $(if $(DAYS),--days $(DAYS))

simulate: dev ## Thousands of small shops, sixty days each, on a clock that nobody waits for (SEEDS=…, SEED=… again, ENUMERATE=1, SABOTAGES=1)
	@$(BIN)/python -m tests.simulation $(if $(ENUMERATE),--enumerate,$(if $(SABOTAGES),--sabotages --seeds $(or $(SEEDS),300) --together 25 --days 30,$(SIMULATED)))

mutants: dev ## Bugs sown into the booking of visits: a state machine must find every one
	@$(BIN)/python -m tests.visits $(MUTANTS)

bench: dev ## The figures: each bench prints ratios of its own run
	@for name in engine waiting lateness fairness rehearsal import_orders intake guard desk policy cancel_page forecast standing slots booking reminders refill uplift uplift_peek uplift_split; do echo "== bench/$$name"; $(BIN)/python -m bench.$$name || exit 1; done

chaos: dev ## Kill everything all the time: ten minutes each on SQLite and on PostgreSQL with 1 and 4 workers
	@$(BIN)/python -m scripts.chaos $(CHAOS)

docs: dev ## What the documentation promises, checked against the code
	@$(BIN)/python -m pytest -q tests/unit/test_docs.py tests/unit/test_translations.py

texts: dev ## Compile the translations (.po -> .mo)
	@$(BIN)/python scripts/texts.py

audit: dev ## Ask whether a locked version has a known weakness (needs the network)
	@$(BIN)/pip-audit --requirement requirements.lock --require-hashes --disable-pip

lock: ## Write both lock files anew from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --group dev --generate-hashes --no-emit-index-url --no-annotate --python-version 3.11 -o requirements-dev.lock
	uv pip compile pyproject.toml --generate-hashes --no-emit-index-url --no-annotate --python-version 3.11 -o requirements.lock -c requirements-dev.lock

clean: ## Remove .venv and caches; ./data stays
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis
