#!/usr/bin/env python3
"""Compares a trained network with what Hugging Face transformers makes of its export.

    compare_export.py .build/release/causeway RUN IMAGE

RUN is a folder that `causeway train` wrote. Loads `causeway export --for transformers` of the whole network and of its
encoder with `from_pretrained` of the class that config.json names (SegformerModel, SwinBackbone,
Mask2FormerForUniversalSegmentation), says what that found missing, and compares its outputs for IMAGE with those of
`causeway forward` on the run's own weights; of SegFormer also with the epsilon of layer norms that transformers uses
everywhere, 1e-5. Prints the largest difference of each output relative to its largest value.

Needs: pip install "torch==2.13.0+cpu" transformers numpy safetensors pillow
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np
import torch
import transformers
from PIL import Image
from safetensors.torch import load_file, save_file

MEAN, STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)


def relative(actual, expected):
    return ((actual - expected).abs().max() / expected.abs().max()).item()


def encoder_name(run):
    # `kind: mit-b0` of model.encoder
    return re.search(r"(mit-b\d|swin-[tsbl])", (run / "resolved.yaml").read_text())[1]


def outputs(model, pixels):
    """What transformers gives, under the names of `causeway forward`."""
    kind = type(model).__name__
    if kind == "SegformerModel":
        maps = model(pixels, output_hidden_states=True).hidden_states[-4:]
    elif kind == "SwinBackbone":
        maps = model(pixels).feature_maps
    else:
        result = model(pixels)
        return {"class_logits": result.class_queries_logits, "mask_logits": result.masks_queries_logits}
    return {f"stage{i}": value for i, value in enumerate(maps, 1)}


def main(program, run, image):
    run = pathlib.Path(run)
    torch.set_num_threads(1)
    rgb = np.asarray(Image.open(image).convert("RGB"), dtype=np.float32)
    pixels = torch.from_numpy((rgb - np.float32(MEAN)) / np.float32(STD)).permute(2, 0, 1)[None].contiguous()
    encoder = encoder_name(run)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        save_file({"pixels": pixels}, folder / "in.safetensors")

        def ours(network, *options):
            subprocess.run(
                [program, "forward", "--model", network, "--weights", run / "weights.safetensors", "--input",
                 folder / "in.safetensors", "--output", folder / "out.safetensors", *options],
                check=True, stdout=subprocess.DEVNULL)
            return load_file(folder / "out.safetensors")

        for part in ["encoder", "network"]:
            subprocess.run(
                [program, "export", run, "--for", "transformers", "--part", part, "--out", folder / part],
                check=True, stdout=subprocess.DEVNULL)
            kind = json.loads((folder / part / "config.json").read_text())["architectures"][0]
            model, report = getattr(transformers, kind).from_pretrained(folder / part, output_loading_info=True)
            print(f"{part}, {kind}: missing {sorted(report['missing_keys'])}, mismatched {report['mismatched_keys']}, "
                  f"{len(report['unexpected_keys'])} unexpected")
            with torch.no_grad():
                theirs = outputs(model.eval(), pixels)
            network = f"mask2former-{encoder}" if kind.startswith("Mask2Former") else encoder
            runs = {"its own epsilons": []}
            if kind == "SegformerModel":
                runs["epsilon 1e-5"] = ["--layer-norm-eps", "1e-5"]
            for label, options in runs.items():
                out = ours(network, *options)
                print(f"{part}, {label}: " + ", ".join(f"{k} {relative(v, out[k]):.1e}" for k, v in theirs.items()))


if __name__ == "__main__":
    main(*sys.argv[1:4])
