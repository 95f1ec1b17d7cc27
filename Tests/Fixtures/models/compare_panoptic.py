#!/usr/bin/env python3
"""Compares `causeway forward` on a panoptic network of full size with `panoptic_network.py`, outputs and gradients.

    compare_panoptic.py .build/release/causeway edaps-mit-b0 237 346        # or lidaps-mit-b0

The weights are a checkpoint as LIDAPS writes it: student, teacher and a table of texts in one `.pth`. Prints the largest
difference of each output from PyTorch's double precision, with running and with batch statistics, and the worst of the
gradients, relative to the largest value of the same tensor. Beside it the worst of PyTorch's own single precision: a value
that is zero but for rounding falls on one side of a ReLU here and on the other there, and takes its gradient with it. The
gradient of the biases of keys is left out: it is zero but for rounding.

Needs: pip install "torch==2.13.0+cpu" numpy safetensors
"""
import pathlib
import subprocess
import sys
import tempfile
import time

import torch
from safetensors.torch import load_file, save_file

from panoptic_network import PanopticNetwork, draw_boxes, prepare


def relative(actual, expected):
    return ((actual - expected).abs().max() / expected.abs().max().clamp(min=1e-12)).item()


def checkpoint(model):
    state = model.state_dict()
    tensors = {f"model.{name}": value.clone() for name, value in state.items()}
    tensors |= {f"ema_model.{name}": torch.randn_like(value.float()) for name, value in state.items()}
    tensors["model.class_embeddings"] = torch.randn(20, 768)
    return {"meta": {"iter": 50000}, "state_dict": tensors}


def backward(model, pixels, boxes, upstream=None):
    """Outputs, what they are multiplied with, and the gradients by name."""
    model.zero_grad()
    leaf = pixels.to(next(model.parameters())).requires_grad_()
    outputs = model(leaf, boxes)
    upstream = upstream or {f"upstream.{key}": torch.randn(value.shape) for key, value in outputs.items()}
    sum((outputs[key] * upstream[f"upstream.{key}"]).sum() for key in outputs).backward()
    gradients = {key: value.grad.clone() for key, value in model.named_parameters()}
    return {key: value.detach() for key, value in outputs.items()}, upstream, gradients | {"pixels": leaf.grad}


def differences(actual, expected):
    """Of gradients by name."""
    result = {}
    for key, reference in expected.items():
        gradient, half = actual[key], len(reference) // 2
        if key.endswith("attn.kv.bias"):
            gradient, reference = gradient[half:], reference[half:]
        result[key] = relative(gradient, reference)
    return result


def summary(gradients):
    worst = max(gradients, key=gradients.get)
    return f"worst {gradients[worst]:.1e} ({worst}), {sum(v > 1e-4 for v in gradients.values())} of {len(gradients)} above 1e-4"


def run(program, model, name, pixels, boxes, mode):
    """Both programs in one mode."""
    expected, upstream, gradients = backward(model.double().train(mode == "train"), pixels, boxes)
    own = backward(model.float(), pixels, boxes, upstream)
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)
        save_file({"pixels": pixels, "boxes": boxes, **upstream}, folder / "in.safetensors")
        torch.save(checkpoint(model), folder / "weights.pth")
        start = time.perf_counter()
        subprocess.run(
            [program, "forward", "--model", name, "--weights", folder / "weights.pth", "--input",
             folder / "in.safetensors", "--output", folder / "out.safetensors", "--gradients", f"--{mode}"], check=True)
        seconds = time.perf_counter() - start
        actual = load_file(folder / "out.safetensors")
    found = {key: actual["grad.pixels" if key == "pixels" else f"grad.state_dict.model.{key}"] for key in gradients}
    size = "x".join(map(str, pixels.shape[2:]))
    outputs = {key: relative(actual[key], value) for key, value in expected.items()}
    print(f"{name} {size} {mode}: " + ", ".join(f"{key} {value:.1e}" for key, value in outputs.items()))
    print(f"  gradients: {summary(differences(found, gradients))}; {seconds:.1f} s")
    print(f"  PyTorch in single precision: {summary(differences(own[2], gradients))}")


def main(program, name, height, width):
    torch.manual_seed(0)
    system, _, variant = name.split("-")
    model = PanopticNetwork(variant, width={"edaps": 256, "lidaps": 768}[system])
    pixels = torch.randn(2, 3, height, width)
    prepare(model, pixels)
    boxes = draw_boxes(2, 7, height, width, torch.Generator().manual_seed(1))
    for mode in ("eval", "train"):
        run(program, model, name, pixels, boxes, mode)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
