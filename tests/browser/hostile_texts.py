"""Texts that have made pages wider than their window, one a kind."""

LONG = "x" * 250
HOSTILE_TEXTS = {
    "marks": "Z" + "\u0341\u0489\u0322" * 50,
    "marks of other scripts": "\u0e01" + "\u0e49" * 60 + " \u0915" + "\u0902" * 60,
    "no blanks": LONG,
    "no-break blanks": "\u00a0".join(["word"] * 60),
    "joined words": "\u2060".join(["word"] * 60),
    "joined emoji": "\u200d".join("\U0001f468" * 60),
    "flags": "\U0001f1e9\U0001f1ea" * 90,
    "wide letters": "\ufdfd" * 40 + "\u102aa",
    "right to left": "\u0627\u0644\u0643\u062a\u0627\u0628" * 40,
    "overrides": "\u2067\u202e" + "abc " * 40,
    "tags": "#" + "t" * 49 + " " + "#\u0e01" + "\u0e01" * 40,
    "markdown": "| " + " | ".join([LONG] * 4) + " |\n" + "|-" * 4 + "|\n\n```\n" + LONG * 4 + "\n```\n\n> " * 8 + LONG,
    "nested": "".join("  " * depth + "- " + LONG + "\n" for depth in range(12)),
    "code": "`" + LONG + "` https://" + "a" * 60 + "." + "b" * 60 + "." + "c" * 60 + ".example/" + LONG,
    "mathematics": "$" + "\U0001d504" * 90,
}
HOSTILE_LINK = "https://" + ".".join(["a" * 62] * 3) + ".example/" + LONG
