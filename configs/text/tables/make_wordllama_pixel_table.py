"""Writes a table of pixel texts from WordLlama's static word vectors, for small runs of LIDAPS without CLIP.

    python configs/text/tables/make_wordllama_pixel_table.py 256
    python configs/text/tables/make_wordllama_pixel_table.py 64    # as wide as the head of configs/base/small.yaml

Needs: what make_wordllama_table.py needs. WordLlama's vectors are trained so that their first 64 numbers are vectors as
well (Matryoshka, arXiv:2205.13147).

A row is the plain mean of the embeddings of its class in the 80 prompts of configs/text/imagenet.yaml, as
`causeway text-embeddings --vectors pooled --ignored-row` makes it. Two things cannot be as with CLIP:

- Of the empty prompt static vectors say nothing: it has no words, and its vector is zero. The row of pixels without a
  class is that of the same prompts without a class ("a photo of a ."): what all rows have in common.
- Means of word vectors are short, and the length of the rows is the loss's temperature. All rows are multiplied by one
  number that brings their mean length to that of the states of CLIP's text tower after its last norm, about the square
  root of their width of 768.
"""

import hashlib
import sys

import numpy
import safetensors.numpy
import wordllama
import yaml
from tokenizers import Tokenizer
from wordllama.inference import WordLlamaInference

from make_wordllama_table import CLASSES, FOLDER, TOKENIZER, WEIGHTS

LENGTH = 768**0.5


def main(width):
    vectors = next(iter(safetensors.numpy.load_file(WEIGHTS).values()))[:, :width]
    encoder = WordLlamaInference(vectors, Tokenizer.from_file(str(TOKENIZER)))
    templates = yaml.safe_load((FOLDER.parent / "imagenet.yaml").read_text())["prompts"]
    prompts = [[template.replace("{}", name) for template in templates] for name in CLASSES]
    nothing = [" ".join(template.replace("{}", "").split()) for template in templates]
    table = numpy.stack([encoder.embed(texts).mean(axis=0) for texts in [*prompts, nothing]])
    scale = LENGTH / numpy.linalg.norm(table[:-1], axis=1).mean()
    metadata = {
        "classes": ",".join([*CLASSES, "<ignore>"]),
        "domains": "imagenet",
        "encoder": f"WordLlama {wordllama.__version__}, mean of word vectors",
        "ignored": "the prompts without a class",
        "license": "MIT (WordLlama, copyright (c) 2024 Lee Miller)",
        "normalized": "no",
        "scale": f"{scale:.6f}",
        "templates": "\n".join(templates),
        "weights": f"{WEIGHTS.name} sha256:{hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()}",
    }
    output = FOLDER / f"wordllama-imagenet-pixels-{width}.safetensors"
    safetensors.numpy.save_file({"embeddings": (table * scale).astype(numpy.float32)}, output, metadata=metadata)
    print(f"{output.name}: {table.shape}, {len(templates)} templates, scaled by {scale:.3f}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(int(sys.argv[1]))
