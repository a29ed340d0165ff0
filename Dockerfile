# Signalbox as its package installs it. `docker compose up` starts it beside Temporal and PostgreSQL (docker-compose.yml).
FROM node:24-bookworm-slim AS build
WORKDIR /source
COPY . .
RUN npm ci --ignore-scripts && mkdir /packed && npm pack --pack-destination /packed

FROM node:24-bookworm-slim
RUN apt-get update \
  && apt-get install --yes --no-install-recommends bubblewrap ca-certificates git openssh-client util-linux \
  && rm -rf /var/lib/apt/lists/*
COPY --from=build /packed /packed
RUN npm install --global --no-audit --no-fund /packed/*.tgz && rm -r /packed
COPY docker/run.sh /usr/local/bin/signalbox-run
RUN mkdir /data && chown node:node /data
USER node
WORKDIR /data
ENV SIGNALBOX_DATA=/data SIGNALBOX_GATEWAY_HOST=0.0.0.0
VOLUME /data
EXPOSE 4270
CMD ["signalbox-run"]
