"""What the API's bodies look like: read, written, and described in OpenAPI from the same types."""
