"""Draws what the benchmark looks at: a 12-megapixel JPEG with a photograph's mixture of smooth and fine, and a smaller PNG.

    pictures.py FOLDER     writes FOLDER/twelve.jpg (4000 by 3000, quality 90) and FOLDER/picture.png (1200 by 1200)

Drawn from a seed, so nothing large is committed and everybody measures the same pixels.
"""

import pathlib
import sys

import numpy as np
from PIL import Image

FOLDER = pathlib.Path(sys.argv[1])


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
picture(2, 1200, 1200).save(FOLDER / "picture.png")
