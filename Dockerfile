# The service, for production. Build: docker build -t skolnav .
FROM python:3.13-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
RUN python -m venv /opt/venv
COPY requirements-prod.lock .
# Every file is checked against its hash; nothing is built from source.
RUN /opt/venv/bin/pip install --require-hashes --only-binary :all: -r requirements-prod.lock

FROM python:3.13-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/srv/skolnav \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
RUN groupadd --system --gid 10001 skolnav \
    && useradd --system --uid 10001 --gid skolnav --no-create-home --shell /usr/sbin/nologin skolnav
WORKDIR /srv/skolnav
COPY --from=build /opt/venv /opt/venv
COPY LICENSE alembic.ini ./
COPY --chmod=0755 deploy/skolnav /usr/local/bin/skolnav
COPY alembic alembic
COPY openapi openapi
COPY app app
# Root owns the code, so the service cannot change it.
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
ENTRYPOINT ["skolnav"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
