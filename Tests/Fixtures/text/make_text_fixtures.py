#!/usr/bin/env python3
"""Writes the fixtures of the text encoders beside itself.

    tokenizer/      a vocabulary made by chance in both forms, and texts with the ids transformers gives them
    tower/          a tiny random text tower in single precision: QuickGELU, end-of-text from its configuration
    tower_half/     one in half precision inside a whole CLIP model: exact GELU, the legacy end-of-text id 2, tokens of
                    the vocabulary above; and tables of class names that it makes of templates

Made with transformers 5.23.0, tokenizers 0.23.3, torch 2.13.0.
Needs: pip install "torch==2.13.0+cpu" transformers numpy safetensors pyyaml
"""
import gzip
import html
import json
import pathlib
import random

import torch
import yaml
from safetensors.torch import save_file
from transformers import CLIPConfig, CLIPModel, CLIPTextConfig, CLIPTextModelWithProjection, CLIPTokenizer

from random_texts import texts, vocabulary

FOLDER = pathlib.Path(__file__).parent
SIZES = dict(hidden_size=16, intermediate_size=24, projection_dim=12, num_hidden_layers=2, num_attention_heads=4,
             bos_token_id=97)
DOMAINS = ["handcrafted", "fog", "snow"]
CLASSES = ["road", "sidewalk", "building", "wall", "fence", "pole", "traffic light", "traffic sign", "vegetation",
           "terrain", "sky", "person", "rider", "car", "truck", "bus", "train", "motorcycle", "bicycle"]
REFERENCES = [
    "a &lt;b&gt; c", "&amp;lt;", "&amp", "&ampere", "&eacute;t&eacute", "&hellip; &hellip", "&notit",
    "&#233;&#xE9&#XE9;",
    "&#0;&#128;&#x9f;&#129;", "&#55296;&#1114112;&#99999999999;", "&#11;x&#65534;y&#127;", "&#;&#x;&;&", "&thetasym;",
    "R&D; Q&A", "&AMP;&QUOT", "&frac12&sup2;", "&nbsp;&nbsp;a&nbsp", "&lang;&rang;", "&#13;&#10;&#9;",
]


def write_tokenizer(folder):
    folder.mkdir(exist_ok=True)
    ids, merges = vocabulary(seed=1, merge_count=500)
    lines = [f"{left} {right}\n" for left, right in merges]
    shuffled = lines[:]
    random.Random(2).shuffle(shuffled)
    # Without some symbols, which are then unknown.
    some = {token: index for token, index in ids.items()
            if not (token.startswith("q") or token.endswith("7</w>") or "Ã" in token)}
    pairs = [pair for pair in merges if "".join(pair) in some]
    # Nor what no merge makes any more, which no text can have.
    while True:
        made = {"".join(pair) for pair in pairs}
        some = {token: index for token, index in some.items()
                if token in made or len(token.removesuffix("</w>")) == 1 or token.startswith("<|")}
        kept = [pair for pair in pairs if pair[0] in some and pair[1] in some]
        if len(kept) == len(pairs):
            break
        pairs = kept
    partial = [f"{left} {right}\n" for left, right in pairs]
    (folder / "vocab.json").write_text(json.dumps(ids, ensure_ascii=False))
    (folder / "vocab_partial.json").write_text(json.dumps(some))
    for name, content in [("merges", lines), ("merges_shuffled", shuffled), ("merges_partial", partial)]:
        (folder / f"{name}.txt").write_text("#version: 0.2\n" + "".join(content))
    (folder / "openai.txt.gz").write_bytes(
        gzip.compress(("\"by chance\"\n" + "".join(lines)).encode(), mtime=0))

    def encode(vocab, merges, inputs):
        tokenizer = CLIPTokenizer(vocab=str(folder / f"{vocab}.json"), merges=str(folder / f"{merges}.txt"))
        return [{"text": text, "ids": tokenizer(text)["input_ids"]} for text in inputs]

    cases = {
        "merges": encode("vocab", "merges", texts(3, 220, longest=8)),
        "merges_shuffled": encode("vocab", "merges_shuffled", texts(4, 60, longest=6)),
        "merges_partial": encode("vocab_partial", "merges_partial", texts(5, 60, longest=6)),
        "references": encode("vocab", "merges", [html.unescape(html.unescape(text)) for text in REFERENCES]),
    }
    for case, text in zip(cases["references"], REFERENCES):
        case["text"] = text
    (folder / "texts.json").write_text(json.dumps(cases, separators=(",", ":")))


def write_tokenizer_json(folder):
    """A vocabulary of eight tokens as transformers saves it, and as it did before tokenizers 0.20."""
    ids = {token: index for index, token in enumerate(
        ["a", "b", "a</w>", "b</w>", "ab</w>", "x", "<|startoftext|>", "<|endoftext|>"])}
    tokenizer = CLIPTokenizer(vocab=ids, merges=[("a", "b</w>")])
    assert tokenizer("ab ba")["input_ids"] == [6, 4, 1, 2, 7]
    content = json.loads(tokenizer.backend_tokenizer.to_str())
    (folder / "tokenizer.json").write_text(json.dumps(content))
    content["model"]["merges"] = [" ".join(merge) for merge in content["model"]["merges"]]
    (folder / "tokenizer_old.json").write_text(json.dumps(content))


def write_tower(folder, config, model, take):
    generator = torch.Generator().manual_seed(1)
    end = config.vocab_size - 1
    tokens = torch.randint(1, end - 1, (4, 12), generator=generator)
    for row, place in enumerate([11, 1, 5, 8]):
        tokens[row, place] = end
        tokens[row, place + 1:] = end if row % 2 else 0
    model.save_pretrained(folder)
    model = model.float()
    text_model, projection = take(model)
    with torch.no_grad():
        output = text_model(input_ids=tokens)
        projected = projection(output.pooler_output)
    save_file({"tokens": tokens.to(torch.int32), "hidden": output.last_hidden_state.contiguous(),
               "pooled": output.pooler_output.contiguous(), "projected": projected.contiguous()},
              folder / "expected.safetensors")


def write_table(folder, model):
    """Mean of all different prompts of each class, and the mean of the domains' normalised means."""
    vocabulary_folder = FOLDER / "tokenizer"
    tokenizer = CLIPTokenizer(
        vocab=str(vocabulary_folder / "vocab.json"), merges=str(vocabulary_folder / "merges.txt"))

    def vectors(prompts):
        rows = []
        for prompt in prompts:
            with torch.no_grad():
                state = model.text_model(input_ids=torch.tensor([tokenizer(prompt)["input_ids"]])).pooler_output
                rows.append(model.text_projection(state)[0])
        return torch.stack(rows)

    def unit(values):
        return values / values.norm(dim=-1, keepdim=True)

    union, balanced = [], []
    for name in CLASSES:
        released, paper = [], []
        for domain in DOMAINS:
            content = yaml.safe_load((FOLDER.parents[2] / "configs" / "text" / f"{domain}.yaml").read_text())
            whole = [prompt.replace("{}", name) for prompt in content.get("prompts", [])]
            phrases = content.get("attributes", [])
            released.append(whole + [f"{name} {phrase}" for phrase in phrases])
            plain = [phrase.removeprefix("that ").split(" ", 1)[1] for phrase in phrases]
            paper.append(whole + [f"A {name} with {phrase}" for phrase in plain])
        union.append(vectors(list(dict.fromkeys(sum(released, [])))).mean(0))
        balanced.append(unit(torch.stack([unit(vectors(prompts)).mean(0) for prompts in paper]).mean(0)))
    save_file({"union": torch.stack(union), "balanced": torch.stack(balanced)}, folder / "tables.safetensors")


def randomized(model, seed):
    torch.manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return model.eval()


def main():
    torch.manual_seed(0)
    torch.set_num_threads(1)
    write_tokenizer(FOLDER / "tokenizer")
    write_tokenizer_json(FOLDER / "tokenizer")
    config = CLIPTextConfig(**SIZES, vocab_size=99, max_position_embeddings=20, eos_token_id=98)
    write_tower(FOLDER / "tower", config, randomized(CLIPTextModelWithProjection(config), 1),
                lambda model: (model.text_model, model.text_projection))
    config = CLIPTextConfig(**SIZES, vocab_size=1014, max_position_embeddings=77, eos_token_id=2, hidden_act="gelu")
    image = dict(hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=2, image_size=8,
                 patch_size=4)
    whole = CLIPConfig(text_config=config.to_dict(), vision_config=image, projection_dim=12)
    model = randomized(CLIPModel(whole), 2).half()
    write_tower(FOLDER / "tower_half", config, model, lambda model: (model.text_model, model.text_projection))
    write_table(FOLDER / "tower_half", model)


if __name__ == "__main__":
    main()
