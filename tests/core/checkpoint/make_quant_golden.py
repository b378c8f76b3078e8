#!/usr/bin/env python3
"""Writes quant_golden.bin: stored blocks of every type and the float32 values the gguf package makes of them.

    make_quant_golden.py OUTPUT          needs: pip install numpy gguf

The file is a row of records, all numbers little-endian: u32 length of the name, name, u32 bytes of blocks, u32 values,
blocks, values as float32. Types that the package can write are made from random numbers; the K types, which it only
reads, from random bytes with scales in the range of real models. Every type also has blocks with subnormal scales.
"""

import struct
import sys

import gguf
import numpy as np

WRITTEN = ["F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0"]
# Where the half-precision scales lie in a block of the types that are made from random bytes.
SCALES = {"Q2_K": [80, 82], "Q3_K": [108], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208]}


def written_blocks(kind, random):
    values = random.normal(0, 0.05, 768).astype(np.float32)
    values[:32] *= np.float32(1e-4)  # a block whose scale is subnormal in half precision
    values[32:64] = 0
    return gguf.quants.quantize(values.reshape(1, -1), kind).reshape(-1).view(np.uint8)


def random_blocks(kind, offsets, random):
    size = gguf.GGML_QUANT_SIZES[kind][1]
    blocks = random.integers(0, 256, (8, size), dtype=np.uint8)
    for offset in offsets:
        scales = random.uniform(-0.02, 0.02, 8).astype(np.float16)
        scales[0] = np.float16(3e-6)  # subnormal
        blocks[:, offset : offset + 2] = scales.view(np.uint8).reshape(8, 2)
    return blocks.reshape(-1)


def main():
    random = np.random.default_rng(20)
    with open(sys.argv[1], "wb") as output:
        for name in [*WRITTEN, *SCALES]:
            kind = gguf.GGMLQuantizationType[name]
            blocks = written_blocks(kind, random) if name in WRITTEN else random_blocks(kind, SCALES[name], random)
            values = gguf.quants.dequantize(blocks, kind).astype("<f4").reshape(-1)
            output.write(struct.pack("<I", len(name)) + name.encode())
            output.write(struct.pack("<II", blocks.size, values.size))
            output.write(blocks.tobytes() + values.tobytes())


if __name__ == "__main__":
    main()
