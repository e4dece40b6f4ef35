"""A picture for every handle, drawn from its letters alone: the same everywhere, and nobody uploads anything."""

import hashlib

_PALETTES = (
    ("#0b5c6e", "#bfe6ea"), ("#7a3418", "#ffd9bd"), ("#4a3a8c", "#dcd6ff"), ("#1d5e34", "#c9efcf"),
    ("#8a1f4d", "#ffd2e3"), ("#5b4a00", "#ffe98a"), ("#234a8f", "#cfe0ff"), ("#6a2c7a", "#f1d2fa"),
    ("#2b4f4a", "#cdeae4"), ("#8c2f22", "#ffd3c9"),
)  # fmt: skip
_SIDE = (
    "M{x} {y}h8v8h-8z",
    "M{x} {y}h8a8 8 0 0 1-8 8z",
    "M{x} {y}a8 8 0 0 0 8 8v-8z",
    "M{x} {y}v8h8a8 8 0 0 0-8-8z",
    "M{r} {y}v8h-8a8 8 0 0 1 8-8z",
    "M{x} {y}l8 8h-8z",
    "M{r} {y}v8h-8z",
    "",
)
_MIDDLE = (
    "M8 {y}h8v8h-8z",
    "M12 {y}a4 4 0 0 1 0 8a4 4 0 0 1 0-8z",
    "M12 {y}l4 4l-4 4l-4-4z",
    "M8 {y}h8l-4 8z",
    "M8 {b}h8l-4-8z",
    "M8 {y}h8a4 4 0 0 1-8 0z",
    "M8 {b}h8a4 4 0 0 0-8 0z",
    "",
)


def svg(handle: str) -> str:
    """A square picture of about a kilobyte, symmetrical like a face."""
    digest = hashlib.sha256(handle.encode()).digest()
    dark, light = _PALETTES[digest[0] % len(_PALETTES)]
    ground, ink = (dark, light) if digest[1] % 2 else (light, dark)
    side = "".join(_SIDE[digest[2 + row] % len(_SIDE)].format(x=0, r=8, y=8 * row) for row in range(3))
    middle = "".join(_MIDDLE[digest[5 + row] % len(_MIDDLE)].format(y=8 * row, b=8 * row + 8) for row in range(3))
    if not side + middle:
        middle = _MIDDLE[1].format(y=8)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-3 -3 30 30"><path fill="{ground}" d="M-3-3h30v30h-30z"/>'
        f'<g fill="{ink}"><path id="s" d="{side}"/><path d="{middle}"/>'
        f'<use href="#s" transform="matrix(-1 0 0 1 24 0)"/></g></svg>'
    )
