#!/usr/bin/env python3
"""Compares `causeway forward` with Hugging Face transformers on random weights, outputs and gradients.

    compare_forward.py .build/release/causeway mit-b0 512 512
    compare_forward.py .build/release/causeway swin-t 500 620

Prints the largest difference of each output, and the worst of the gradients, relative to the largest value of the
same tensor. The gradients of key biases are left out: a shift of all keys cancels in the softmax, so that they are
zero but for rounding.

Needs: pip install "torch==2.13.0+cpu" transformers numpy safetensors
"""
import pathlib
import subprocess
import sys
import tempfile
import time

import torch
from safetensors.torch import load_file, save_file
from transformers import SegformerConfig, SegformerModel, SwinBackbone, SwinConfig

MIT = {
    "mit-b0": ([32, 64, 160, 256], [2, 2, 2, 2]), "mit-b1": ([64, 128, 320, 512], [2, 2, 2, 2]),
    "mit-b2": ([64, 128, 320, 512], [3, 4, 6, 3]), "mit-b3": ([64, 128, 320, 512], [3, 4, 18, 3]),
    "mit-b4": ([64, 128, 320, 512], [3, 8, 27, 3]), "mit-b5": ([64, 128, 320, 512], [3, 6, 40, 3]),
}
SWIN = {
    "swin-t": (96, [2, 2, 6, 2], [3, 6, 12, 24], 7), "swin-s": (96, [2, 2, 18, 2], [3, 6, 12, 24], 7),
    "swin-b": (128, [2, 2, 18, 2], [4, 8, 16, 32], 12), "swin-l": (192, [2, 2, 18, 2], [6, 12, 24, 48], 12),
}


def relative(actual, expected):
    return ((actual - expected).abs().max() / expected.abs().max()).item()


def encoder(variant):
    """The model, and a function from pixels to its maps."""
    if variant in MIT:
        dims, depths = MIT[variant]
        model = SegformerModel(SegformerConfig(hidden_sizes=dims, depths=depths)).eval()
        return model, lambda pixels: model(pixels, output_hidden_states=True).hidden_states[-4:]
    width, depths, heads, window = SWIN[variant]
    model = SwinBackbone(SwinConfig(
        embed_dim=width, depths=depths, num_heads=heads, window_size=window,
        out_features=["stage1", "stage2", "stage3", "stage4"])).eval()
    return model, lambda pixels: model(pixels).feature_maps


def main(program, variant, height, width):
    torch.manual_seed(0)
    torch.set_num_threads(1)
    model, maps = encoder(variant)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.02 * torch.randn_like(parameter))
    pixels = torch.randn(1, 3, height, width, requires_grad=True)
    stages = maps(pixels)
    upstream = {f"upstream.stage{i}": torch.randn_like(s) for i, s in enumerate(stages, 1)}
    sum((s * u).sum() for s, u in zip(stages, upstream.values())).backward()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        model.save_pretrained(folder)
        save_file({"pixels": pixels.detach(), **upstream}, folder / "in.safetensors")
        start = time.perf_counter()
        subprocess.run(
            [program, "forward", "--model", variant, "--weights", folder / "model.safetensors", "--input",
             folder / "in.safetensors", "--output", folder / "out.safetensors", "--gradients"], check=True)
        seconds = time.perf_counter() - start
        out = load_file(folder / "out.safetensors")
        files = load_file(folder / "model.safetensors")
    for index, stage in enumerate(stages, 1):
        print(f"{variant} {height}x{width} stage{index}: {relative(out[f'stage{index}'], stage.detach()):.2e}")
    # Tensors in memory have other names than in the file; the values tell which is which.
    names = {value.numpy().tobytes(): name for name, value in files.items()}
    worst = {"pixels": relative(out["grad.pixels"], pixels.grad)}
    for parameter in model.parameters():
        name = names[parameter.detach().numpy().tobytes()]
        # Of Swin the norm of classifiers has none.
        if parameter.grad is not None and not name.endswith("self.key.bias"):
            worst[name] = relative(out["grad." + name], parameter.grad)
    name = max(worst, key=worst.get)
    print(f"{variant} {height}x{width} gradients: worst {worst[name]:.2e} ({name}) of {len(worst)}; {seconds:.1f} s")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
