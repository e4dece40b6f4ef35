"""How a delivery shows that it comes from here: HMAC-SHA256, by the conventions of Standard Webhooks.

A webhook's secret is stored nowhere. It is derived from the site's key, the webhook's id and how often its owner has
rotated it, so that whoever copies the store can sign nothing. https://www.standardwebhooks.com
"""

import base64
import hmac
from collections.abc import Sequence

PREFIX = "whsec_"


def secret(site_key: str, webhook: str, rotation: int) -> str:
    """ "whsec_" and 32 bytes as base64: what receivers are told."""
    said = f"webhook secret\0{webhook}\0{rotation}".encode()
    return PREFIX + base64.b64encode(hmac.digest(site_key.encode(), said, "sha256")).decode()


def signature(secrets: Sequence[str], id: str, timestamp: int, body: bytes) -> str:
    """The value of webhook-signature: one part for each secret, with blanks between. timestamp: Unix seconds."""
    signed = f"{id}.{timestamp}.".encode() + body
    return " ".join(f"v1,{_mac(one, signed)}" for one in secrets)


def _mac(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
