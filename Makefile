python := .venv/bin/python

# Everything that scripts/test does, without installing
all: format lint types contracts spelling test

# Put code into the house's form
format:
	$(python) -m ruff format .

# Find mistakes and habits we do not want
lint:
	$(python) -m ruff check .

# Check the types of source and tests
types:
	$(python) -m mypy

# Check that imports point one way
contracts:
	.venv/bin/lint-imports

# Find slips of the pen in English texts
spelling:
	$(python) -m codespell_lib

# Run the tests
test:
	$(python) -m pytest

# Write the lock files anew (needs uv in the environment)
lock:
	$(python) -m uv pip compile pyproject.toml --extra install --universal --python-version 3.11 \
	    --generate-hashes --no-header --no-annotate -o requirements.lock
	$(python) -m uv pip compile pyproject.toml --extra install --extra dev --universal --python-version 3.11 \
	    --generate-hashes --no-header --no-annotate -c requirements.lock -o requirements-dev.lock

# Play the demo morning
run:
	scripts/run

.PHONY: all format lint types contracts spelling test lock run
