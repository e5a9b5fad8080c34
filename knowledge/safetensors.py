"""Reads float32 tensors from a safetensors file with numpy alone."""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def read_tensors(path: Path) -> dict[str, NDArray[np.float32]]:
    """Every F32 tensor by name, mapped from the file, not copied. Raises OSError or ValueError on a damaged file."""
    data = np.memmap(path, dtype=np.uint8, mode="r")
    size = int.from_bytes(data[:8].tobytes(), "little")
    header = json.loads(data[8 : 8 + size].tobytes())
    body = data[8 + size :]
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            start, end = entry["data_offsets"]
            tensors[name] = body[start:end].view(np.float32).reshape(entry["shape"])
    return tensors
