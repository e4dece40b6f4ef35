"""Live pages: a watcher of the read model, and the server-sent event streams that it wakes."""
