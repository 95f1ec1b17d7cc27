#!/usr/bin/env python3
"""Compares `causeway tokenize` and `causeway forward` of text towers with Hugging Face transformers.

    compare_text.py .build/release/causeway tokens [seed]     10,000 random texts, a vocabulary made by chance
    compare_text.py .build/release/causeway scalars           every Unicode scalar
    compare_text.py .build/release/causeway towers            ViT-B/32 and ViT-L/14 with random weights

Prints how many texts have other ids, and the largest difference of each output relative to its largest value.

Needs: pip install "torch==2.13.0+cpu" transformers numpy safetensors
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import torch
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig, CLIPTextModelWithProjection, CLIPTokenizer

from random_texts import texts, vocabulary

TOWERS = {
    "clip-text-vit-b-32": CLIPTextConfig(),
    "clip-text-vit-l-14": CLIPTextConfig(
        hidden_size=768, intermediate_size=3072, num_attention_heads=12, projection_dim=768),
}


def compare_tokens(program, inputs, seed):
    with tempfile.TemporaryDirectory() as name:
        vocab, merges = pathlib.Path(name, "vocab.json"), pathlib.Path(name, "merges.txt")
        ids, pairs = vocabulary(seed, 2000)
        vocab.write_text(json.dumps(ids))
        merges.write_text("#version: 0.2\n" + "".join(f"{left} {right}\n" for left, right in pairs))
        tokenizer = CLIPTokenizer(vocab=str(vocab), merges=str(merges))
        expected = [encoding.ids for encoding in tokenizer.backend_tokenizer.encode_batch(inputs)]
        start = time.perf_counter()
        run = subprocess.run(
            [program, "tokenize", "--vocab", vocab, "--merges", merges], check=True, capture_output=True,
            input="".join(text + "\n" for text in inputs).encode())
        seconds = time.perf_counter() - start
    actual = [[int(word) for word in line.split()] for line in run.stdout.decode().splitlines()]
    different = [text for text, a, e in zip(inputs, actual, expected, strict=True) if a != e]
    print(f"{len(inputs)} texts, {sum(map(len, expected))} ids, {seconds:.1f} s: {len(different)} differ")
    for text in different[:10]:
        print(ascii(text))


def compare_tower(program, name, config):
    torch.manual_seed(0)
    model = CLIPTextModelWithProjection(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.02 * torch.randn_like(parameter))
    end = config.vocab_size - 1
    tokens = torch.randint(0, end - 1, (8, 77))
    for row, place in enumerate(torch.randint(1, 77, (8,)).tolist()):
        tokens[row, place] = end
        tokens[row, place + 1:] = end if row % 2 else 0
    with torch.no_grad():
        state = model.text_model(input_ids=tokens)
        expected = {"hidden": state.last_hidden_state, "pooled": state.pooler_output,
                    "projected": model.text_projection(state.pooler_output)}
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        save_file({"tokens": tokens}, f"{folder}/in.safetensors")
        start = time.perf_counter()
        subprocess.run(
            [program, "forward", "--model", name, "--weights", f"{folder}/model.safetensors", "--input",
             f"{folder}/in.safetensors", "--output", f"{folder}/out.safetensors"], check=True)
        seconds = time.perf_counter() - start
        actual = load_file(f"{folder}/out.safetensors")
    for key, value in expected.items():
        difference = ((actual[key] - value).abs().max() / value.abs().max()).item()
        print(f"{name} {key}: {difference:.2e} ({seconds:.1f} s)")


def main(program, what, seed=11):
    if what == "towers":
        for name, config in TOWERS.items():
            compare_tower(program, name, config)
    elif what == "tokens":
        compare_tokens(program, texts(int(seed), 10_000), int(seed))
    elif what == "scalars":
        scalars = [chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000 and c != 10]
        compare_tokens(program, [f"a{scalar}b1" for scalar in scalars], 3)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
