# The service and its commands: `serve`, `ingest apply`, `index ...` (see docs/operations.md).
# Build: docker build --build-arg REVISION="$(git rev-parse HEAD)" --tag followup .

FROM python:3.11-slim-bookworm AS build
# Where torch's CPU build comes from; the package index's own would bring gigabytes of CUDA.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /source
RUN python -m venv /opt/followup
COPY requirements.lock pyproject.toml ./
# Dependencies before the code, so that they are a layer of their own; versions from the lock.
RUN /opt/followup/bin/pip install --index-url "$TORCH_INDEX" \
        "$(grep -m 1 '^torch==' requirements.lock)" \
    && python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies'], sep='\n')" > wanted.txt \
    && /opt/followup/bin/pip install --constraint requirements.lock --requirement wanted.txt \
    && /opt/followup/bin/pip install "$(grep -m 1 '^setuptools==' requirements.lock)"
COPY README.md ./
COPY ingest ingest
COPY prompts prompts
COPY service service
RUN /opt/followup/bin/pip install --no-deps --no-build-isolation . \
    && /opt/followup/bin/followup --version
# What the quality gate asks a snapshot before it goes live; readable whatever the checkout's umask.
COPY corpus/golden golden
RUN install --directory --mode 0755 /opt/followup/golden \
    && install --mode 0644 golden/* /opt/followup/golden

FROM python:3.11-slim-bookworm
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Followup" \
      org.opencontainers.image.description="Cited answers to clinicians' follow-up questions" \
      org.opencontainers.image.revision="$REVISION"
# The only folder that is written to, beside /tmp: a volume. Its owner is taken over by new volumes.
RUN groupadd --system --gid 10001 followup \
    && useradd --system --uid 10001 --gid 10001 --no-create-home --home-dir /tmp followup \
    && install --directory --owner 10001 --group 10001 --mode 0700 \
        /var/lib/followup /var/lib/followup/tmp
COPY --from=build /opt/followup /opt/followup
# The embedder's weights came with its package: nothing is fetched at run time.
# hadolint ignore=DL3064
ENV PATH=/opt/followup/bin:$PATH \
    FOLLOWUP_HOME=/var/lib/followup \
    FOLLOWUP_GOLDEN=/opt/followup/golden \
    TMPDIR=/var/lib/followup/tmp \
    HF_HUB_OFFLINE=1 \
    TOKENIZERS_PARALLELISM=false \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /var/lib/followup
VOLUME /var/lib/followup
# There is no EXPOSE: the service binds loopback, and the proxy beside it shares its network.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
ENTRYPOINT ["followup"]
CMD ["serve"]
