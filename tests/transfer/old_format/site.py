"""A site of the format before: its export, what the code that wrote it made of it, and what its people are called."""

from pathlib import Path

EXPORT = Path(__file__).with_name("site.jsonl")
FOLDED = Path(__file__).with_name("folded.json")
NAMES = ("ada", "mod", "boss", "bob", "python", "rust", "nobody")
