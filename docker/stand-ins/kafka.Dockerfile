# In the place of apache/kafka: the same version's jars, laid out as there. The class that makes the settings out of
# KAFKA_… and formats the volume is the one that the vendor's image runs.
FROM python:3.13-slim-bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends openjdk-21-jre-headless \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 1000 --home-dir /home/appuser --create-home appuser \
    && mkdir -p /opt/kafka/config /etc/kafka/docker /mnt/shared/config /var/lib/kafka/data \
    && touch /etc/kafka/docker/server.properties /etc/kafka/docker/log4j2.yaml /etc/kafka/docker/tools-log4j2.yaml \
    && chown -R appuser /opt/kafka/config /var/lib/kafka
COPY jars /opt/kafka/libs
COPY kafka-run /opt/kafka/run
COPY kafka-broker-api-versions.sh /opt/kafka/bin/kafka-broker-api-versions.sh
USER appuser
CMD ["/opt/kafka/run"]
