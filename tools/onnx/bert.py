"""A BERT encoder as an ONNX graph, written node by node from its weights: no training framework is needed.

Inputs `input_ids`, `attention_mask`, `token_type_ids` (batch, sequence), as other exports name them; output
`last_hidden_state` (batch, sequence, width), and with a projection `token_vectors` (batch, sequence, its size). Opset 17,
32-bit floats.
"""

import math

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

OPSET, IR = 17, 8


class Graph:
    """Nodes and weights, with a name for everything."""

    def __init__(self):
        self.nodes, self.weights = [], []

    def node(self, op, *inputs, **attributes):
        name = f"{op.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, list(inputs), [name], name=name, **attributes))
        return name

    def weight(self, name, value):
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def floats(self, name, value):
        return self.weight(name, np.asarray(value, np.float32))

    def ints(self, name, value):
        return self.weight(name, np.asarray(value, np.int64))


def encoder(tensors, config, projection=None):
    """The graph of the weights `tensors` (names of the usual BERT export) and the settings `config`; `projection` holds the
    mean of token vectors and the basis that the rest is told in."""
    heads, width = config["num_attention_heads"], config["hidden_size"]
    size, g = width // heads, Graph()
    assert config["hidden_act"] == "gelu" and config["position_embedding_type"] == "absolute"

    def norm(x, name):
        scale, bias = (g.floats(f"{name}.{part}", tensors[f"{name}.{part}"]) for part in ("weight", "bias"))
        return g.node("LayerNormalization", x, scale, bias, axis=-1, epsilon=config["layer_norm_eps"])

    def dense(x, name, scale=1.0):
        weight = g.floats(f"{name}.weight", tensors[f"{name}.weight"].T * np.float32(scale))
        bias = g.floats(f"{name}.bias", tensors[f"{name}.bias"] * np.float32(scale))
        return g.node("Add", g.node("MatMul", x, weight), bias)

    zero, one, axes = g.ints("zero", [0]), g.ints("one", [1]), g.ints("mask_axes", [1, 2])
    split, join = g.ints("split", [0, 0, heads, size]), g.ints("join", [0, 0, width])
    half, root = g.floats("half", 0.5), g.floats("root", 1 / math.sqrt(2))
    unit, far = g.floats("unit", 1.0), g.floats("far", -1e9)

    table = lambda name: g.floats(f"embeddings.{name}", tensors[f"embeddings.{name}.weight"])
    length = g.node("Slice", g.node("Shape", "input_ids"), one, g.ints("two", [2]), zero)
    positions = g.node("Slice", table("position_embeddings"), zero, length, zero)
    x = g.node("Gather", table("word_embeddings"), "input_ids")
    x = g.node("Add", x, g.node("Gather", table("token_type_embeddings"), "token_type_ids"))
    x = norm(g.node("Add", x, positions), "embeddings.LayerNorm")

    # Nothing for what is seen, a very negative number for padding.
    mask = g.node("Unsqueeze", g.node("Cast", "attention_mask", to=TensorProto.FLOAT), axes)
    mask = g.node("Mul", g.node("Sub", unit, mask), far)
    for layer in range(config["num_hidden_layers"]):
        p = f"encoder.layer.{layer}."
        part = lambda name, scale=1.0: g.node("Reshape", dense(x, f"{p}attention.self.{name}", scale), split)
        query = g.node("Transpose", part("query", 1 / math.sqrt(size)), perm=[0, 2, 1, 3])
        key = g.node("Transpose", part("key"), perm=[0, 2, 3, 1])
        value = g.node("Transpose", part("value"), perm=[0, 2, 1, 3])
        weights = g.node("Softmax", g.node("Add", g.node("MatMul", query, key), mask), axis=-1)
        seen = g.node("Transpose", g.node("MatMul", weights, value), perm=[0, 2, 1, 3])
        seen = dense(g.node("Reshape", seen, join), f"{p}attention.output.dense")
        x = norm(g.node("Add", x, seen), f"{p}attention.output.LayerNorm")
        h = dense(x, f"{p}intermediate.dense")
        gate = g.node("Add", g.node("Erf", g.node("Mul", h, root)), unit)
        h = g.node("Mul", g.node("Mul", h, half), gate)
        x = norm(g.node("Add", x, dense(h, f"{p}output.dense")), f"{p}output.LayerNorm")
    g.nodes[-1].output[0] = "last_hidden_state"

    tokens = lambda name: helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "sequence"])
    inputs = [tokens(n) for n in ("input_ids", "attention_mask", "token_type_ids")]
    told = lambda name, size: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", "sequence", size])
    outputs = [told("last_hidden_state", width)]
    if projection is not None:
        centred = g.node("Sub", "last_hidden_state", g.floats("token_mean", projection["mean"]))
        g.node("MatMul", centred, g.floats("token_basis", projection["basis"]))
        g.nodes[-1].output[0] = "token_vectors"
        outputs.append(told("token_vectors", projection["basis"].shape[1]))
    graph = helper.make_graph(g.nodes, "bert", inputs, outputs, g.weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR)
    model.producer_name = "aico"
    checker.check_model(model)
    return model
