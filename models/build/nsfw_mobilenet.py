"""nsfw-mobilenet: the MobileNetV2 1.4 classifier inside the nsfwjs package, as ONNX.

The package stores every weight as uint8 with a scale and a minimum. Large kernels keep these bytes and are expanded by
DequantizeLinear while the model loads, so the file stays small and the numbers stay the package's own: TensorFlow.js
picks the minimum such that zero is exact, which makes `q * scale + min` and `(q - zero_point) * scale` the same thing.
The input changes from NHWC to NCHW; its scaling to -1..1 stays inside the graph.
"""

import base64
import json
import math
import subprocess
import pathlib

import numpy as np
from onnx import TensorProto

from graph import Graph, serialise
from packages import NSFWJS

LABELS = "Drawing,Hentai,Neutral,Porn,Sexy"
SIDE = 224
KEEP_BYTES_FROM = 1024  # smaller constants are not worth a node


def build(work: pathlib.Path) -> bytes:
    model = NSFWJS.unpack(work) / "dist/models/mobilenet_v2_mid"
    unpacked = work / "nsfwjs-mid"
    reader = pathlib.Path(__file__).with_name("read_tfjs.mjs")
    subprocess.run(["node", reader, model, "2", unpacked], check=True)
    description = json.loads((unpacked / "model.json").read_text())
    weights = read_weights(description["weightsManifest"], (unpacked / "weights.bin").read_bytes())
    converter = Converter(weights)
    for node in description["modelTopology"]["node"]:
        converter.add(node)
    graph = converter.graph
    graph.output("Identity", converter.last, "probs", name="probs_out")
    return serialise(
        graph,
        "nsfwjs-mobilenet-v2-mid",
        [("image", TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
        [("probs", TensorProto.FLOAT, [1, 5])],
        opset=13,
        producer_name="tfjs2onnx",
        metadata=[
            ("labels", LABELS),
            ("source", "npm nsfwjs 4.4.0 mobilenet_v2_mid"),
            ("license", "MIT"),
            ("input", "RGB 0..1 NCHW"),
        ],
    )


class Weight:
    """A quantised array of the package."""

    def __init__(self, quantised, scale, minimum):
        self.quantised = quantised
        self.scale = scale
        self.minimum = minimum
        # As the package's own loader does it: in double precision, then stored as float32.
        self.values = (quantised.astype(np.float64) * scale + minimum).astype(np.float32)

    def zero_point(self):
        """The byte that stands for zero, or None where no byte does exactly."""
        exact = -self.minimum / self.scale
        return round(exact) if abs(exact - round(exact)) < 1e-3 and 0 <= round(exact) <= 255 else None


def read_weights(manifest, content):
    weights, offset = {}, 0
    for entry in (entry for group in manifest for entry in group["weights"]):
        quantisation = entry["quantization"]
        assert quantisation["dtype"] == "uint8", entry
        size = math.prod(entry["shape"])
        array = np.frombuffer(content, np.uint8, size, offset).reshape(entry["shape"])
        weights[entry["name"]] = Weight(array, quantisation["scale"], quantisation["min"])
        offset += size
    assert offset == len(content), "bytes left over"
    return weights


def padding(size, kernel, stride, kind):
    """TensorFlow's padding before and after along one axis, and the resulting size."""
    if kind == "VALID":
        return 0, 0, (size - kernel) // stride + 1
    assert kind == "SAME", kind
    result = -(-size // stride)
    total = max((result - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2, result  # the odd pixel goes after


class Converter:
    """Walks the package's graph, which is in topological order, and writes the ONNX graph beside it."""

    def __init__(self, weights):
        self.graph = Graph()
        self.weights = weights
        self.names = {}   # TensorFlow node -> ONNX value
        self.shapes = {}  # TensorFlow node -> (channels, height, width) or (features,)
        self.last = None

    def add(self, node):
        inputs = [name.split(":")[0] for name in node.get("input", [])]
        handler = getattr(self, "on_" + node["op"].lstrip("_"), None)
        assert handler, f"unexpected operator {node['op']}"
        added = handler(node, inputs, Attributes(node.get("attr", {})))
        if added:
            self.names[node["name"]], self.shapes[node["name"]] = added
            self.last = added[0]

    def kernel(self, name, order):
        """A weight in ONNX's axis order: as bytes where that is worth it and exact, else as floats."""
        weight = self.weights[name]
        zero = weight.zero_point()
        if weight.quantised.size < KEEP_BYTES_FROM or zero is None:
            return self.graph.constant(weight.values.transpose(order), "w")
        parts = [
            self.graph.constant(weight.quantised.transpose(order), "wq"),
            self.graph.constant(np.array(weight.scale, np.float32), "ws"),
            self.graph.constant(np.array(zero, np.uint8), "wz"),
        ]
        return self.graph.node("DequantizeLinear", *parts, prefix="w")

    def bias(self, name):
        return self.graph.constant(self.weights[name].values, "b")

    def on_Placeholder(self, node, inputs, attributes):
        return "image", (3, SIDE, SIDE)

    def on_Const(self, node, inputs, attributes):
        return None  # read where it is used

    def on_Identity(self, node, inputs, attributes):
        return self.names[inputs[0]], self.shapes.get(inputs[0])

    def arithmetic(self, operator, inputs):
        values = [self.names.get(name) or self.graph.constant(self.weights[name].values, "k") for name in inputs]
        return self.graph.node(operator, *values), next(self.shapes[name] for name in inputs if name in self.shapes)

    def on_Mul(self, node, inputs, attributes):
        return self.arithmetic("Mul", inputs)

    def on_Sub(self, node, inputs, attributes):
        return self.arithmetic("Sub", inputs)

    def on_AddV2(self, node, inputs, attributes):
        return self.arithmetic("Add", inputs)

    def on_FusedConv2D(self, node, inputs, attributes):
        return self.convolution(inputs, attributes, depthwise=False)

    def on_FusedDepthwiseConv2dNative(self, node, inputs, attributes):
        return self.convolution(inputs, attributes, depthwise=True)

    def convolution(self, inputs, attributes, depthwise):
        assert attributes.text("data_format") == "NHWC" and attributes.numbers("dilations") == [1, 1, 1, 1]
        source, kernel, bias = inputs
        channels, height, width = self.shapes[source]
        kernel_shape = list(self.weights[kernel].quantised.shape)
        strides = attributes.numbers("strides")[1:3]
        kind = attributes.text("padding")
        top, bottom, new_height = padding(height, kernel_shape[0], strides[0], kind)
        left, right, new_width = padding(width, kernel_shape[1], strides[1], kind)
        result = self.graph.node(
            "Conv",
            self.names[source],
            self.kernel(kernel, (2, 3, 0, 1) if depthwise else (3, 2, 0, 1)),
            self.bias(bias),
            kernel_shape=kernel_shape[:2],
            strides=strides,
            pads=[top, left, bottom, right],
            group=channels if depthwise else 1,
        )
        fused = attributes.texts("fused_ops")
        assert fused in (["BiasAdd"], ["BiasAdd", "Relu6"]), fused
        if "Relu6" in fused:
            low, high = (self.graph.constant(np.array(bound, np.float32)) for bound in (0, 6))
            result = self.graph.node("Clip", result, low, high)
        return result, (kernel_shape[2 if depthwise else 3], new_height, new_width)

    def on_AvgPool(self, node, inputs, attributes):
        channels, height, width = self.shapes[inputs[0]]
        assert attributes.numbers("ksize")[1:3] == [height, width] and attributes.text("padding") == "VALID"
        return self.graph.node("GlobalAveragePool", self.names[inputs[0]]), (channels, 1, 1)

    def on_Squeeze(self, node, inputs, attributes):
        return self.graph.node("Flatten", self.names[inputs[0]], axis=1), self.shapes[inputs[0]][:1]

    def on_FusedMatMul(self, node, inputs, attributes):
        source, kernel, bias = inputs
        assert not attributes.flag("transpose_a") and not attributes.flag("transpose_b")
        parts = [self.names[source], self.kernel(kernel, (0, 1)), self.bias(bias)]
        return self.graph.node("Gemm", *parts, prefix="dense"), self.weights[kernel].quantised.shape[1:]

    def on_Softmax(self, node, inputs, attributes):
        return self.graph.node("Softmax", self.names[inputs[0]], axis=1), self.shapes[inputs[0]]


class Attributes:
    """A node's attributes in the package's JSON, where numbers are text and text is base64."""

    def __init__(self, raw):
        self.raw = raw

    def text(self, name):
        return base64.b64decode(self.raw[name]["s"]).decode()

    def texts(self, name):
        return [base64.b64decode(value).decode() for value in self.raw[name]["list"]["s"]]

    def numbers(self, name):
        return [int(value) for value in self.raw[name]["list"]["i"]]

    def flag(self, name):
        return bool(self.raw.get(name, {}).get("b"))
