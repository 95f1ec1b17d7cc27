#!/usr/bin/env python3
"""Compares the encoder of a trained network with what Hugging Face transformers makes of its export.

    compare_export.py .build/release/causeway RUN IMAGE

RUN is a folder that `causeway train` wrote. Loads `causeway export --format hf` of the whole network and of its encoder
with SegformerModel.from_pretrained, and compares the features of IMAGE with those of `causeway forward` on the run's own
weights: as the run has them, and with the epsilon of layer norms that transformers uses everywhere, 1e-5. Prints the
largest difference of each stage relative to its largest value.

Needs: pip install "torch==2.13.0+cpu" transformers numpy safetensors pillow
"""
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import SegformerModel

MEAN, STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)


def relative(actual, expected):
    return ((actual - expected).abs().max() / expected.abs().max()).item()


def variant(run):
    lines = (run / "resolved.yaml").read_text().splitlines()
    # `kind: mit-b0` of model.encoder
    return next(line.split("mit-")[1].strip().strip('"') for line in lines if "mit-" in line)


def main(program, run, image):
    run = pathlib.Path(run)
    torch.set_num_threads(1)
    rgb = np.asarray(Image.open(image).convert("RGB"), dtype=np.float32)
    pixels = torch.from_numpy((rgb - np.float32(MEAN)) / np.float32(STD)).permute(2, 0, 1)[None].contiguous()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        save_file({"pixels": pixels}, folder / "in.safetensors")
        ours = {}
        for label, options in [("its own epsilons", []), ("epsilon 1e-5", ["--layer-norm-eps", "1e-5"])]:
            subprocess.run(
                [program, "forward", "--model", f"mit-{variant(run)}", "--weights", run / "weights.safetensors",
                 "--input", folder / "in.safetensors", "--output", folder / "out.safetensors", *options],
                check=True, stdout=subprocess.DEVNULL)
            ours[label] = load_file(folder / "out.safetensors")
        for part in ["encoder", "network"]:
            subprocess.run(
                [program, "export", run, "--format", "hf", "--part", part, "--out", folder / part],
                check=True, stdout=subprocess.DEVNULL)
            model, report = SegformerModel.from_pretrained(folder / part, output_loading_info=True)
            print(f"{part}: missing {sorted(report['missing_keys'])}, mismatched {report['mismatched_keys']}, "
                  f"{len(report['unexpected_keys'])} unexpected")
            with torch.no_grad():
                stages = model.eval()(pixels, output_hidden_states=True).hidden_states[-4:]
            for label, outputs in ours.items():
                worst = [relative(stage, outputs[f"stage{i}"]) for i, stage in enumerate(stages, 1)]
                print(f"{part}, {label}: " + ", ".join(f"stage{i} {w:.1e}" for i, w in enumerate(worst, 1)))


if __name__ == "__main__":
    main(*sys.argv[1:4])
