# Two commands do everything, set-up included:  make note   and   make test
PYTHON ?= python3
BIN := .venv/bin
# compiled files are kept: where they are not, each process that starts compiles the library again
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help note test quick chart exhaustive lint notebooks gallery docs lock clean

help:
	@echo 'make note       set everything up, make every edition and set the notes'
	@echo 'make test       set everything up and run lint and the whole test suite'
	@echo 'make quick      the fast tests: about a minute on two cores'
	@echo 'make chart      what is asked of one chart and its notebook: make chart NAME=months_since'
	@echo 'make exhaustive every fault at every call, and longer walks through the explorer'
	@echo 'make lint       style and types'
	@echo 'make notebooks  run the notebooks and store their text outputs, which the tests compare'
	@echo 'make gallery    every chart for every kind of register: build/gallery/index.html'
	@echo 'make docs       these pages: build/docs/index.html'
	@echo 'make lock       renew the locked requirements'
	@echo 'make clean      remove build and .venv'

note: .venv/.ready
	$(BIN)/lnlib run params/dfgg-documents.yml params/learning-note-17.yml params/learning-note-17.km.yml params/demonstration.yml
	$(BIN)/lnlib note

# lint, which has one process, runs beside the tests; `auto` is what conftest.py says
test: .venv/.ready
	@$(MAKE) --no-print-directory lint > .venv/lint.txt 2>&1 & lint=$$!; \
	$(BIN)/python -m pytest --nbval --nbval-current-env -n auto --dist loadfile --no-loadscope-reorder $(PYTEST_ARGUMENTS); tests=$$?; \
	wait $$lint; lint=$$?; cat .venv/lint.txt; exit $$((tests | lint))

quick: .venv/.ready
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder -m 'not browser and not cluster and not slow' tests src

# a chart, its words, test and notebook, as tools/new_chart.py names them; pictures are in build/gallery/index.html
chart: .venv/.ready
	@$(BIN)/python tools/check_chart.py $(NAME)

# for certainty: after a change of how files are written, or before a release
exhaustive: .venv/.ready
	LNLIB_TEST_EXHAUSTIVE=1 $(BIN)/python -m pytest -n auto --dist worksteal tests/test_faults.py \
	  tests/register/test_replaced_in_one_step.py tests/explorer/test_page_data.py

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
