# The only entry points. Each is one line; what it does stands in scripts/ and in the packages.

VENV := .venv/bin
OFFLINE := scripts/offline.sh

.PHONY: setup python demo test check bench snapshots faults pins

setup: python ## Python packages and every program, found or built with visible progress
	@$(VENV)/python -m provisioner.toolchain

python:
	@scripts/setup.sh

demo: python ## a whole Sovereign in the simulated world; the programs get ready behind it
	@if [ -t 0 ] && [ -t 1 ]; then $(VENV)/catalyst rehearse; \
	else $(VENV)/catalyst rehearse --headless; fi

check: python ## format, lint, types, import contracts, sizes
	@$(VENV)/ruff format --check .
	@$(VENV)/ruff check .
	@$(VENV)/mypy
	@$(VENV)/lint-imports
	@$(VENV)/python scripts/check_sizes.py

test: setup ## everything, in a network namespace that holds only lo
	@scripts/install-test-needs.sh
	@$(MAKE) --no-print-directory check
	@$(OFFLINE) $(VENV)/pytest

bench: setup ## every speed and size that this project promises
	@$(OFFLINE) $(VENV)/python -m benchmarks

snapshots: setup ## draw the screens' reference pictures anew
	@CATALYST_UPDATE_SNAPSHOTS=1 $(OFFLINE) $(VENV)/pytest tests/screens

faults: setup ## the long campaign of random faults
	@CATALYST_FAULT_RUNS=300 CATALYST_FAULT_MANY=20 CATALYST_FAULT_BOOTSTRAPS=30 \
	$(OFFLINE) $(VENV)/pytest -n auto --timeout 0 tests/faults

pins: python ## fill the checksums of the official releases, where the internet is
	@$(VENV)/python scripts/pins.py
	@$(VENV)/python scripts/module_pins.py
