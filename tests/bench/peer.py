"""The benchmark's Python peer: Pillow, numpy and ONNX Runtime's Python binding doing the same work with the same models.

    peer.py MODELS PICTURES

Reads the name of a step a line from standard input, does it once, answers with a line of JSON. CPU time is measured from
outside, in the same way for every peer; one thread everywhere, except what the caller's CPU affinity forbids anyway.
"""

import io
import json
import pathlib
import sys

import numpy as np
import onnxruntime
from PIL import Image

MODELS, PICTURES = map(pathlib.Path, sys.argv[1:3])


def session(name):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.disable_quant_qdq", "1")  # a third of the time for the first opinion
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(MODELS / name, options, providers=["CPUExecutionProvider"])


def planes(image):
    """uint8 HWC to float32 NCHW, 0..1."""
    return np.ascontiguousarray(np.asarray(image, np.float32).transpose(2, 0, 1)[None]) / np.float32(255)


def pixels(tensor):
    """float32 NCHW, 0..1, to uint8 HWC."""
    return (np.clip(tensor[0].transpose(1, 2, 0), 0, 1) * 255 + 0.5).astype(np.uint8)


class Gate:
    """A JPEG, the whole frame, both opinions."""

    def __init__(self):
        self.first, self.second = session("nsfwjs-mobilenet-v2-mid.u8w.onnx"), session("open-nsfw.f16w.onnx")
        self.jpeg = (PICTURES / "twelve.jpg").read_bytes()
        self.view = planes(Image.open(io.BytesIO(self.jpeg)).convert("RGB").resize((224, 224), Image.BILINEAR))

    def decode(self):
        return {"pixels": np.asarray(Image.open(io.BytesIO(self.jpeg)).convert("RGB")).shape[:2]}

    def screen(self):
        picture = Image.open(io.BytesIO(self.jpeg)).convert("RGB")
        first = self.first.run(None, {"image": planes(picture.resize((224, 224), Image.BILINEAR))})[0][0]
        second = picture.resize((256, 256), Image.BILINEAR).crop((16, 16, 240, 240))
        second = self.second.run(None, {"image": planes(second)})[0][0]
        return {"scores": [float(first[1] + first[3]), float(first[4]), float(second[1])]}

    def infer(self):
        return {"scores": [*map(float, self.first.run(None, {"image": self.view})[0][0])]}


class Engine:
    """One picture through one network: bytes of pixels in, bytes of pixels out."""

    def __init__(self):
        self.small, self.large = (Image.open(PICTURES / f"{side}.png").convert("RGB") for side in (512, 1024))
        self.enlarge, self.paint = session("realesr-animevideov3-x4.onnx"), session("multistyle26.onnx")
        self.find = session("u2netp.onnx")

    def upscale(self):
        result = pixels(self.enlarge.run(None, {self.enlarge.get_inputs()[0].name: planes(self.small)})[0])
        return {"pixels": result.shape[:2]}

    def stylise(self):
        style = np.zeros(26, np.float32)
        style[19] = 1  # the one ours is asked for
        result = pixels(self.paint.run(None, {"image": planes(self.large), "style_weights": style})[0])
        return {"pixels": result.shape[:2]}

    def cutout(self):
        view = np.asarray(self.large.resize((320, 320), Image.BILINEAR), np.float32) / 255
        view = (view - np.float32([0.485, 0.456, 0.406])) / np.float32([0.229, 0.224, 0.225])
        mask = self.find.run(None, {"input.1": np.ascontiguousarray(view.transpose(2, 0, 1)[None])})[0][0, 0]
        mask = (mask - mask.min()) / (mask.max() - mask.min())
        mask = Image.fromarray((mask * 255).astype(np.uint8)).resize(self.large.size, Image.BILINEAR)
        result = self.large.copy()
        result.putalpha(mask)
        return {"pixels": np.asarray(result).shape[:2]}


def main():
    groups = {"decode": Gate, "screen": Gate, "infer": Gate, "upscale": Engine, "stylise": Engine, "cutout": Engine}
    ready = {}
    say = lambda answer: print(json.dumps(answer), flush=True)
    say({"ready": f"Pillow {Image.__version__}, ONNX Runtime {onnxruntime.__version__}, Python {sys.version.split()[0]}"})
    for step in map(str.strip, sys.stdin):
        group = groups[step]
        if group not in ready:
            ready[group] = group()
        say(getattr(ready[group], step)())


main()
