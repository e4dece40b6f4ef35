"""Which partition a key goes to: Kafka's own default, so that a producer of any make agrees.

It is 32-bit MurmurHash2 with Kafka's seed, as kafka-python has it too (a test compares them), at half the time.
"""

import struct
from functools import lru_cache

SEED, FACTOR, WORD = 0x9747B28C, 0x5BD1E995, 0xFFFFFFFF


def partition_of(key: str, partitions: int) -> int:
    return _hash(key) % partitions


@lru_cache(maxsize=50_000)
def _hash(key: str) -> int:
    return murmur2(key.encode()) & 0x7FFFFFFF


def murmur2(data: bytes) -> int:
    words = len(data) // 4
    hashed = SEED ^ len(data)
    for word in struct.unpack_from(f"<{words}I", data):
        mixed = word * FACTOR & WORD
        hashed = (hashed * FACTOR ^ (mixed ^ mixed >> 24) * FACTOR) & WORD
    if rest := data[4 * words :]:
        hashed = (hashed ^ int.from_bytes(rest, "little")) * FACTOR & WORD
    hashed = (hashed ^ hashed >> 13) * FACTOR & WORD
    return hashed ^ hashed >> 15
