"""Draws what the benchmark looks at: a 12-megapixel JPEG with a photograph's mixture of smooth and fine, and two squares.

    pictures.py FOLDER DRAWING     writes FOLDER/twelve.jpg (4000 by 3000, quality 90), FOLDER/512.png and FOLDER/1024.png;
                                   the squares show DRAWING in front, so that there is something to cut out;
                                   FOLDER/bombs/: small files that promise or hold something huge

Drawn from a seed, so nothing large is committed and everybody measures the same pixels.
"""

import io
import pathlib
import struct
import sys
import zlib

import numpy as np
from PIL import Image

FOLDER, DRAWING = map(pathlib.Path, sys.argv[1:3])


def cloud(random, width, height, octaves):
    """Noise of every size, 0..1: each octave twice as fine and a bit more than half as strong."""
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        cells = random.random((3 * 2**octave, 4 * 2**octave), np.float32)
        layer = Image.fromarray(cells).resize((width, height), Image.BICUBIC)
        total += np.asarray(layer) * np.float32(0.55**octave)
    return (total - total.min()) / (total.max() - total.min())


def picture(seed, width, height):
    random = np.random.default_rng(seed)
    light, hue, grain = cloud(random, width, height, 9), cloud(random, width, height, 5), random.normal(0, 0.038, (height, width))
    ground = np.stack([0.25 + 0.5 * hue, 0.35 + 0.25 * light, 0.65 - 0.45 * hue], -1)
    colours = ground * (0.45 + 0.8 * light[..., None]) + grain[..., None]
    return Image.fromarray((np.clip(colours, 0, 1) * 255).astype(np.uint8))


picture(1, 4000, 3000).save(FOLDER / "twelve.jpg", quality=90)
for side in (512, 1024):
    square = picture(2, side, side)
    subject = Image.open(DRAWING).convert("RGBA").resize((side * 2 // 3, side * 2 // 3), Image.LANCZOS)
    square.paste(subject, (side // 6, side // 6), subject)
    square.save(FOLDER / f"{side}.png")


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def zeros(size):
    """A zlib stream of so many zero bytes, made a piece at a time."""
    packer, piece = zlib.compressobj(9), bytes(1 << 20)
    return b"".join([packer.compress(piece[: min(1 << 20, size - at)]) for at in range(0, size, 1 << 20)] + [packer.flush()])


def png(width, height, before=(), data=None, depth=8, kind=2):
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0))
    data = zeros((width * 3 + 1) * height) if data is None else data
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(before) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def riff(kind, data):
    return kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def encoded(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def bombs():
    small = zeros(4096)
    gigabyte, tenth = zeros(1 << 30), zeros(200 << 20)
    yield "header-65k.png", png(65_000, 65_000, data=small)
    yield "header-2e31.png", png(2**31 - 1, 2**31 - 1, data=small, depth=16, kind=6)
    yield "whole-16k.png", png(16_384, 16_384)
    yield "text-1gb.png", png(8, 8, [chunk(b"zTXt", b"Comment\0\0" + gigabyte), chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + gigabyte)])
    yield "profile.png", png(8, 8, [chunk(b"iCCP", b"p\0\0" + tenth)])
    yield "exif.png", png(8, 8, [chunk(b"eXIf", b"II*\0" + bytes(30_000_000))])
    yield "data-beyond.png", png(8, 8, data=tenth)
    photo = encoded(Image.new("RGB", (64, 64)), "JPEG")
    yield "whole-16k.jpg", encoded(Image.new("L", (16_384, 16_384)), "JPEG", quality=50)
    frame = photo.index(b"\xff\xc0") + 5
    yield "header-65k.jpg", photo[:frame] + b"\xff\xff\xff\xff" + photo[frame + 4 :]
    segment = lambda marker, data: b"\xff" + marker + struct.pack(">H", len(data) + 2) + data
    yield "profile.jpg", photo[:2] + segment(b"\xe2", b"ICC_PROFILE\0\1\xff" + bytes(65_000)) * 450 + photo[2:]
    yield "exif.jpg", photo[:2] + segment(b"\xe1", b"Exif\0\0II*\0" + bytes(65_000)) * 450 + photo[2:]
    still = encoded(Image.new("RGB", (64, 64)), "WEBP", lossless=True)[12:]
    size = struct.unpack("<I", still[4:8])[0]
    sides = struct.pack("<I", 16_382 | 16_382 << 14)
    huge = riff(b"VP8L", b"\x2f" + sides + still[13 : 8 + size])
    whole = lambda body: b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body
    yield "header-16k.webp", whole(huge)
    three = lambda n: struct.pack("<I", n)[:3]
    moving = riff(b"VP8X", b"\2\0\0\0" + three(63) * 2) + riff(b"ANIM", bytes(6))
    yield "frames-10k.webp", whole(moving + riff(b"ANMF", bytes(6) + three(63) * 2 + three(10) + b"\0" + still) * 10_000)
    yield "exif.webp", whole(riff(b"VP8X", b"\x08\0\0\0" + three(63) * 2) + still + riff(b"EXIF", b"II*\0" + bytes(30_000_000)))


(FOLDER / "bombs").mkdir(exist_ok=True)
for name, content in bombs():
    (FOLDER / "bombs" / name).write_bytes(content)
