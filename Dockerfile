# syntax=docker/dockerfile:1
# Two images, `cpu` and `cuda`: docs/containers.md says how to use them and how they were checked.
ARG PYTHON_IMAGE=python:3.12-slim-bookworm
ARG NODE_IMAGE=node:22-bookworm-slim

FROM ${NODE_IMAGE} AS node

FROM ${PYTHON_IMAGE} AS build
RUN python -m venv /opt/batuta
ENV PATH=/opt/batuta/bin:$PATH
WORKDIR /src
COPY constraints.txt pyproject.toml ./
# The CPU build of torch spares 4 GB: --build-arg TORCH_INDEX=<the CPU index that pytorch.org names>
ARG TORCH_INDEX=""
RUN --mount=type=cache,target=/root/.cache/pip \
    if [ -n "$TORCH_INDEX" ]; then \
        pip install --constraint constraints.txt --index-url "$TORCH_INDEX" torch torchvision; \
    fi
# Without the sources, so that this layer is kept while only they change.
ARG EXTRAS="mcp otel"
RUN --mount=type=cache,target=/root/.cache/pip \
    python -c 'import sys, tomllib; project = tomllib.load(open("pyproject.toml", "rb"))["project"]; extras = [project["optional-dependencies"][name] for name in sys.argv[1:]]; print(*project["dependencies"], *sum(extras, []), sep="\n")' $EXTRAS > requirements.txt \
    && pip install --constraint constraints.txt --requirement requirements.txt
COPY README.md LICENSE ./
COPY prompts prompts
COPY tools tools
COPY agent agent
COPY evals evals
COPY train train
RUN --mount=type=cache,target=/root/.cache/pip \
    pip install --no-deps . \
    && batuta --version

FROM build AS build-cuda
RUN --mount=type=cache,target=/root/.cache/pip \
    pip install --constraint constraints.txt '.[gpu]'

FROM ${PYTHON_IMAGE} AS base
# The language model in process (xllamacpp) needs libgomp, which a slim image lacks. Debian's release
# fixes its version.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/*
# For the four tools and three voices whose weights are npm packages.
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/lib/node_modules/npm /usr/local/lib/node_modules/npm
RUN ln -s /usr/local/lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \
    && install --directory --owner=10001 --group=10001 --mode=700 /data
ENV PATH=/opt/batuta/bin:$PATH \
    HOME=/data \
    BATUTA_HOME=/data/batuta \
    PYTHONUNBUFFERED=1
# Weights, runs and results.
VOLUME /data
WORKDIR /data
USER 10001:10001
EXPOSE 7860 7861
HEALTHCHECK --interval=30s --timeout=5s --start-period=120s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:7861/health', timeout=4)"]
ENTRYPOINT ["batuta"]
CMD ["serve"]

# The libraries of CUDA come with torch; the driver is the host's.
FROM base AS cuda
COPY --from=build-cuda /opt/batuta /opt/batuta
ENV NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility

FROM base AS cpu
COPY --from=build /opt/batuta /opt/batuta
