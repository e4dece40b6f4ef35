"""Draws static/icons/*.png and favicon.ico from favicon.svg: `python -m tools.draw_icons`, after the SVG was changed.

The sign is a square with round corners and one path, so that a page of Python draws it: no picture library comes in for
five small files.
"""

import math
import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

ICONS = Path(__file__).resolve().parent.parent / "static" / "icons"
PAPER = "#f6f7f4"
"""Behind the sign in the picture of link previews."""
SAMPLES = 4
"""Lines of samples in a pixel; along such a line what is covered is exact."""
CURVE_STEPS = 12
SQUARES = {"icon-192.png": 192, "icon-512.png": 512, "apple-touch-icon.png": 180}
FAVICON_SIZES = (16, 32, 48)
PREVIEW_SIZE = (1200, 630)
PREVIEW_SIGN = 360

Point = tuple[float, float]
Polygon = list[Point]
Colour = tuple[int, int, int]
_PARTS = re.compile(r"[MmLlHhVvCcZz]|-?(?:\d+\.?\d*|\.\d+)")


def drawn() -> Iterator[tuple[str, bytes]]:
    """Each file's name, and what is in it."""
    svg = (ICONS / "favicon.svg").read_text()
    for name, size in SQUARES.items():
        yield name, png(size, size, Sign(svg, size), None)
    small = [(size, png(size, size, Sign(svg, size), None)) for size in FAVICON_SIZES]
    yield "favicon.ico", ico(small)
    yield "preview.png", png(*PREVIEW_SIZE, Sign(svg, PREVIEW_SIGN, PREVIEW_SIZE), colour(PAPER))


class Sign:
    """The square and the marks in it, as polygons in pixels, in the middle of a canvas."""

    def __init__(self, svg: str, size: int, canvas: tuple[int, int] | None = None) -> None:
        self.ground, self.ink = (colour(found) for found in re.findall(r'fill="(#\w+)"', svg))
        scale = size / 32
        width, height = canvas or (size, size)
        left, top = (width - size) / 2, (height - size) / 2

        def placed(polygon: Polygon) -> Polygon:
            return [(left + x * scale, top + y * scale) for x, y in polygon]

        radius = re.search(r'rx="(\d+)"', svg)
        path = re.search(r' d="([^"]+)"', svg)
        assert radius is not None
        assert path is not None
        self.square = [placed(_rounded_square(32.0, float(radius[1])))]
        self.marks = [placed(polygon) for polygon in _polygons(path[1])]


def colour(written: str) -> Colour:
    red, green, blue = bytes.fromhex(written[1:])
    return red, green, blue


def _rounded_square(side: float, radius: float) -> Polygon:
    centres = ((side - radius, side - radius), (radius, side - radius), (radius, radius), (side - radius, radius))
    corners = ((x, y, quarter) for quarter, (x, y) in enumerate(centres))
    return [
        (x + radius * math.cos(angle), y + radius * math.sin(angle))
        for x, y, quarter in corners
        for angle in (math.pi / 2 * (quarter + step / CURVE_STEPS) for step in range(CURVE_STEPS + 1))
    ]


def _polygons(path: str) -> Iterator[Polygon]:
    """The closed figures of an SVG path that has the commands M, L, H, V, C and Z, big or small."""
    parts = _PARTS.findall(path)
    at: Point = (0.0, 0.0)
    figure: Polygon = []
    command = ""

    def number() -> float:
        return float(parts.pop(0))

    def point(relative: bool) -> Point:
        x, y = number(), number()
        return (at[0] + x, at[1] + y) if relative else (x, y)

    while parts:
        if parts[0].isalpha():
            command = parts.pop(0)
        relative = command.islower()
        match command.upper():
            case "Z":
                yield figure
                at, figure = figure[0], []
                continue
            case "H":
                at = (number() + (at[0] if relative else 0.0), at[1])
            case "V":
                at = (at[0], number() + (at[1] if relative else 0.0))
            case "C":
                controls = [at, point(relative), point(relative), point(relative)]
                figure += [_bezier(controls, step / CURVE_STEPS) for step in range(1, CURVE_STEPS)]
                at = controls[3]
            case _:
                at = point(relative)
        figure.append(at)


def _bezier(controls: list[Point], t: float) -> Point:
    weights = ((1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3)
    x, y = (sum(weight * one[axis] for weight, one in zip(weights, controls, strict=True)) for axis in (0, 1))
    return x, y


def png(width: int, height: int, sign: Sign, ground: Colour | None) -> bytes:
    """RGBA; without a ground it is transparent around the sign."""
    rows = bytearray()
    for y in range(height):
        square, marks = _coverage(sign.square, width, y), _coverage(sign.marks, width, y)
        rows.append(0)
        for inside, inked in zip(square, marks, strict=True):
            of_sign = _mixed(sign.ground, sign.ink, inked)
            shown = of_sign if ground is None else _mixed(ground, of_sign, inside)
            rows += bytes((*shown, round(255 * inside) if ground is None else 255))
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    chunks = (b"IHDR", head), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in chunks)


def _coverage(polygons: list[Polygon], width: int, y: int) -> list[float]:
    """How much of each pixel of a row is inside, 0 to 1."""
    covered = [0.0] * width
    for line in range(SAMPLES):
        height = y + (line + 0.5) / SAMPLES
        for polygon in polygons:
            crossings = sorted(_crossings(polygon, height))
            for begin, end in zip(crossings[::2], crossings[1::2], strict=True):
                for x in range(max(0, int(begin)), min(width, int(end) + 1)):
                    covered[x] += max(0.0, min(end, x + 1) - max(begin, x)) / SAMPLES
    return [min(1.0, part) for part in covered]


def _crossings(polygon: Polygon, y: float) -> Iterator[float]:
    for (x1, y1), (x2, y2) in zip(polygon, polygon[1:] + polygon[:1], strict=True):
        if (y1 <= y) != (y2 <= y):
            yield x1 + (y - y1) * (x2 - x1) / (y2 - y1)


def _mixed(below: Colour, above: Colour, part: float) -> Colour:
    red, green, blue = (round(one + (other - one) * part) for one, other in zip(below, above, strict=True))
    return red, green, blue


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def ico(pictures: list[tuple[int, bytes]]) -> bytes:
    """An ICO file of PNGs: its head, an entry for each, then they themselves."""
    entries, at = b"", 6 + 16 * len(pictures)
    for size, picture in pictures:
        entries += struct.pack("<BBBBHHII", size, size, 0, 0, 1, 32, len(picture), at)
        at += len(picture)
    return struct.pack("<HHH", 0, 1, len(pictures)) + entries + b"".join(picture for _, picture in pictures)


def main() -> None:
    for name, content in drawn():
        (ICONS / name).write_bytes(content)


if __name__ == "__main__":
    main()
