"""Headers of readers in another language, and of htmx that asks for a part."""

GERMAN = {"Accept-Language": "de"}


PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}
