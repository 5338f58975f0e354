"""Draws what the benchmark looks at: a 12-megapixel JPEG with a photograph's mixture of smooth and fine, and two squares.

    pictures.py FOLDER DRAWING     writes FOLDER/twelve.jpg (4000 by 3000, quality 90), FOLDER/512.png and FOLDER/1024.png;
                                   the squares show DRAWING in front, so that there is something to cut out

Drawn from a seed, so nothing large is committed and everybody measures the same pixels.
"""

import pathlib
import sys

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
