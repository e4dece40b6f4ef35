"""The log that projectors follow, and the embedded one: the store itself."""
