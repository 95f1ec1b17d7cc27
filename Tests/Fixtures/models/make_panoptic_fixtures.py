#!/usr/bin/env python3
"""Writes `panoptic_tiny.safetensors`: the network of `panoptic_network.py` at a tiny size, on images whose sides are no
multiples of anything.

It holds the weights under the names of EDAPS' checkpoints, `pixels`, `boxes`, every output with running statistics as
`eval.<output>` and with those of the batch as `train.<output>`, and of the latter `upstream.<output>`, `grad.pixels` and
`grad.<weight>`. Values are computed in double precision.

Needs: pip install "torch==2.13.0+cpu" numpy safetensors
"""
import pathlib

import torch
from safetensors.torch import save_file

from panoptic_network import PanopticNetwork, draw_boxes, prepare

HERE = pathlib.Path(__file__).parent


def main():
    torch.manual_seed(5)
    torch.set_num_threads(1)
    model = PanopticNetwork(
        "tiny", embedding=6, width=10, classes=5, things=3, pyramid=8, hidden=12, mask_width=6, mask_layers=2)
    pixels = torch.randn(2, 3, 41, 73)
    prepare(model, pixels)
    boxes = draw_boxes(2, 5, 41, 73, torch.Generator().manual_seed(6))
    out = {name: value.clone() for name, value in model.state_dict().items() if value.is_floating_point()}
    model.double()
    leaf = pixels.double().requires_grad_()
    with torch.no_grad():
        out |= {f"eval.{name}": value for name, value in model.eval()(leaf, boxes).items()}
    outputs = model.train()(leaf, boxes)
    upstream = {name: torch.randn_like(value) for name, value in outputs.items()}
    sum((outputs[name] * upstream[name]).sum() for name in outputs).backward()
    out |= {"pixels": pixels, "boxes": boxes, "grad.pixels": leaf.grad}
    out |= {f"train.{name}": value for name, value in outputs.items()}
    out |= {f"upstream.{name}": value for name, value in upstream.items()}
    out |= {f"grad.{name}": value.grad for name, value in model.named_parameters()}
    path = HERE / "panoptic_tiny.safetensors"
    save_file({name: value.detach().float().contiguous() for name, value in out.items()}, path)
    path.chmod(0o644)


if __name__ == "__main__":
    main()
