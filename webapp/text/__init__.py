"""Text for people: Markdown to HTML, differences, merges, excerpts, sentences of what was done."""
