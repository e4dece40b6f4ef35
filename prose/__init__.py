"""Reads what people write: one Markdown parser says for pages and for read models what links, names and words are."""
