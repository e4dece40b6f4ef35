"""What the site calls itself: the `webhooks` of the OpenAPI document, of which docs/webhooks.md tells receivers."""

from typing import Any

Schema = dict[str, Any]


def described(event: Schema) -> Schema:
    """event: the schema of what is sent."""
    headers = (
        ("webhook-id", "One event for one webhook: the same at every try."),
        ("webhook-timestamp", "When this try was signed, in Unix seconds."),
        ("webhook-signature", "v1, and base64 of HMAC-SHA256 over id.timestamp.body; after a rotation two of them."),
        ("traceparent", "The trace of the call that brought the event, where it had one."),
    )  # fmt: skip
    return {
        "event": {
            "post": {
                "operationId": "receive_event",
                "summary": "An event of the site",
                "description": "Sent to a webhook's address for each event of its kinds. Answer 2xx within 10 s.",
                "tags": ["webhooks"],
                "security": [],
                "parameters": [
                    {"name": name, "in": "header", "required": name != "traceparent", "description": said,
                     "schema": {"type": "string"}}
                    for name, said in headers
                ],
                "requestBody": {"required": True, "content": {"application/cloudevents+json": {"schema": event}}},
                "responses": {
                    "2XX": {"description": "It has arrived."},
                    "4XX": {"description": "It is tried again, up to 8 times within a day; 410 pauses the webhook."},
                },
            }
        }
    }  # fmt: skip
