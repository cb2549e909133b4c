# Calls scripts/, which use the CMake presets.
PREFIX ?= /usr/local
SECONDS ?= 60

.PHONY: all demo test test-full site lint format bench fuzz install clean help

all: ## build build/release/camzarr and the libraries
	@scripts/build release

demo: ## install what is missing, build, and convert a small test movie
	@scripts/demo

test: ## install what the tests need, build, run them (under 15 minutes)
	@scripts/test

test-full: ## the long tests too
	@scripts/test --full

site: ## the documentation site, in build/site/html
	@scripts/venv && build/venv/bin/python scripts/site

lint: ## clang-format and clang-tidy
	@scripts/lint

format: ## format all C files with clang-format
	@scripts/format

bench: all ## the benchmarks
	@for run in bench/*/run; do $$run || exit 1; done

fuzz: ## each fuzz target for SECONDS=60
	@scripts/fuzz $(SECONDS)

install: all ## into PREFIX=/usr/local (and DESTDIR)
	@cmake --install build/release --prefix $(PREFIX)

clean: ## remove build/
	@rm -rf build

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  \1\t/p' Makefile | expand -t 14
