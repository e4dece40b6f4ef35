"""Classes of letters, for patterns of regex (V1): what a name may stand beside."""

LETTER = r"[\p{L}\p{M}\p{N}_]"
_UNSPACED = r"[\p{Han}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{scx=Hiragana}\p{scx=Katakana}]"
SPACED_LETTER = rf"[{LETTER}--{_UNSPACED}]"
"""A letter of a script that leaves blanks between words: beside it nothing begins. Korean hangs endings on names."""
JOINERS = "\u200c\u200d\u00b7\u05f3\u05f4\u0f0b\u0f0c\u30fb\uff65"
"""Non-joiner, joiner, the Catalan dot, geresh and gershayim, tsheg, the Katakana dot: they stand within words."""
