# `make` alone lists what there is. Every target does its own set-up; the second time that costs nothing.
# A stamp is newer than what it was made from, or its set-up runs again.

PYTHON ?= python3
PORT ?= 8000
venv := .venv/bin/python
export PORT PYTHON
english := portal/translations/en/LC_MESSAGES/messages.po

# No index, host or machine in the result: it must install from any mirror.
pip_compile := --quiet --generate-hashes --strip-extras --allow-unsafe --no-header --no-emit-index-url \
	--no-emit-trusted-host --no-emit-find-links $(if $(UPGRADE),--upgrade)

.DEFAULT_GOAL := help
.PHONY: help run test test-servers test-slow reliability check bench build-ui translations requirements clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: .venv/run.stamp ## the portal with its worker and demo data, at http://127.0.0.1:8000 (PORT=... changes that)
	@DEMO=$${DEMO:-1} exec $(venv) -m flask --app wsgi start

# What is tried on both back ends: SQLite with a folder, and PostgreSQL with an S3 store that the tests start.
on_servers := tests/domain tests/web tests/tenders tests/cli tests/test_rehearse.py tests/test_demo.py
quickly_on_servers := tests/domain/test_races.py tests/domain/test_records.py tests/domain/test_tenancy.py \
	tests/web/test_away.py tests/web/test_register.py tests/web/test_strange_signs.py

test: .venv/test.stamp ## the tests, without those marked slow (one of them: make test ARGS="-k name -n 0")
	$(venv) -m pytest $(ARGS)
	@[ -n "$(ARGS)" ] || BACKEND=server $(venv) -m pytest $(quickly_on_servers)

test-servers: .venv/test.stamp ## the tests that both back ends share, on PostgreSQL and an S3 store
	BACKEND=server $(venv) -m pytest -m "slow or not slow" $(or $(ARGS),$(on_servers))

test-slow: .venv/test.stamp ## the slow tests: whole rounds, crashes, large files; and all on PostgreSQL and S3
	MOST=$${MOST:-3} $(venv) -m pytest -m slow $(ARGS)
	@[ -n "$(ARGS)" ] || $(MAKE) test-servers

reliability: .venv/test.stamp ## kill every command at every site, and write docs/reliability.md (hours)
	REPORT=docs/reliability.md $(venv) -m pytest -m slow tests/faults $(ARGS)

check: .venv/check.stamp ## ruff, mypy and the layers of the code
	$(venv) -m ruff check .
	$(venv) -m ruff format --check .
	$(venv) -m mypy
	.venv/bin/lint-imports --no-logo

bench: .venv/check.stamp ## the measurements, each beside its floor
	$(venv) -m bench $(ARGS)

build-ui: static/src/node_modules/.package-lock.json ## make static/dist again from static/src (needs Node 20 or newer)
	cd static/src && node build.mjs

translations: .venv/check.stamp ## take new Dutch texts into the English translation; what is new is empty there
	.venv/bin/pybabel -q extract -F pyproject.toml -k N_ --sort-by-file --no-location -w 120 \
		-o .venv/messages.pot .
	.venv/bin/pybabel -q update -i .venv/messages.pot -o $(english) -l en --no-fuzzy-matching --ignore-obsolete \
		--ignore-pot-creation-date -w 120

requirements: .venv/check.stamp ## compile requirements*.txt again from the .in files (UPGRADE=1 takes newer versions)
	$(venv) -m piptools compile $(pip_compile) --output-file requirements.txt requirements.in
	$(venv) -m piptools compile $(pip_compile) --output-file requirements-dev.txt requirements-dev.in

clean: ## remove what was made by tools; leaves data and uploads alone
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis static/src/node_modules
	find portal tests bench migrations -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/run.stamp: requirements.txt bin/setup $(english)
	@bin/setup run

.venv/check.stamp: requirements.txt requirements-dev.txt bin/setup $(english)
	@bin/setup check

.venv/test.stamp: requirements.txt requirements-dev.txt requirements-schemas.txt bin/setup $(english)
	@bin/setup test

static/src/node_modules/.package-lock.json: static/src/package-lock.json
	@command -v npm >/dev/null || { echo "make build-ui needs Node 20 or newer, with npm. The portal itself runs without."; exit 1; }
	cd static/src && npm ci --no-audit --no-fund
