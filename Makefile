# Everything a newcomer needs: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP_FLAGS := --disable-pip-version-check -q -c constraints.txt
ifeq ($(TORCH),cpu)
PIP_FLAGS += --extra-index-url https://download.pytorch.org/whl/cpu
endif

.PHONY: venv demo test test-long torture check schema pictures clean

venv: $(VENV)/.ready

$(VENV)/.ready: pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "python3 is missing: install Python 3.11 or newer (Debian: apt install python3)"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is $$($(PYTHON) -V 2>&1): llmaaa needs Python 3.11 or newer; say make PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv module is missing: install the package python3-venv (Debian: apt install python3-venv)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing into $(VENV) …"
	@$(BIN)/python -m pip install $(PIP_FLAGS) pip setuptools wheel  # the pip of older systems cannot build every sdist
	@$(BIN)/python -m pip install $(PIP_FLAGS) -e '.[dev]'
	@touch $@

demo: venv
	@if [ -t 0 ] && [ -t 1 ]; then exec $(BIN)/llmaaa demo; else exec $(BIN)/llmaaa demo --headless; fi

test: check
	$(BIN)/python -m pytest -n 2

test-long: venv
	$(BIN)/python -m pytest -m hypothesis --hypothesis-profile search -n 2
	$(BIN)/python -m pytest -m long -n 2 -v -rP --timeout 7200

torture: venv
	$(BIN)/python benchmarks/torture.py --kills 200 --seed 1 --json
	$(BIN)/python benchmarks/over_hold.py --json

check: venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

schema: venv
	$(BIN)/python scripts/schema.py

pictures: venv
	$(BIN)/python scripts/pictures.py

clean:
	rm -rf $(VENV) dist build
