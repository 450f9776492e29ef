# Two commands do everything, set-up included:  make note   and   make test
PYTHON ?= python3
BIN := .venv/bin

.PHONY: note test lint notebooks gallery docs lock clean

note: .venv/.ready
	$(BIN)/lnlib run params/dfgg-documents.yml params/learning-note-17.yml params/demonstration.yml

test: .venv/.ready lint
	$(BIN)/python -m pytest

lint: .venv/.ready
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

# uv comes from the lock too: its own lines are cut out for pip, which checks their hashes.
.venv/.ready: requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=...")'
	$(PYTHON) -m venv --clear .venv
	awk '/^[^ ]/ {inside = /^uv==/} inside' requirements.txt > .venv/uv.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .venv/uv.txt
	$(BIN)/uv pip sync --quiet --compile-bytecode --require-hashes --python $(BIN)/python requirements.txt
	$(BIN)/uv pip install --quiet --no-deps --no-build-isolation --python $(BIN)/python -e .
	touch $@

notebooks: .venv/.ready
	$(BIN)/python tools/store_outputs.py

# every chart of every scene, in each language and width: look at build/gallery/index.html
gallery: .venv/.ready
	$(BIN)/python tools/gallery.py

# the pages: look at build/docs/index.html; a warning is an error, and everything is made anew
PAGES ?= build/docs
docs: .venv/.ready
	rm -rf $(PAGES)
	$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going --fresh-env --doctree-dir $(PAGES)/.doctrees docs $(PAGES)

lock:
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --group dev pyproject.toml -o requirements.txt

clean:
	rm -rf build .venv
