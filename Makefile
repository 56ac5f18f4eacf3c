# make run    serves the sample directory on this machine
# make test   proves everything          make check   lint, types, house rules
# make bench  measures                   make test-kill  kills processes at every step of a consult (6 minutes)
# make scenarios  every scenario on both platforms  make test-stops  ends the server at 200 random moments (20 minutes)
# make property  any situation (20 min)  make simulate   days of a team, beside Erlang C and A (30 minutes)
# make test-versions  four processes and a file that changes all the time (3 minutes)
# make visits    first visits as the offline receptionist takes them, into docs/first-visits.md
# make rush      10,000 calls through two web processes and two workers on PostgreSQL (an hour)

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
VENV3  := .venv-sdk3
READY  := $(VENV)/.ready
READY3 := $(VENV3)/.ready

.PHONY: help setup run test test-kill test-stops test-versions test-sdk3 scenarios property simulate rush visits check format \
	bench clean

help:
	@sed -n '1,8s/^# //p' Makefile

setup: $(READY)

$(READY): pyproject.toml requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# The same packages with the SDK's successor in the SDK's place.
$(READY3): pyproject.toml requirements.txt
	$(PYTHON) -m venv $(VENV3)
	grep -v '^signalwire_agents' requirements.txt > $(VENV3)/requirements.txt
	$(VENV3)/bin/pip install --quiet --disable-pip-version-check -r $(VENV3)/requirements.txt 'signalwire-sdk==3.7.5'
	$(VENV3)/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

run: setup
	$(BIN)/switchboard serve

test: setup test-sdk3
	$(BIN)/pytest -n logical --dist worksteal

# The agents and the contract, once more on the SDK's successor. What no agent has a part in is proved once: the SDK
# never sees a database, so SQLite stands for both here.
test-sdk3: $(READY3)
	$(VENV3)/bin/pytest -n logical --dist worksteal -k "not postgresql" tests/contract $(addprefix tests/unit/agents/test_,\
		blueprint.py briefer.py prompts.py registry.py sdk.py) $(addprefix --ignore=tests/contract/,\
		test_kill.py test_orders.py test_worker.py test_watch.py test_watch_rest.py test_cards.py test_tidying.py)

# Kill -9 of the web process and of the worker at every step of a consult; `make test` does it at three of them.
test-kill: setup
	$(BIN)/pytest tests/contract/test_kill.py -m ''

# Two web processes and two workers, and a file that changes ten times a second between good and bad, for a minute.
test-versions: setup
	$(BIN)/pytest tests/contract/test_versions.py -m long

# Ctrl-C and SIGTERM at 200 random moments of `switchboard serve`; `make test` tries 20.
test-stops: setup
	$(BIN)/pytest tests/contract/test_stops.py -m long

# Other businesses, hours and behaviours each time; `make test` tries the same few.
property: setup
	$(BIN)/pytest tests/simulation/test_nobody_falls_through.py -m long

# Every scenario on the platform as newer sources have it, and as the published documentation has it.
scenarios: setup
	$(BIN)/switchboard rehearse --platform 2026-11 scenarios/*.yaml
	$(BIN)/switchboard rehearse --platform 2026-08 scenarios/*.yaml

simulate: setup
	$(BIN)/python -m tests.simulation

rush: setup
	$(BIN)/python -m tests.simulation.rush

visits: setup
	$(BIN)/python -m tests.visits

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest tests/house

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup
	$(BIN)/python -m tests.bench

clean:
	rm -rf $(VENV) $(VENV3) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache
