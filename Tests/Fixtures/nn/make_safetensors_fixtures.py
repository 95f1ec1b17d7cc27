#!/usr/bin/env python3
"""Writes dtypes.safetensors with the reference safetensors library, one small tensor of every element type.

Needs: pip install torch safetensors numpy
"""
import pathlib

import torch
from safetensors.torch import save_file

here = pathlib.Path(__file__).parent
values = torch.tensor([[0.0, -1.5, 3.25], [65504.0, 2.0 ** -14, -0.0]])
integers = torch.tensor([-7, 0, 100])
save_file(
    {
        "half": values.to(torch.float16), "brain": values.to(torch.bfloat16), "single": values,
        "double": values.to(torch.float64), "scalar": torch.tensor(2.5), "empty": torch.zeros(0, 4),
        "i64": integers * 2 ** 40, "i32": integers.to(torch.int32), "i16": integers.to(torch.int16),
        "i8": integers.to(torch.int8), "u8": torch.tensor([0, 7, 255], dtype=torch.uint8),
        "bool": torch.tensor([True, False, True]), 'name "quoted" \u00e9': torch.ones(2),
    },
    here / "dtypes.safetensors", metadata={"format": "pt", "note": "line\nbreak"})
