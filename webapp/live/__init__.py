"""Pages that keep up: a watcher of the read model, and the streams that it wakes."""
