"""The sentence encoder as an ONNX graph: a BERT encoder with mean pooling and unit-length output.

Built from the published weights at start (about 0.3 s), so no converted copy of them is kept anywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

Weights = Mapping[str, NDArray[np.float32]]
_FUSED = "com.microsoft"  # onnxruntime's own fused operators: attention and exact GELU


@dataclass(frozen=True, slots=True)
class BertShape:
    """Sizes as the model's config.json gives them."""

    layers: int
    heads: int
    hidden: int
    epsilon: float


def bert_model(weights: Weights, shape: BertShape) -> ModelProto:
    """Inputs 'ids' and 'mask' (int64, batch x length), output 'vector' (float32, batch x hidden)."""
    graph = _Graph(weights, shape)
    state = graph.embeddings()
    for layer in range(shape.layers):
        state = graph.layer(state, f"encoder.layer.{layer}")
    graph.pooled(state)
    return graph.model()


class _Graph:
    def __init__(self, weights: Weights, shape: BertShape) -> None:
        self._weights = weights
        self._shape = shape
        self._nodes: list[NodeProto] = []
        self._constants: dict[str, TensorProto] = {}

    def model(self) -> ModelProto:
        size = ["batch", "length"]
        inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, size) for name in ("ids", "mask")]
        output = helper.make_tensor_value_info("vector", TensorProto.FLOAT, ["batch", self._shape.hidden])
        graph = helper.make_graph(self._nodes, "sentence-encoder", inputs, [output], list(self._constants.values()))
        opsets = [helper.make_opsetid("", 20), helper.make_opsetid(_FUSED, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=10)

    def embeddings(self) -> str:
        """Word plus position plus (single) segment embedding, normalised."""
        tokens = self._op("Gather", self._weight("embeddings.word_embeddings.weight"), "ids", out="tokens")
        length = self._op("Shape", "ids", out="length", start=1)
        table = self._weights["embeddings.position_embeddings.weight"]
        segment = self._weights["embeddings.token_type_embeddings.weight"][0]
        positions = self._op(
            "Slice",
            self._constant("positions", table + segment),
            self._constant("from", np.array([0], np.int64)),
            length,
            self._constant("axis0", np.array([0], np.int64)),
            out="placed",
        )
        self._op("Cast", "mask", out="mask32", to=TensorProto.INT32)
        return self._norm(self._op("Add", tokens, positions, out="embedded"), "embeddings.LayerNorm")

    def layer(self, state: str, name: str) -> str:
        """One transformer layer: attention and feed-forward, each added to its input and normalised."""
        attended = self._linear(self._attention(state, f"{name}.attention.self"), f"{name}.attention.output.dense")
        state = self._norm(self._op("Add", attended, state, out=f"{name}.mid"), f"{name}.attention.output.LayerNorm")
        wide = self._linear(state, f"{name}.intermediate.dense")
        wide = self._op("Gelu", wide, out=f"{name}.gelu", domain=_FUSED)
        narrow = self._linear(wide, f"{name}.output.dense")
        return self._norm(self._op("Add", narrow, state, out=f"{name}.sum"), f"{name}.output.LayerNorm")

    def pooled(self, state: str) -> None:
        """Mean over the real tokens, scaled to unit length."""
        axis1 = self._constant("axis1", np.array([1], np.int64))
        mask = self._op("Cast", "mask", out="maskf", to=TensorProto.FLOAT)
        column = self._op("Unsqueeze", mask, self._constant("axis2", np.array([2], np.int64)), out="column")
        total = self._op("ReduceSum", self._op("Mul", state, column, out="kept"), axis1, out="total", keepdims=0)
        count = self._op("ReduceSum", mask, axis1, out="count", keepdims=1)
        mean = self._op("Div", total, count, out="mean")
        self._op("Div", mean, self._op("ReduceL2", mean, axis1, out="norm", keepdims=1), out="vector")

    def _attention(self, state: str, name: str) -> str:
        parts = ("query", "key", "value")
        weight = np.concatenate([self._weights[f"{name}.{part}.weight"].T for part in parts], axis=1)
        bias = np.concatenate([self._weights[f"{name}.{part}.bias"] for part in parts])
        weight_name, bias_name = self._constant(f"{name}.w", weight), self._constant(f"{name}.b", bias)
        heads = self._shape.heads
        return self._op(
            "Attention", state, weight_name, bias_name, "mask32", out=f"{name}.out", domain=_FUSED, num_heads=heads
        )

    def _linear(self, state: str, name: str) -> str:
        weight = self._constant(f"{name}.w", self._weights[f"{name}.weight"].T)
        product = self._op("MatMul", state, weight, out=f"{name}.product")
        return self._op("Add", product, self._weight(f"{name}.bias"), out=f"{name}.out")

    def _norm(self, state: str, name: str) -> str:
        scale, bias = self._weight(f"{name}.weight"), self._weight(f"{name}.bias")
        epsilon = self._shape.epsilon
        return self._op("LayerNormalization", state, scale, bias, out=f"{name}.out", axis=-1, epsilon=epsilon)

    def _weight(self, name: str) -> str:
        return self._constant(name, self._weights[name])

    def _constant(self, name: str, values: NDArray[np.float32] | NDArray[np.int64]) -> str:
        self._constants[name] = numpy_helper.from_array(np.ascontiguousarray(values), name)
        return name

    def _op(self, kind: str, *inputs: str, out: str, domain: str = "", **attributes: int | float) -> str:
        node = helper.make_node(kind, list(inputs), [out], domain=domain)
        node.attribute.extend(helper.make_attribute(name, value) for name, value in attributes.items())
        self._nodes.append(node)
        return out
