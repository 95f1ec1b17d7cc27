#!/usr/bin/env python3
"""Writes the table of pixel texts that LIDAPS would make with the tower of tower_half/, by transformers.

    python make_pixel_table.py        # tower_half/pixel_table.safetensors

A row is the mean, over the 80 prompts of configs/text/imagenet.yaml, of the pooled state before the projection, of 20
tokens; the last row is that of the empty text.

Made with transformers 5.24.0, torch 2.13.0. Needs: torch transformers safetensors pyyaml
"""
import pathlib

import torch
import yaml
from safetensors.torch import save_file
from transformers import CLIPTextModel, CLIPTokenizer

from make_text_fixtures import CLASSES

FOLDER = pathlib.Path(__file__).parent


def main():
    torch.set_num_threads(1)
    vocabulary = FOLDER / "tokenizer"
    tokenizer = CLIPTokenizer(vocab=str(vocabulary / "vocab.json"), merges=str(vocabulary / "merges.txt"))
    model = CLIPTextModel.from_pretrained(FOLDER / "tower_half").float().eval()
    templates = yaml.safe_load((FOLDER.parents[2] / "configs" / "text" / "imagenet.yaml").read_text())["prompts"]

    def vectors(prompts):
        tokens = tokenizer(
            prompts, padding="max_length", max_length=20, truncation=True, return_tensors="pt",
            return_attention_mask=False)
        with torch.no_grad():
            return model(input_ids=tokens.input_ids).pooler_output.double()

    lengths = [len(tokenizer(t.replace("{}", c)).input_ids) for t in templates for c in CLASSES]
    rows = [vectors([t.replace("{}", name) for t in templates]).mean(0) for name in CLASSES] + [vectors([""])[0]]
    save_file({"table": torch.stack(rows).float()}, FOLDER / "tower_half" / "pixel_table.safetensors")
    print(f"prompts of {min(lengths)} to {max(lengths)} tokens, {sum(l > 20 for l in lengths)} of {len(lengths)} cut")


if __name__ == "__main__":
    main()
