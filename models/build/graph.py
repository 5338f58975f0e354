"""Writing an ONNX graph node by node.

Names are part of a file's bytes. They are therefore numbered in the order in which things are added, and a converter
must add them in a fixed order.
"""

import numpy as np
import onnx
from onnx import helper, numpy_helper


class Graph:
    """Nodes and constants of a graph under construction; one counter numbers both."""

    def __init__(self):
        self.nodes = []
        self.constants = []
        self._count = 0

    def _number(self, prefix):
        self._count += 1
        return f"{prefix}_{self._count}"

    def _name_of_constant(self, prefix):
        return self._number(prefix)

    def _name_of_node(self, prefix):
        return self._number(prefix)

    def constant(self, value, prefix="c"):
        """Adds an array and gives its name."""
        name = self._name_of_constant(prefix)
        self.constants.append(numpy_helper.from_array(np.array(value, order="C"), name))
        return name

    def node(self, operator, *inputs, prefix=None, **attributes):
        """Adds a node with one output and gives the output's name."""
        name = self._name_of_node(prefix or operator.lower())
        self.nodes.append(helper.make_node(operator, list(inputs), [name], name=name, **attributes))
        return name

    def output(self, operator, source, value, **attributes):
        """Adds the node whose output leaves the graph under a name of its own."""
        self.nodes.append(helper.make_node(operator, [source], [value], **attributes))


def serialise(graph: Graph, name, inputs, outputs, opset, metadata=(), **model):
    """The checked graph as the bytes of an .onnx file. Inputs and outputs are (name, element type, shape)."""
    described = [[helper.make_tensor_value_info(*value) for value in values] for values in (inputs, outputs)]
    proto = helper.make_model(
        helper.make_graph(graph.nodes, name, *described, graph.constants),
        opset_imports=[helper.make_opsetid("", opset)],
        ir_version=8,  # old enough for every runtime the product may meet
        **model,
    )
    for key, value in metadata:
        entry = proto.metadata_props.add()
        entry.key, entry.value = key, value
    onnx.checker.check_model(proto, full_check=True)
    return proto.SerializeToString()
