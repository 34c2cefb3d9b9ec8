# The worker as a container: any user id, a read-only root file system, writable /data and /tmp.
#
#   buildah bud --layers --format docker -t vouch .
#   podman run --rm --read-only --tmpfs /tmp -v vouch-data:/data vouch work
#
# Plain instructions alone (no heredoc, no COPY --link), so that older builders take it.

ARG RUST_IMAGE=docker.io/library/rust:1-bookworm
ARG RUNTIME_IMAGE=docker.io/library/debian:bookworm-slim

FROM ${RUST_IMAGE} AS build
WORKDIR /src
# What changes seldom comes first: packages, then the trained data, then the sources.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        g++ pkg-config libleptonica-dev libtesseract-dev python3-pip \
    && rm -rf /var/lib/apt/lists/*
COPY scripts scripts
RUN scripts/fetch-models models
COPY . .
RUN cargo build --release --locked --features aws --bin vouch \
    && strip --strip-debug target/release/vouch

FROM ${RUNTIME_IMAGE}
# OpenShift runs containers under any user id, always in group 0, which owns /data.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        ca-certificates libtesseract5 tesseract-ocr-eng tesseract-ocr-osd tesseract-ocr-spa \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -m 2770 -g 0 /data
COPY --from=build /src/target/release/vouch /usr/bin/vouch
COPY --from=build /src/models /usr/share/vouch/models
COPY rules /usr/share/vouch/rules
COPY LICENSE /usr/share/doc/vouch/LICENSE
ENV VOUCH_DATA=/data \
    VOUCH_LOG=info \
    VOUCH_LOG_FORMAT=json \
    VOUCH_LISTEN=0.0.0.0:9090
USER 65532:0
WORKDIR /
VOLUME /data
EXPOSE 9090
# For platforms that ask by a command; Kubernetes asks by HTTP (see deploy/).
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s CMD ["/usr/bin/vouch", "health"]
ENTRYPOINT ["/usr/bin/vouch"]
CMD ["work"]
