# Descent. `make help` lists the targets.

PYTHON ?= python3
CH ?=
HW ?=
SUBMISSIONS ?=
SCHEDULER ?=
PORT ?= 8000
LAB ?=
LIKE ?=
BIN := .venv/bin

# One thread each: notebooks and tests run side by side, and their numbers do not depend on the number of cores.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export MKL_NUM_THREADS := 1
export PYTHONHASHSEED := 0
export PYDEVD_DISABLE_FILE_VALIDATION := 1

.DEFAULT_GOAL := help
.PHONY: help setup book pdf epub test serve lab text notebook execute portable table homework grade bench bench-web \
        constraints latest links elsewhere clean distclean setup-homework

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

setup: ## install everything into .venv and node_modules (the other targets do it by themselves)
	@$(PYTHON) tools/setup.py

setup-homework:
	@$(PYTHON) tools/setup.py homework

book: setup ## build the HTML, with every warning an error; nothing where nothing has changed
	@$(BIN)/python tools/build.py

pdf: book ## print the book into _build/descent.pdf (with the machine's Chromium, or CHROMIUM=…)
	@$(BIN)/python tools/formats.py pdf

epub: book ## write the book for reading devices into _build/descent.epub
	@$(BIN)/python tools/formats.py epub

test: setup-homework ## everything: style, unit tests, notebooks, the book, its links (CH=06: that notebook only)
	@$(BIN)/python tools/check.py $(CH)

serve: book ## show the built book at http://localhost:8000 (PORT=…)
	@echo "http://localhost:$(PORT)  (Ctrl-C stops it)"
	@$(BIN)/python -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html

lab: setup ## open the chapters in JupyterLab (LAB=… are options for it)
	@$(BIN)/jupyter-lab $(LAB) chapters

text: setup ## write chapters and homework as text to edit: chapters/06_….md (CH=06, CH=hw1, or all)
	@$(BIN)/python tools/notebooks.py text $(CH)

notebook: setup ## take edited text back into the notebooks (CH=06, CH=hw1, or all)
	@$(BIN)/python tools/notebooks.py notebook $(CH)

execute: setup ## run notebooks in place and store their outputs (CH=06, or all)
	@$(BIN)/python tools/notebooks.py execute $(CH)

portable: setup ## compare the notebooks with a processor that lacks wide vector instructions (CH=06, or all)
	@$(BIN)/python tools/check.py --portable $(CH)

table: setup ## count words, figures and exercises of the pages, and write the table into README.md
	@$(BIN)/python tools/table.py

homework: setup-homework ## write the students' versions of the assignments to homework/release
	@$(BIN)/python tools/homework.py

grade: setup-homework ## grade a folder of submissions (HW=hw1 SUBMISSIONS=folder, SCHEDULER=tcp://… for a Dask cluster)
	@$(BIN)/python tools/grade.py "$(HW)" "$(SUBMISSIONS)" $(if $(SCHEDULER),--scheduler $(SCHEDULER))

bench: setup-homework ## measure sweeps, many-seed training, the optimizer's step beside D2L and PyTorch, and grading
	@$(BIN)/python tools/bench.py

bench-web: book ## measure the pages in Chromium: Lighthouse (PAGES=all), sizes, a slider with the processor slowed
	@$(BIN)/python tools/lighthouse.py $(PAGES)
	@$(BIN)/python tools/bench_web.py

constraints: setup ## resolve the requirements anew and rewrite constraints.txt
	@$(BIN)/python tools/constraints.py

latest: ## raise every pin to the newest version, in requirements, constraints and package.json
	@$(PYTHON) tools/latest.py

links: setup ## ask for every external link of the book
	@$(BIN)/python tools/links.py

elsewhere: setup ## run the notebooks as in Colab, without the book (CH=06, CH=hw1, or all; LIKE=what `pip freeze` said there)
	@$(BIN)/python tools/elsewhere.py $(CH) $(if $(LIKE),--like $(LIKE))

clean: ## remove what was built
	rm -rf _build .pytest_cache .ruff_cache chapters/.ruff_cache .hypothesis

distclean: clean ## also remove what was installed
	rm -rf .venv node_modules code/*.egg-info
