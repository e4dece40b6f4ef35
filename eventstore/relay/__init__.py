"""The one process that gives MongoDB's commits their position and publishes them to Kafka."""
