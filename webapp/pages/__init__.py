"""Pages: what people see and send, a module each."""
