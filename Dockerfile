# syntax=docker/dockerfile:1
# docker build -t tablon . && docker run -p 8080:8080 -v tablon:/data -e TABLON_BASE_URL=http://localhost:8080 tablon

FROM docker.io/library/rust:1.95-slim-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc libc6-dev \
    && rm -rf /var/lib/apt/lists/* \
    && rustup target add wasm32-wasip2
WORKDIR /src
COPY . .
# No cache mounts: hosting platforms also build this with builders that don't know them.
RUN cargo xtask plugins \
    && cargo build --locked --profile dist --package tablon \
    && install -D target/dist/tablon /out/tablon

FROM docker.io/library/debian:bookworm-slim
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin tablon \
    && install -d -o tablon -g tablon -m 0700 /data
COPY --from=build /out/tablon /usr/local/bin/tablon
USER tablon
# Platforms say by PORT where to listen. It means every address; TABLON_LISTEN would win over it.
ENV TABLON_DATA_DIR=/data \
    PORT=8080
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=3s --start-period=10s CMD ["tablon", "doctor", "--live"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["tablon"]
CMD ["serve"]
