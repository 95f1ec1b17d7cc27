"""Writes the reference values of the pixel-text loss of LIDAPS in its literal form, by PyTorch in double precision.

    python make_unit_cross_entropy.py        # beside this file: unit_cross_entropy.safetensors

Vectors are upsampled to the size of the labels with aligned corners, divided by their length, compared with rows, and
the cross-entropy of the scores is added up over all pixels; pixels with the ignore label are of the last row.

Each case NAME holds NAME.input [B, h, w, C], .rows [R, C], .labels [B, H, W], .output (the sum), .upstream and the
gradients of input and rows.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

torch.set_num_threads(1)

# (B, C, h, w), (H, W), rows, range of the vectors, scale of the rows
CASES = {
    "stride_four": ((2, 48, 5, 6), (20, 24), 20, (0.0, 1.0), 8.0),
    "odd": ((2, 33, 7, 5), (27, 41), 6, (-1.0, 1.0), 5.0),
    "many_rows": ((2, 20, 30, 3), (117, 11), 4, (-0.5, 1.0), 10.0),
    "equal_sizes": ((1, 7, 4, 3), (4, 3), 5, (-1.0, 1.0), 3.0),
    "downsampled": ((1, 16, 9, 8), (5, 3), 5, (-1.0, 1.0), 3.0),
    "one_cell": ((2, 19, 1, 1), (6, 4), 3, (-1.0, 1.0), 3.0),
    "one_row": ((1, 17, 1, 6), (5, 19), 4, (-1.0, 1.0), 4.0),
    "one_column": ((1, 17, 6, 1), (19, 5), 4, (-1.0, 1.0), 4.0),
    "to_one_pixel": ((1, 9, 3, 3), (1, 1), 4, (-1.0, 1.0), 4.0),
}


def main():
    tensors = {}
    for seed, (name, (shape, size, count, (low, high), scale)) in enumerate(CASES.items()):
        generator = torch.Generator().manual_seed(seed)

        def random(*shape):
            return torch.rand(shape, generator=generator, dtype=torch.float64).float().double()

        vectors = (random(*shape) * (high - low) + low).float().double().requires_grad_()
        rows = ((random(count, shape[1]) * 2 - 1) * scale).float().double().requires_grad_()
        labels = torch.randint(0, count, (shape[0], *size), generator=generator)
        labels[labels == count - 1] = 255
        upsampled = F.interpolate(vectors, size=size, mode="bilinear", align_corners=True)
        scores = torch.einsum("rc,bchw->brhw", rows, F.normalize(upsampled, dim=1))
        loss = F.cross_entropy(scores, torch.where(labels == 255, count - 1, labels), reduction="sum")
        upstream = random() * 2 - 1
        (loss * upstream).backward()
        last = lambda x: x.detach().permute(0, 2, 3, 1).contiguous().float()
        tensors |= {
            f"{name}.input": last(vectors), f"{name}.input_gradient": last(vectors.grad),
            f"{name}.rows": rows.detach().float(), f"{name}.rows_gradient": rows.grad.float(),
            f"{name}.labels": labels.int(), f"{name}.output": loss.detach().float(),
            f"{name}.upstream": upstream.float(),
        }
    path = Path(__file__).parent / "unit_cross_entropy.safetensors"
    save_file(tensors, path)
    path.chmod(0o644)


if __name__ == "__main__":
    main()
