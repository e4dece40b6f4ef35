"""Compresses an answer by the best coding that its client takes."""

from flask import Response, request

from .cached_page import COMPRESSORS, best_encoding

MIN_BYTES = 1024
"""What is smaller fits in one packet, compressed or not."""


def compress(response: Response) -> None:
    """Compresses what is worth it. Its ETag becomes a weak one: these bytes are others than those it was made for."""
    if response.is_streamed or "Content-Encoding" in response.headers or len(response.get_data()) <= MIN_BYTES:
        return
    response.vary.add("Accept-Encoding")
    coding = best_encoding(request.headers.get("Accept-Encoding", ""))
    if not coding:
        return
    response.set_data(COMPRESSORS[coding](response.get_data()))
    response.headers["Content-Encoding"] = coding
    etag, _ = response.get_etag()
    if etag:
        response.set_etag(etag, weak=True)
