# The base image. Pin it: --build-arg NODE_IMAGE=node:24-slim@sha256:…
ARG NODE_IMAGE=node:24-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json nest-cli.json ./
COPY src src
COPY tools/build tools/build
COPY deploy/image deploy/image
RUN npm run build && node deploy/image/install.ts /production

FROM ${NODE_IMAGE}
ENV NODE_ENV=production NODE_COMPILE_CACHE=/app/.compile-cache
WORKDIR /app
COPY --from=build /production ./
# The cache belongs to the user that writes it, so this user fills it, by one start without an origin.
# Later, the cache is only read. A process writes the cache when it exits.
RUN mkdir .compile-cache && chown 1000:1000 .compile-cache
USER 1000
RUN log=$(mktemp); NODE_ENV=development PORT=0 SANDBOX=off CRM_BASE_URL=http://127.0.0.1:9 node dist/main.js >$log & while ! grep -q '"msg":"ready"' $log; do kill -0 $! || exit 1; sleep 0.1; done; kill $! && wait $! && rm $log
EXPOSE 3000
# Kubernetes uses its own probes instead.
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=3 CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 3000) + '/health/ready').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Without the flag, a signal opens the inspector.
CMD ["node", "--disable-sigusr1", "dist/main.js"]
