"""The log on Kafka; nothing outside of this folder imports its client."""
