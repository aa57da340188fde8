# NATS with a data directory that its user owns: a new volume takes its owner from the image, and would be root's.
FROM nats:2.12.1-alpine AS nats
RUN mkdir /data && chown 1000:1000 /data
USER 1000:1000
VOLUME /data
ENTRYPOINT ["nats-server", "-js", "-sd", "/data", "-m", "8222"]

# One image, five commands: weir up gateway | draft | scorer | escalation | ledger. Type stripping needs no build step.
FROM node:24.21.0-bookworm-slim

ENV NODE_ENV=production
WORKDIR /app

COPY package.json package-lock.json ./
COPY packages packages
COPY services services
COPY prices prices
COPY proto proto
# The lock also names the workspaces that .dockerignore leaves out; npm passes over them and over what only they need.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
 && npm cache clean --force \
 && mkdir /data && chown node:node /data

USER node
ENV WEIR_DATA_DIR=/data
VOLUME /data
# HTTP, gRPC, operations
EXPOSE 8080 50051 8081

HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=5 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8081/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]

# Node itself is process 1, so that SIGTERM reaches it and drains.
ENTRYPOINT ["node", "--max-semi-space-size=64", "services/host/bin/weir.mjs"]
CMD ["up"]
