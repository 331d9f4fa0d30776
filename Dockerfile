# Builds from the repository alone: docker build -t countersign .
FROM node:20-bookworm-slim AS page
WORKDIR /build/frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY frontend/ ./
RUN npm run build

FROM rust:1.95-bookworm AS server
WORKDIR /build
COPY . .
COPY --from=page /build/frontend/build frontend/build
RUN cargo build --release --locked

# The small program for where the clients run: docker build --target probe -o . .
FROM rust:1.95-bookworm AS probe-build
RUN apt-get update \
 && apt-get install -y --no-install-recommends musl-tools \
 && rustup target add "$(uname -m)-unknown-linux-musl"
WORKDIR /build
COPY . .
RUN cargo build --release --locked -p countersign-probe --target "$(uname -m)-unknown-linux-musl" \
 && cp "target/$(uname -m)-unknown-linux-musl/release/countersign-probe" /countersign-probe

FROM scratch AS probe
COPY --from=probe-build /countersign-probe /countersign-probe
ENTRYPOINT ["/countersign-probe"]

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates tzdata \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --create-home --home-dir /var/lib/countersign countersign
COPY --from=server /build/target/release/countersign /usr/local/bin/countersign
USER countersign
WORKDIR /var/lib/countersign
ENV COUNTERSIGN_WEB__LISTEN=0.0.0.0:8080 \
    COUNTERSIGN_SMTP__LISTEN=0.0.0.0:2525
EXPOSE 8080 2525
VOLUME /var/lib/countersign
ENTRYPOINT ["countersign"]
CMD ["serve"]
