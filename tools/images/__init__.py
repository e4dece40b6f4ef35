"""Docker where no image can be pulled: an engine, Docker Compose, and stand-ins under the names of the real images.

A base for our own images comes from Debian, Kafka from its jars, and FerretDB over PostgreSQL takes MongoDB's place.
docker/stand-ins.override.yml has what differs from docker-compose.yml, and why.
"""
