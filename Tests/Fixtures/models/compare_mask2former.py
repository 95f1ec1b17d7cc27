#!/usr/bin/env python3
"""Compares `causeway forward` with Mask2FormerForUniversalSegmentation of Hugging Face transformers on random weights of
published sizes, outputs and gradients.

    compare_mask2former.py .build/release/causeway tiny 200 328

Prints the largest difference of each output, and the worst of the gradients, relative to the largest value of the same
tensor. Gradients of key biases are left out: a shift of all keys cancels in the softmax, so that they are zero but for
rounding. Where the sign of a mask logit differs, attention sees another cell; the number of such cells is printed. Where
rounding turns the sign of what a ReLU is given, one cell comes into a row of a gradient or leaves it: of the worst gradients
the number of rows is printed that are off by more than 1e-4, and the worst of the others. What rounding alone does is
seen by a third: transformers in double precision, from which both are measured.

Needs: pip install "torch==2.13.0+cpu" transformers scipy numpy safetensors
"""
import copy
import pathlib
import subprocess
import sys
import tempfile
import time

import torch
from safetensors.torch import load_file, save_file
from transformers import Mask2FormerConfig, Mask2FormerForUniversalSegmentation, SwinConfig

from make_mask2former_network_fixtures import STAGES, outputs, saved

# Width, depths, heads, window, queries.
VARIANTS = {
    "tiny": (96, [2, 2, 6, 2], [3, 6, 12, 24], 7, 100), "small": (96, [2, 2, 18, 2], [3, 6, 12, 24], 7, 100),
    "base": (128, [2, 2, 18, 2], [4, 8, 16, 32], 12, 100), "large": (192, [2, 2, 18, 2], [6, 12, 24, 48], 12, 200),
}


def relative(actual, expected):
    return ((actual - expected).abs().max() / expected.abs().max()).item()


def make(variant):
    width, depths, heads, window, queries = VARIANTS[variant]
    swin = SwinConfig(
        embed_dim=width, depths=depths, num_heads=heads, window_size=window, drop_path_rate=0.0, out_features=STAGES)
    model = Mask2FormerForUniversalSegmentation(
        Mask2FormerConfig(backbone_config=swin, num_queries=queries, num_labels=8))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.02 * torch.randn_like(parameter))
    return model.eval()


def main(program, variant, height, width):
    torch.manual_seed(0)
    torch.set_num_threads(1)
    model = make(variant)
    _, names = saved(model)
    pixels = torch.randn(1, 3, height, width, requires_grad=True)
    start = time.perf_counter()
    values = outputs(model, pixels)
    upstream = {name: torch.randn_like(value) for name, value in values.items()}
    sum((values[name] * upstream[name]).sum() for name in values).backward()
    theirs = time.perf_counter() - start
    exact_values, exact = in_double(model, pixels, upstream)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        model.save_pretrained(folder)
        save_file(
            {"pixels": pixels.detach()} | {f"upstream.{name}": value for name, value in upstream.items()},
            folder / "in.safetensors")
        start = time.perf_counter()
        subprocess.run(
            [program, "forward", "--model", f"mask2former-swin-{variant[0]}", "--weights", folder / "model.safetensors",
             "--input", folder / "in.safetensors", "--output", folder / "out.safetensors", "--gradients"], check=True)
        seconds = time.perf_counter() - start
        out = load_file(folder / "out.safetensors")
    title = f"{variant} {height}x{width}"
    for name, value in values.items():
        flips = f", {int(((out[name] < 0) != (value < 0)).sum())} other signs" if name.endswith("mask_logits") else ""
        true = exact_values[name].detach()
        print(
            f"{title} {name}: {relative(out[name], value.detach()):.2e}{flips}; from double precision "
            f"{relative(out[name], true):.2e}, transformers {relative(value.detach(), true):.2e}")
    rows = {}
    worst = {"pixels": relative(out["grad.pixels"], pixels.grad)}
    from_exact = {"pixels": tuple(relative(value, exact["pixels"]) for value in (out["grad.pixels"], pixels.grad))}
    for name, parameter in model.named_parameters():
        if parameter.grad is None or names[name].endswith(("key.bias", "k_proj.bias")):
            continue
        own, expected, true = out["grad." + names[name]], parameter.grad, exact[name]
        if name.endswith("in_proj_bias"):
            own, expected, true = (without_keys(value) for value in (own, expected, true))
        worst[names[name]] = relative(own, expected)
        from_exact[names[name]] = relative(own, true), relative(expected, true)
        off = (own - expected).abs().reshape(len(own), -1).amax(1) / expected.abs().max()
        rows[names[name]] = f"{int((off > 1e-4).sum())} of {len(off)} rows, others {max(off[off <= 1e-4].tolist(), default=0):.1e}"
    ranked = sorted(worst, key=worst.get, reverse=True)
    listed = ", ".join(f"{worst[name]:.2e} {name} ({rows.get(name, '')})" for name in ranked[:4])
    print(f"{title} gradients: worst of {len(worst)} {listed}; {seconds:.1f} s, transformers {theirs:.1f} s")
    for place, who in enumerate(["ours", "transformers"]):
        ranked = sorted(from_exact, key=lambda name: from_exact[name][place], reverse=True)
        listed = ", ".join(f"{from_exact[name][place]:.2e} {name}" for name in ranked[:4])
        many = sum(value[place] > 1e-3 for value in from_exact.values())
        print(f"{title} gradients from those in double precision, {who}: {many} above 1e-3, worst {listed}")


def in_double(model, pixels, upstream):
    """Outputs of the same in double precision, and gradients by transformers' names."""
    model, pixels = copy.deepcopy(model).double(), pixels.detach().double().requires_grad_()
    model.zero_grad()
    values = outputs(model, pixels)
    sum((values[name] * upstream[name].double()).sum() for name in values).backward()
    return values, {"pixels": pixels.grad} | {name: parameter.grad for name, parameter in model.named_parameters()}


def without_keys(bias):
    third = len(bias) // 3
    return torch.cat([bias[:third], bias[2 * third:]])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
