# The tap and its simulator, and nothing that only building them needs. `docker build -t tap-intercom .`
# A tag moves; where a build must give the same image for ever, name the digest behind it (@sha256:…).
FROM python:3.13-slim-trixie AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /source
COPY requirements/runtime.lock requirements/setup.lock requirements/
RUN python -m venv /opt/build \
    && /opt/build/bin/pip install --require-hashes --no-deps --requirement requirements/setup.lock \
    && python -m venv --without-pip /opt/tap \
    && /opt/build/bin/uv pip sync --no-cache --python /opt/tap/bin/python --require-hashes --compile-bytecode \
        requirements/runtime.lock
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN /opt/build/bin/python -m hatchling build --target wheel \
    && /opt/build/bin/uv pip install --no-cache --python /opt/tap/bin/python --no-deps --compile-bytecode dist/*.whl

FROM python:3.13-slim-trixie
LABEL org.opencontainers.image.title="tap-intercom" \
      org.opencontainers.image.description="Singer tap for Intercom" \
      org.opencontainers.image.licenses="Apache-2.0"
# A volume that is mounted at /records begins as this folder is: the tap's own.
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin tap \
    && install --directory --owner=10001 --group=10001 /records
COPY --from=build /opt/tap /opt/tap
ENV PATH=/opt/tap/bin:$PATH PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
WORKDIR /tmp
ENTRYPOINT ["tap-intercom"]
CMD ["--help"]
