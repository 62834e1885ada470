# Everything runs in .venv, which every target creates if it is missing or out of date.
PYTHON ?= python3
BIN = .venv/bin
READY = .venv/ready
SUDO = $(shell [ "$$(id -u)" = 0 ] || echo sudo)

.PHONY: help setup architectures chat clients cluster constraints demo models newest test test-clients test-cluster test-fast browser lint types fuzz bench bench-chat bench-drawing bench-planner bench-reading bench-scaling bench-small bench-tools coverage eval soak release-check recording docs webui clean

help: ## List the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*## /\t/' | expand -t 16

# The CPU build of torch saves 4 GB: make setup TORCH_INDEX=<address of the CPU builds, from pytorch.org>
$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(if $(TORCH_INDEX),$(BIN)/python -m pip install --quiet --constraint constraints.txt \
		--index-url $(TORCH_INDEX) torch torchvision)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $(READY)

setup: $(READY) ## Install Batuta into .venv

models: $(READY) ## Fetch the weights of the offline profile (2.5 GB, once)
	$(BIN)/batuta models pull --profile offline

chat: models ## Serve the chat as a page for the browser
	$(BIN)/batuta chat

demo: models ## Answer three requests and write their results into demo-results/
	$(BIN)/batuta run "What does the sign say?" \
		--file tools/samples/sign.png --out demo-results/sign
	$(BIN)/batuta run "Write down what is said in this recording" \
		--file tools/samples/speech.wav --out demo-results/speech
	$(BIN)/batuta run "How many minutes are there in a day?" --out demo-results/question

# Models, browsers and evaluations need a process or all cores for themselves; other tests share them.
test: models browser ## Run all tests, including those with real weights and a browser
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile \
		-m "not real and not browser and not slow"
	$(BIN)/python -m pytest -m "real or browser or slow"

test-cluster: cluster ## Test workers, PostgreSQL and S3 with servers on this machine
	$(BIN)/python -m pytest -m "not real" tests/agent/cluster \
		tests/evals/bench/test_bench_scaling.py tests/evals/bench/test_local_records.py \
		tests/evals/bench/test_artifacts_in_s3.py

# Only these need Ray, PostgreSQL's client and moto; PostgreSQL itself is a system package.
cluster: $(READY)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt \
		--editable '.[dev,postgres,ray,s3]' 'moto[s3,server]>=5'

test-fast: $(READY) ## Run the tests that need no weights, browser or real training
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --hypothesis-profile=fast \
		--numprocesses auto --maxprocesses 4 --dist loadfile \
		-m "not real and not browser and not slow"

# Only CI installs system packages; elsewhere the tests say what is missing.
browser:
	@command -v chromium >/dev/null || [ "$$CI" != true ] || \
		{ $(SUDO) apt-get update -qq && \
		  $(SUDO) apt-get install -qq -y --no-install-recommends chromium; }

constraints: test ## Write constraints.txt from the installed versions, once all tests pass
	$(BIN)/python .ci/constraints.py > constraints.txt.new
	mv constraints.txt.new constraints.txt

newest: ## Test with the newest version of everything, in an environment of its own
	.ci/newest

lint: $(READY) ## Check style and formatting
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(READY) ## Check types
	$(BIN)/pyright

# Clients that nobody here wrote, in environments of their own: their packages must not decide ours.
# The adapter of smolagents needs the first major version of the protocol's SDK.
clients: ## Install the foreign clients that `make test-clients` runs
	$(PYTHON) -m venv .venv-clients
	.venv-clients/bin/python -m pip install --quiet 'pydantic-ai-slim[mcp]>=2,<3' 'schemathesis>=4,<5'
	$(PYTHON) -m venv .venv-smolagents
	.venv-smolagents/bin/python -m pip install --quiet 'smolagents[mcp]>=1.20,<2' 'mcp<2'

test-clients: $(READY) clients ## Test the server with Pydantic AI, smolagents, schemathesis and npm
	$(BIN)/python -m pytest tests/agent/mcp/test_other_agents.py \
		tests/agent/mcp/test_public_servers.py tests/agent/server/test_schemathesis.py \
		tests/agent/server/test_documentation.py \
		tests/evals/pages/test_open_webui_chat.py

# Open WebUI fixes the versions of its packages; with the CPU build of torch it has 2.5 GB.
webui: models browser ## Ask Batuta in Open WebUI with a picture, write docs/open-webui.png
	$(PYTHON) -m venv .venv-webui
	$(if $(TORCH_INDEX),.venv-webui/bin/python -m pip install --quiet --index-url $(TORCH_INDEX) torch)
	.venv-webui/bin/python -m pip install --quiet 'open-webui>=0.12,<0.13'
	$(BIN)/python -m evals.pages.open_webui_chat .venv-webui/bin/open-webui

fuzz: $(READY) ## Check and run 200,000 random and mutated plans
	$(BIN)/python -m tests.agent.plan.fuzz_plans --count 200000

bench: $(READY) ## Measure the runtime: makespan, cost per command, model loads, large photos
	$(BIN)/python -m evals.bench.bench_runtime
	$(BIN)/python -m evals.bench.bench_residency
	$(BIN)/python -m evals.bench.bench_photos

bench-chat: models ## Measure the chat: time to words, results and answers; ten visitors
	$(BIN)/python -m evals.bench.bench_chat

soak: $(READY) ## Simulate 100 visitors for ten minutes, some hostile, with two server crashes
	$(BIN)/python -m evals.bench.soak $(SOAK)

bench-planner: models ## Measure the local language model as a planner
	$(BIN)/python -m evals.bench.bench_planner

bench-reading: models ## Train the small image generator four times, each reading in another way
	$(BIN)/python -m train.recipes.compare_reading $(READING)

bench-scaling: cluster ## Measure workers on a local Ray cluster, with killed processes
	$(BIN)/python -m evals.bench.bench_scaling

bench-small: $(READY) ## Score the small models on combinations that they were not trained on
	$(BIN)/python -m evals.bench.bench_small

bench-drawing: $(READY) ## Measure what checking a drawing and drawing it again gains
	$(BIN)/python -m evals.bench.bench_drawing_tries

bench-tools: models ## Measure time, memory and quality of each tool, write docs/tools.json
	$(BIN)/python -m evals.bench.bench_tools

coverage: models ## Run requests for earlier systems' tasks and everyday tools, write docs/coverage.md
	$(BIN)/python -m evals.pages.coverage_page

SAMPLE = --out eval-runs/sample

architectures: models ## Compare the architectures and their parts, write docs/architectures.md
	$(BIN)/python -m train.joint.compare_parts
	$(BIN)/python -m evals.pages.architectures_page

eval: models ## Run a small sample of six suites and write eval-report.html
	$(BIN)/batuta eval answers $(SAMPLE) --limit 12
	$(BIN)/batuta eval requests $(SAMPLE) --limit 12
	$(BIN)/batuta eval world $(SAMPLE) --set scenes=1
	$(BIN)/batuta eval faults $(SAMPLE)
	$(BIN)/batuta eval tools $(SAMPLE) --set tool=detect
	$(BIN)/batuta eval peers $(SAMPLE) --requests 1 --seed 1 \
		--only smolagents-calls --only hugginggpt --only visual-chatgpt
	$(BIN)/batuta eval report eval-runs/sample

release-check: models ## Build the wheel and use it outside the checkout; DEPS=shared is faster
	.ci/release-check

docs: models ## Write docs/tools.md with a real result of every tool, and docs/drawings.png
	$(BIN)/python -m evals.pages.tools_page
	$(BIN)/python -m evals.pages.drawings_page

recording: models browser ## Record a real chat in Chromium, write docs/chat.gif and chat.png
	$(BIN)/python -m evals.pages.chat_recording

clean: ## Remove everything that was installed or built here
	rm -rf .venv .venv-* build dist demo-results
