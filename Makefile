# Two commands do everything: `make demo` runs the main job, `make test` all that guards it.
PYTHON ?= python3
RUN := .venv/bin/python
# What Python compiles is kept, whatever the machine says: packages are set up uncompiled, and the
# tests start hundreds of processes that would each compile them again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test test-fast test-real pytest browsers screenshots pictures bench handbooks licences weaknesses soak lint venv wheel bundle editor codes clean

help:
	@echo "make demo    make the demonstration library in build/demo"
	@echo "make test    run everything that guards the project"
	@echo "make test-fast   what most changes need, in a minute or two"
	@echo "make test-real   the road with real recognisers and real speech, where you have them: see CONTRIBUTING.md"
	@echo "make screenshots   the browser tests of the library, with a picture of every page in build/screenshots"
	@echo "make handbooks     the handbooks in build/handbooks, as a site that needs no network"
	@echo "make pictures      the pictures in docs/images, from the library of make demo"
	@echo "make licences    whether all that comes with the wheel may; make weaknesses: what is known of it"
	@echo "make soak    kill the capture station and every command, at every point; takes hours"
	@echo "make bench   measure, and print ratios against the bare tools"

venv:
	@$(PYTHON) scripts/bootstrap.py venv

demo: venv
	@$(RUN) -m carer_stories demo build/demo

# Side by side, for each keeps one core busy, or waits for the network.
test:
	@$(MAKE) --no-print-directory -j2 venv browsers
	@$(MAKE) --no-print-directory -j2 lint pytest

browsers:
	@$(PYTHON) scripts/bootstrap.py browsers

test-fast: venv
	@$(MAKE) --no-print-directory lint
	@$(RUN) -m pytest --fast -m "not slow and not browser" -n 3 --dist loadfile

test-real: venv
	@if [ -z "$$CARER_STORIES_REAL_MODEL" ] || [ -z "$$CARER_STORIES_REAL_SPEECH" ]; then \
		echo "Nothing was tested: name a Whisper model in CARER_STORIES_REAL_MODEL, and a folder of recordings with their references in CARER_STORIES_REAL_SPEECH."; \
	else \
		$(RUN) -m pytest -q tests/transcribe/test_real_speech.py; \
	fi

# What a run leaves is gigabytes. pytest would keep that of three runs and clear the oldest away, file
# by file, when it ends; what is fresh, and of no more use, is gone sooner, and nobody waits for it.
# Four workers for two cores: six took a tenth more processor time for the same work, and no less by the clock.
pytest: venv
	@place=$$(mktemp -d -p "$$($(RUN) scripts/temporary_folder.py)") && \
	if TMPDIR="$$place" $(RUN) -m pytest -n 4 --dist loadfile --no-loadscope-reorder --basetemp="$$place/tests"; then \
		(find "$$place" -type d ! -perm -700 -exec chmod u+rwx {} +; rm -rf "$$place") > /dev/null 2>&1 & \
	else \
		status=$$?; echo "What the tests left lies in $$place/tests."; exit $$status; \
	fi

screenshots: venv browsers
	@CARER_STORIES_SCREENSHOTS=1 $(RUN) -m pytest tests/publish/test_every_page_browser.py tests/publish/test_training_browser.py tests/publish/test_search_browser.py tests/publish/test_offline.py tests/publish/test_contributor_preview_browser.py tests/stewardship/test_printed_pages_browser.py tests/library/test_forms_browser.py

pictures: venv browsers
	@$(RUN) -m scripts.desk_pictures build/demo
	@$(RUN) -m scripts.delivery_pictures build/demo
	@$(RUN) -m scripts.handbook_pictures build/demo

# From docs/; the pictures are those of `make pictures`.
handbooks: venv
	@NO_MKDOCS_2_WARNING=1 .venv/bin/mkdocs build --quiet --config-file handbooks.yml
	@echo "Open build/handbooks/index.html"

# Both set their tool up apart, and need a registry for it.
licences: venv
	@$(RUN) scripts/dependencies.py licences

weaknesses: venv
	@$(RUN) scripts/dependencies.py weaknesses

lint: venv
	@mkdir -p build
	@$(RUN) -m ruff check --quiet .
	@$(RUN) -m ruff format --check --quiet . || { echo "Format it: .venv/bin/ruff format ."; exit 1; }
	@$(RUN) -m mypy --no-error-summary
	@.venv/bin/oxlint --quiet --format unix site/assets/js library/local_page/page capture/station/page capture/workshop/page site/stewardship/desk/page site/delivery/scorm/page docs/assets/search-words.js
	@.venv/bin/zizmor --offline --quiet .github > build/workflows.txt 2>&1 || { cat build/workflows.txt; exit 1; }
	@$(RUN) -c "from importlinter.cli import lint_imports_command as c; c()" > build/imports.txt 2>&1 || { cat build/imports.txt; exit 1; }

bench: venv
	@$(RUN) -m benchmarks

soak: venv
	@$(RUN) -m tests.soak

# Only for whoever changes the version of CodeMirror: what it builds is in the repository.
editor:
	@cd scripts/desk_editor && npm ci --ignore-scripts --no-audit --no-fund && npm run --silent build
	@sha256sum site/stewardship/desk/page/codemirror.min.js

# Only for whoever changes the version of the package qr, likewise.
codes:
	@cd scripts/answer_codes && npm ci --ignore-scripts --no-audit --no-fund && npm run --silent build
	@sha256sum site/assets/js/qr.min.js

# Both distributions: carer-stories, and carer-stories-light of the same code without PyTorch.
wheel: venv
	@$(RUN) -m scripts.wheels dist

# The download for this system: a folder that needs nothing installed, and its zip. Some minutes, 2 GB.
bundle: venv
	@$(RUN) -m scripts.bundle.make dist

clean:
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
