"""One file of weights for all graphs of a model, and the two ways in which a weight is stored in 8 bits.

Every graph points into the file by offset and length (ONNX's external data), so that a weight that two graphs need,
the embedding above all, stands there once. ONNX Runtime maps it into memory.
"""

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from medassist.engines.shapes import Floats

_ALIGNMENT = 4_096  # a memory page
_MIDDLE = 128  # what stands for zero in an unsigned byte


class ByColumn(NamedTuple):
    """A weight with one scale a column: ``values * scales``.

    ``values`` is int8, shape (inputs, outputs); ``scales`` float32, shape (outputs,).
    """

    values: NDArray[np.int8]
    scales: Floats


class ByBlock(NamedTuple):
    """A weight with one scale for every ``size`` inputs of an output: ``(values - 128) * scales``.

    ``values`` is uint8, shape (outputs, blocks, size); ``scales`` float32, shape (outputs, blocks).
    """

    values: NDArray[np.uint8]
    scales: Floats


def by_column(weight: Floats) -> ByColumn:
    """Quantise a weight of shape (inputs, outputs) to [-127, 127] by the largest value of each column."""
    scales = _scales(weight, axis=0)
    values: NDArray[np.int8] = np.rint(weight / scales).astype(np.int8)
    return ByColumn(values, scales)


def by_block(weight: Floats, size: int) -> ByBlock:
    """Quantise a weight of shape (outputs, inputs) by the largest value of each block of ``size`` inputs."""
    outputs, inputs = weight.shape
    blocks = -(-inputs // size)
    padded = np.zeros((outputs, blocks * size), np.float32)
    padded[:, :inputs] = weight
    cut = padded.reshape(outputs, blocks, size)  # (outputs, blocks * size) -> (outputs, blocks, size)
    scales = _scales(cut, axis=2)
    values: NDArray[np.uint8] = (np.rint(cut / scales[..., None]) + _MIDDLE).astype(np.uint8)
    return ByBlock(values, scales)


def _scales(weight: Floats, axis: int) -> Floats:
    largest: Floats = np.abs(weight).max(axis=axis).astype(np.float32)
    return np.where(largest > 0, largest / np.float32(127), np.float32(1)).astype(np.float32)


class WeightsFile:
    """Writes arrays one behind the other; the same array is written once.

    Parameters
    ----------
    path : Path
        The file to write. Graphs that point to it lie in the same folder.
    """

    def __init__(self, path: Path) -> None:
        self._name = path.name
        self._file: BinaryIO = path.open("wb")
        self._places: dict[int, tuple[NDArray[Any], Mapping[str, str]]] = {}

    def __enter__(self) -> "WeightsFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def tensor(self, name: str, array: NDArray[Any], shape: tuple[int, ...] | None = None) -> Any:
        """Return an ONNX tensor of that name, which points to the array in the file.

        Parameters
        ----------
        name : str
        array : ndarray
            Written unless this very array has been written before.
        shape : tuple of int, optional
            How the graph sees the bytes, if not as the array's own shape.
        """
        import onnx

        if id(array) not in self._places:
            self._file.write(b"\0" * (-self._file.tell() % _ALIGNMENT))
            place = {"location": self._name, "offset": str(self._file.tell()), "length": str(array.nbytes)}
            self._file.write(np.ascontiguousarray(array).tobytes())
            self._places[id(array)] = (array, place)  # the array is kept, so that its id stays its own
        kind = onnx.helper.np_dtype_to_tensor_dtype(array.dtype)
        tensor = onnx.TensorProto(name=name, data_type=kind, dims=shape or array.shape)
        tensor.data_location = onnx.TensorProto.EXTERNAL
        for key, value in self._places[id(array)][1].items():
            tensor.external_data.add(key=key, value=value)
        return tensor
