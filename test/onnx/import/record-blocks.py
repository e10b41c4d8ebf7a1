"""Records `recorded-blocks.json`: random blocks of every tensor type and the weights that the format's own library reads in them.

    python3 -m pip install gguf==0.19.0
    python3 test/onnx/import/record-blocks.py > test/onnx/import/recorded-blocks.json
"""

import base64
import json

import gguf
import numpy

types = ["F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K"]
# Where the half-precision scales of a block lie: random bits would make some of them infinite.
scales = {"Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208]}
random = numpy.random.default_rng(1)


def blocks(name: str) -> numpy.ndarray:
    size, byte_count = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType[name]]
    if size == 1:
        numbers = random.normal(size=64).astype(numpy.float32)
        if name == "BF16":
            return (numbers.view(numpy.uint32) >> 16).astype(numpy.uint16).view(numpy.uint8)
        return numbers.astype(numpy.float16 if name == "F16" else numpy.float32).view(numpy.uint8)
    data = random.integers(0, 256, size=(3, byte_count), dtype=numpy.uint8)
    for place in scales[name]:
        data[:, place : place + 2] = random.normal(size=3).astype(numpy.float16).view(numpy.uint8).reshape(3, 2)
    return data.reshape(-1)


def text(array: numpy.ndarray) -> str:
    return base64.b64encode(array.tobytes()).decode()


recorded = {}
for name in types:
    data = blocks(name)
    weights = gguf.quants.dequantize(data, gguf.GGMLQuantizationType[name])
    recorded[name] = {"blocks": text(data), "weights": text(weights.astype("<f4").reshape(-1))}
print(json.dumps(recorded, indent=1))
