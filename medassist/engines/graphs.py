"""T5 as two ONNX graphs over one file of weights, in float32 or in 8 bits.

``encoder.onnx``
    One text's tokens and its position bias → the keys and values that each decoder layer attends to. Nothing else of
    the encoder is ever needed, and they are computed once for an answer.
``decoder.onnx``
    Tokens, the cache of what was decoded before, keys and values of the encoder → logits, and the cache, written in
    place.

The graphs are written operator by operator from the weights, and not traced by ``torch.onnx`` from the model: a trace
consists of elementary operators with float32 weights, and neither ONNX Runtime's fused attention with a cache in place
nor its 8-bit products can be had from it without taking it apart again. What is written by hand may be wrong, so
every export is compared with the traced-from model itself, see :mod:`medassist.engines.export`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from medassist.engines.manifest import DECODER_FILE, ENCODER_FILE, WEIGHTS_FILE
from medassist.engines.shapes import Floats, Shape
from medassist.engines.weights import ByBlock, ByColumn, WeightsFile, by_block, by_column

FP32, INT8 = "fp32", "int8"
PRECISIONS = (FP32, INT8)
FLOAT, COLUMN, BLOCK = "float", "column", "block"  # how a product is computed, see Products

BLOCK_SIZES = (64, 32, 16)  # the largest that divides a weight is taken; with 128 rows depend on their neighbours
OPSET, MICROSOFT = 20, "com.microsoft"
_IR_VERSION = 10
_INT8_PRODUCT = 4  # MatMulNBits' accuracy level: the activations are quantised too, block by block


@dataclass(frozen=True, slots=True)
class Products:
    """How each kind of matrix product is computed.

    ``float``
        In float32.
    ``column``
        8 bits; one scale a weight's column and one for all activations of a text (DynamicQuantizeMatMul). Fastest for
        many tokens; activations far out of line, as T5's feed-forward layers have them, cost precision.
    ``block``
        8 bits; one scale for each block of weights and of activations (MatMulNBits). Fastest for few tokens, and a
        row's result does not depend on the other rows, so it is what the decoder uses.
    """

    encoder: str = COLUMN
    encoder_out: str = COLUMN  # the feed-forward layers' second product, whose inputs have the outliers
    decoder: str = BLOCK
    embedding: str = BLOCK

    @classmethod
    def of(cls, precision: str) -> "Products":
        """Return the usual choice for a precision."""
        return cls() if precision == INT8 else cls(FLOAT, FLOAT, FLOAT, FLOAT)


def write_graphs(weights: Mapping[str, Floats], shape: Shape, products: Products, folder: Path) -> None:
    """Write both graphs and their weights into a folder.

    Parameters
    ----------
    weights : mapping of str to ndarray of float32
        By their names in transformers' state dictionary.
    shape : Shape
    products : Products
    folder : Path
        Where ``encoder.onnx``, ``decoder.onnx`` and ``weights.bin`` go.
    """
    import onnx

    with WeightsFile(folder / WEIGHTS_FILE) as file:
        embedding = _stored(weights["shared.weight"], products.embedding)
        head = weights.get("lm_head.weight", weights["shared.weight"])
        tied = np.array_equal(head, weights["shared.weight"])
        out = embedding if tied else _stored(head, products.embedding)
        encoder = _encoder(_Writer(file, weights, shape), products, embedding)
        decoder = _decoder(_Writer(file, weights, shape), products, embedding, out)
    for name, graph in ((ENCODER_FILE, encoder), (DECODER_FILE, decoder)):
        opsets = [onnx.helper.make_opsetid("", OPSET), onnx.helper.make_opsetid(MICROSOFT, 1)]
        model = onnx.helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION, producer_name="medassist")
        (folder / name).write_bytes(model.SerializeToString())


def _stored(weight: Floats, kind: str) -> Floats | ByBlock:
    """Return an embedding as it is stored: its rows are the outputs of the last product."""
    return weight if kind == FLOAT else by_block(weight, _block_size(weight.shape[1]))


def _block_size(inputs: int) -> int:
    return next((size for size in BLOCK_SIZES if inputs % size == 0), BLOCK_SIZES[-1])


@dataclass(slots=True)
class _Writer:
    """Collects the nodes and weights of one graph."""

    file: WeightsFile
    weights: Mapping[str, Floats]
    shape: Shape
    nodes: list[Any] = field(default_factory=list)
    tensors: list[Any] = field(default_factory=list)

    def node(self, kind: str, inputs: Sequence[str], outputs: int = 1, *, domain: str = "", **attributes: Any) -> Any:
        """Add a node; return the name of its output, or a list of the names of several."""
        import onnx

        names = [f"{kind}_{len(self.nodes)}_{n}" for n in range(outputs)]
        self.nodes.append(onnx.helper.make_node(kind, list(inputs), names, domain=domain, **attributes))
        return names[0] if outputs == 1 else names

    def stored(self, array: Any, shape: tuple[int, ...] | None = None) -> str:
        """Add a weight that stands in the file."""
        name = f"weight_{len(self.tensors)}"
        self.tensors.append(self.file.tensor(name, array, shape))
        return name

    def constant(self, value: Any) -> str:
        """Add a small array that stands in the graph."""
        import onnx

        name = f"constant_{len(self.tensors)}"
        self.tensors.append(onnx.numpy_helper.from_array(np.asarray(value), name))
        return name

    def joined(self, names: Sequence[str]) -> Floats:
        """Return several weights with the same inputs as one, of shape (inputs, outputs of all)."""
        return np.ascontiguousarray(np.concatenate([self.weights[f"{name}.weight"] for name in names]).T)

    def product(self, states: str, weight: Floats, kind: str) -> str:
        """Multiply states by a weight of shape (inputs, outputs)."""
        if kind == FLOAT:
            return str(self.node("MatMul", [states, self.stored(weight)]))
        if kind == COLUMN:
            column: ByColumn = by_column(weight)
            inputs = [states, self.stored(column.values), self.stored(column.scales)]
            return str(self.node("DynamicQuantizeMatMul", inputs, domain=MICROSOFT))
        return self.block_product(states, by_block(weight.T, _block_size(len(weight))), len(weight))

    def block_product(self, states: str, weight: ByBlock, width: int) -> str:
        """Multiply states by a weight that is quantised by block."""
        outputs, _, size = weight.values.shape
        return str(
            self.node(
                "MatMulNBits",
                [states, self.stored(weight.values), self.stored(weight.scales)],
                domain=MICROSOFT,
                K=width,
                N=outputs,
                bits=8,
                block_size=size,
                accuracy_level=_INT8_PRODUCT,
            )
        )

    def embed(self, tokens: str, embedding: Floats | ByBlock) -> str:
        """Look the tokens' rows up."""
        if not isinstance(embedding, ByBlock):
            return str(self.node("Gather", [self.stored(embedding), tokens]))
        rows, blocks, size = embedding.values.shape
        inputs = [self.stored(embedding.values, (rows, blocks * size)), tokens, self.stored(embedding.scales)]
        found = self.node(
            "GatherBlockQuantized", inputs, domain=MICROSOFT, bits=8, block_size=size, gather_axis=0, quantize_axis=1
        )
        return str(found)

    def norm(self, states: str, name: str) -> str:
        """Divide states by their root mean square."""
        inputs = [states, self.stored(self.weights[f"{name}.weight"])]
        return str(self.node("SimplifiedLayerNormalization", inputs, axis=-1, epsilon=self.shape.epsilon, stash_type=1))

    def add_norm(self, states: str, change: str, name: str) -> tuple[str, str]:
        """Add a layer's output to what it got; return the sum, and the sum divided by its root mean square."""
        inputs = [states, change, self.stored(self.weights[f"{name}.weight"])]
        outputs = self.node("SkipSimplifiedLayerNormalization", inputs, 4, domain=MICROSOFT, epsilon=self.shape.epsilon)
        self.nodes[-1].output[1] = self.nodes[-1].output[2] = ""  # mean and variance are not wanted
        return outputs[3], outputs[0]

    def feed_forward(self, states: str, name: str, kind: str, out_kind: str) -> str:
        """Add a feed-forward layer, gated or not."""
        parts = ("wi_0", "wi_1") if self.shape.gated else ("wi",)
        wide = self.product(states, self.joined([f"{name}.{part}" for part in parts]), kind)
        if self.shape.gated:
            sizes = self.constant(np.array([self.shape.inner] * 2, np.int64))
            gate, wide = self.node("Split", [wide, sizes], 2, axis=-1)
            wide = self.node("Mul", [self.activation(gate), wide])
        else:
            wide = self.activation(wide)
        return self.product(wide, self.joined([f"{name}.wo"]), out_kind)

    def activation(self, states: str) -> str:
        """Add the activation."""
        if self.shape.activation == "relu":
            return str(self.node("Relu", [states]))
        return str(self.node("FastGelu", [states], domain=MICROSOFT))  # gelu_new: the approximation by tanh

    def graph(self, name: str, inputs: Sequence[Any], outputs: Sequence[Any]) -> Any:
        """Return the graph."""
        import onnx

        return onnx.helper.make_graph(self.nodes, name, list(inputs), list(outputs), self.tensors)


def _value(name: str, kind: str, shape: Sequence[int | str]) -> Any:
    import onnx

    return onnx.helper.make_tensor_value_info(name, getattr(onnx.TensorProto, kind), shape)


def _encoder(writer: _Writer, products: Products, embedding: Floats | ByBlock) -> Any:
    shape = writer.shape
    sizes = writer.constant(np.array([shape.attention] * 3, np.int64))
    states = writer.embed("tokens", embedding)
    normed = writer.norm(states, "encoder.block.0.layer.0.layer_norm")
    for n in range(shape.encoder_layers):
        block = f"encoder.block.{n}.layer"
        weight = writer.joined([f"{block}.0.SelfAttention.{part}" for part in "qkv"])
        parts = writer.node("Split", [writer.product(normed, weight, products.encoder), sizes], 3, axis=-1)
        attended = writer.node(
            "MultiHeadAttention", [*parts, "", "", "bias"], domain=MICROSOFT, num_heads=shape.heads, scale=1.0
        )
        attended = writer.product(attended, writer.joined([f"{block}.0.SelfAttention.o"]), products.encoder)
        states, normed = writer.add_norm(states, attended, f"{block}.1.layer_norm")
        wide = writer.feed_forward(normed, f"{block}.1.DenseReluDense", products.encoder, products.encoder_out)
        last = n + 1 == shape.encoder_layers
        following = "encoder.final_layer_norm" if last else f"encoder.block.{n + 1}.layer.0.layer_norm"
        states, normed = writer.add_norm(states, wide, following)
    _add_cross_states(writer, normed, products.encoder)
    inputs = [_value("tokens", "INT64", [1, "length"]), _value("bias", "FLOAT", [1, shape.heads, "length", "length"])]
    outputs = [_value(name, "FLOAT", [1, shape.heads, "length", shape.head_size]) for name in shape.cross_names]
    return writer.graph("encoder", inputs, outputs)


def _add_cross_states(writer: _Writer, states: str, kind: str) -> None:
    """Add the keys and values of the decoder's layers: one product each, as one for all would double the memory."""
    shape = writer.shape
    sizes = writer.constant(np.array([0, 0, shape.heads, shape.head_size], np.int64))
    weights = [
        f"decoder.block.{n}.layer.1.EncDecAttention.{part}" for n in range(shape.decoder_layers) for part in "kv"
    ]
    for weight, name in zip(weights, shape.cross_names, strict=True):
        wide = writer.product(states, writer.joined([weight]), kind)
        cut = writer.node("Reshape", [wide, sizes])  # (1, length, width) -> (1, length, heads, head size)
        writer.node("Transpose", [cut], perm=[0, 2, 1, 3])  # -> (1, heads, length, head size)
        writer.nodes[-1].output[0] = name


def _decoder(writer: _Writer, products: Products, embedding: Floats | ByBlock, out: Floats | ByBlock) -> Any:
    shape = writer.shape
    states = writer.embed("tokens", embedding)
    normed = writer.norm(states, "decoder.block.0.layer.0.layer_norm")
    for n in range(shape.decoder_layers):
        block = f"decoder.block.{n}.layer"
        attended = _self_attention(writer, normed, n, products.decoder)
        states, normed = writer.add_norm(states, attended, f"{block}.1.layer_norm")
        query = writer.product(normed, writer.joined([f"{block}.1.EncDecAttention.q"]), products.decoder)
        attended = writer.node(
            "MultiHeadAttention",
            [query, f"cross_key_{n}", f"cross_value_{n}", "", "", "cross_bias"],
            domain=MICROSOFT,
            num_heads=shape.heads,
            scale=1.0,
        )
        attended = writer.product(attended, writer.joined([f"{block}.1.EncDecAttention.o"]), products.decoder)
        states, normed = writer.add_norm(states, attended, f"{block}.2.layer_norm")
        wide = writer.feed_forward(normed, f"{block}.2.DenseReluDense", products.decoder, products.decoder)
        last = n + 1 == shape.decoder_layers
        following = "decoder.final_layer_norm" if last else f"decoder.block.{n + 1}.layer.0.layer_norm"
        states, normed = writer.add_norm(states, wide, following)
    if shape.scaled:
        normed = writer.node("Mul", [normed, writer.constant(np.float32(shape.width**-0.5))])
    if isinstance(out, ByBlock):
        writer.block_product(normed, out, shape.width)
    else:
        turned = writer.node("Transpose", [writer.stored(out)], perm=[1, 0])
        writer.node("MatMul", [normed, turned])
    writer.nodes[-1].output[0] = "logits"
    return writer.graph("decoder", _decoder_inputs(shape), _decoder_outputs(shape))


def _self_attention(writer: _Writer, normed: str, layer: int, kind: str) -> str:
    """Add attention to the tokens decoded so far, whose cache is written in place."""
    name = f"decoder.block.{layer}.layer.0.SelfAttention"
    packed = writer.product(normed, writer.joined([f"{name}.{part}" for part in "qkv"]), kind)
    packed = writer.node(
        "Reshape", [packed, "self_shape"]
    )  # (batch, beams, 3 * width) -> (batch * beams, 1, 3 * width)
    names = [f"{part}_{layer}" for part in ("past_key", "past_value")]
    attended = writer.node(
        "GroupQueryAttention",
        [packed, "", "", *names, "last", "total", "", "", "", "self_bias"],
        3,
        domain=MICROSOFT,
        num_heads=writer.shape.heads,
        kv_num_heads=writer.shape.heads,
        scale=1.0,
    )[0]
    writer.nodes[-1].output[1], writer.nodes[-1].output[2] = f"present_key_{layer}", f"present_value_{layer}"
    attended = writer.product(attended, writer.joined([f"{name}.o"]), kind)
    return str(writer.node("Reshape", [attended, "states_shape"]))  # (batch * beams, 1, width) -> (batch, beams, width)


def _decoder_inputs(shape: Shape) -> list[Any]:
    cache: list[int | str] = ["rows", shape.heads, "room", shape.head_size]
    return [
        _value("tokens", "INT64", ["batch", "beams"]),
        _value("self_shape", "INT64", [3]),
        _value("states_shape", "INT64", [3]),
        _value("last", "INT32", ["rows"]),
        _value("total", "INT32", [1]),
        _value("self_bias", "FLOAT", [1, shape.heads, "new", "sofar"]),
        _value("cross_bias", "FLOAT", ["batch", 1, "beams", "length"]),
        *(_value(name, "FLOAT", ["batch", shape.heads, "length", shape.head_size]) for name in shape.cross_names),
        *(_value(name, "FLOAT", cache) for name in shape.past_names),
    ]


def _decoder_outputs(shape: Shape) -> list[Any]:
    cache: list[int | str] = ["rows", shape.heads, "room", shape.head_size]
    return [
        _value("logits", "FLOAT", ["batch", "beams", shape.vocabulary]),
        *(_value(name, "FLOAT", cache) for name in shape.present_names),
    ]
