# make run: the app.  make team: the app for several people.  make test: all tests.
# make soak: its tests of reliability at full length.  make check: lint and import rules.  See README.md.
PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8501

.PHONY: run test soak check bench mlflow team team-user screenshots clean

run: .venv/app
	@$(BIN)/python -m lab serve --port $(PORT)

# Three at a time, also on two cores: much of a test is waiting for a browser or a training.
test: .venv/dev
	@$(BIN)/python -m pytest --numprocesses=3 --dist=worksteal $(ARGS)

soak: .venv/dev
	@$(BIN)/python -m pytest -m "soak or soak_only" --soak -v $(ARGS)

check: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

bench: .venv/dev
	$(BIN)/python -m benchmarks.conv
	$(BIN)/python -m benchmarks.memory
	$(BIN)/python -m benchmarks.training
	$(BIN)/python -m benchmarks.edges
	$(BIN)/python -m benchmarks.pages
	$(BIN)/python -m benchmarks.first_minute

mlflow: .venv/app
	@$(BIN)/python -m lab mlflow

team: .venv/team
	@$(BIN)/python -m lab team

team-user: .venv/team
	@$(BIN)/python -m lab team-user $(NAME)

screenshots: .venv/dev
	$(BIN)/python -m docs.screenshots

clean:
	rm -rf .venv .cache static .pytest_cache .ruff_cache .hypothesis .import_linter_cache

# Each stamp is as old as the last install, so that a second call starts at once.
.venv/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11, 4))' || \
	  { echo "Convolution Lab needs Python 3.11.4 or newer: make run PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@

.venv/app: requirements.txt | .venv/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/team: requirements-team.txt requirements.txt | .venv/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-team.txt
	@touch $@ .venv/app

.venv/dev: requirements-dev.txt requirements-team.txt requirements.txt | .venv/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ .venv/team .venv/app
