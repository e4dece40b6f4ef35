"""The event store on MongoDB; nothing outside of this folder imports its driver."""
