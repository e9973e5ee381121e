"""Textual's SVG as a small PNG: drawn with a monospace font that is installed, in at most 256 colours."""

from __future__ import annotations

import re
import struct
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

FONT = "DejaVu Sans Mono"
LEAST_COLOURS = 32
"""Letters have edges of many shades: a picture with fewer colours has no text."""

Pixels = npt.NDArray[np.uint8]
"""(height, width, 4): red, green, blue, alpha."""


def svg_to_png(svg: str, font: str = FONT) -> bytes:
    """An SVG that Textual exported, as PNG.

    The SVG asks for Fira Code from a web server, without which its text would be empty: an installed monospace
    `font` takes its place.

    Raises:
        ValueError: resvg could not draw it, or drew no text because the font is not installed.
    """
    import resvg_py

    local = re.sub(r"@font-face\s*{.*?}", "", svg, flags=re.DOTALL)
    local = re.sub(r"font-family:\s*Fira Code,\s*monospace", f"font-family: {font}", local)
    local = local.replace("font-family: Fira Code", f"font-family: {font}").replace("'Fira Code'", f"'{font}'")
    png = bytes(resvg_py.svg_to_bytes(svg_string=local, font_family=font, monospace_family=font))
    pixels = read_png(png)
    if len(np.unique(pixels.reshape(-1, 4).view(np.uint32))) < LEAST_COLOURS:
        raise ValueError(f"the picture has no text: is the font {font} installed?")
    return write_png(pixels)


def read_png(png: bytes) -> Pixels:
    """The pixels of a PNG of 8 bits and four channels, as resvg writes it."""
    place, packed, width, height = 8, b"", 0, 0
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        kind, data = png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        place += 12 + length
        if kind == b"IHDR":
            width, height, depth, colours = struct.unpack(">IIBB", data[:10])
            assert (depth, colours) == (8, 6)
        elif kind == b"IDAT":
            packed += data
    rows = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(height, 1 + 4 * width)
    return _unfiltered(rows[:, 0], rows[:, 1:].reshape(height, width, 4))


def _unfiltered(filters: npt.NDArray[np.uint8], coded: npt.NDArray[np.uint8]) -> Pixels:
    """Undo PNG's row filters. A pixel needs its left and upper neighbours, so all of one diagonal are done at once."""
    height, width, _ = coded.shape
    out = np.zeros((height + 1, width + 1, 4), np.int32)  # a border of zeros above and to the left
    for diagonal in range(height + width - 1):
        y = np.arange(max(0, diagonal - width + 1), min(height, diagonal + 1))
        x = diagonal - y
        left, up, both = out[y + 1, x], out[y, x + 1], out[y, x]
        guess = left + up - both
        near = [np.abs(guess - one) for one in (left, up, both)]
        paeth = np.where((near[0] <= near[1]) & (near[0] <= near[2]), left, np.where(near[1] <= near[2], up, both))
        kind = filters[y][:, None]
        added = np.select([kind == 1, kind == 2, kind == 3, kind == 4], [left, up, (left + up) // 2, paeth], 0)
        out[y + 1, x + 1] = (coded[y, x] + added) % 256
    return out[1:, 1:].astype(np.uint8)


def write_png(pixels: Pixels) -> bytes:
    """A PNG with a palette: the 256 most frequent colours, each other one drawn as the nearest of these."""
    height, width, _ = pixels.shape
    colours, index, counts = np.unique(pixels.reshape(-1, 4).view(np.uint32), return_inverse=True, return_counts=True)
    kept = np.argsort(-counts, kind="stable")[:256]
    channels = colours.view(np.uint8).reshape(-1, 4).astype(np.int32)
    palette = channels[kept]
    nearest: npt.NDArray[Any] = np.array(
        [np.argmin(np.square(palette - colour).sum(axis=1)) for colour in channels], np.uint8
    )
    rows = np.zeros((height, width + 1), np.uint8)
    rows[:, 1:] = nearest[index].reshape(height, width)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", palette[:, :3].astype(np.uint8).tobytes()),
            _chunk(b"tRNS", palette[:, 3].astype(np.uint8).tobytes()),
            _chunk(b"IDAT", zlib.compress(rows.tobytes(), 9)),
            _chunk(b"IEND", b""),
        ]
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
