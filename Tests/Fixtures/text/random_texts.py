"""A vocabulary made by chance, and random texts of many scripts, for tests of the tokenizer."""
import random

PIECES = {
    "ascii": [chr(c) for c in range(32, 127)],
    "accents": [chr(c) for c in range(0xA0, 0x250)] + list("ẞİıſÅΩΣς"),
    "marks": [chr(c) for c in range(0x300, 0x340)],
    "emoji": [chr(c) for c in range(0x1F300, 0x1F700)] + ["\u200d", "\ufe0f", "👨‍👩‍👧", "🇩🇪"],
    "east": [chr(c) for a, b in [(0x4E00, 0x4F00), (0xAC00, 0xAC80), (0x1100, 0x1113), (0x1161, 0x1176),
                                 (0x3041, 0x3090)] for c in range(a, b)],
    "others": [chr(c) for a, b in [(0x370, 0x600), (0x900, 0x980), (0x2000, 0x2100), (0x2150, 0x2190), (0x660, 0x66A)]
               for c in range(a, b)],
    "controls": [chr(c) for c in [*range(1, 10), *range(11, 32), *range(127, 160)]],
}
SPECIAL = [
    "it's", "don't", "we're", "I've", "I'm", "you'll", "he'd", "'S", "'LL", "'tis", "rock'n'roll", "<|endoftext|>",
    "<|startoftext|>", "<|EndOfText|>!!", ">><|ENDOFTEXT|>", "a<|endoftext|>b", "http://a.b/c?d=e&f", "3.14159",
    "a painting of a cat",
]


def byte_symbols():
    """Bytes in OpenAI's order with the code points that stand for them."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    symbols = [chr(byte) for byte in printable] + [chr(256 + n) for n in range(len(others))]
    return dict(zip(printable + others, symbols))


def vocabulary(seed, merge_count):
    """Ids by token, and merges in rank order, by OpenAI's rule."""
    chance = random.Random(seed)
    symbols = byte_symbols()
    common = [symbols[b] for b in [*(b"etaoinshrdlucmfwypvbgkqjxz" * 3), *range(0x80, 0xC6), 0xE1, 0xE4, 0xF0, 0x9F]]
    tokens = list(symbols.values())
    tokens += [token + "</w>" for token in tokens]
    pool, merges, seen = common + [token + "</w>" for token in common], [], set(tokens)
    while len(merges) < merge_count:
        left, right = chance.choice(pool), chance.choice(pool)
        if left.endswith("</w>") or left + right in seen or len(left + right) > 14:
            continue
        seen.add(left + right)
        merges.append((left, right))
        pool += 3 * [left + right]
    tokens += [left + right for left, right in merges] + ["<|startoftext|>", "<|endoftext|>"]
    return {token: index for index, token in enumerate(tokens)}, merges


def texts(seed, count, longest=12):
    """Texts without line feeds, of up to `longest` pieces."""
    chance = random.Random(seed)

    def run(name, least, most):
        return "".join(chance.choice(PIECES[name]) for _ in range(chance.randint(least, most)))

    def word(least, most):
        return "".join(chance.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(chance.randint(least, most)))

    def piece():
        kind = chance.choices(
            ["word", "ascii", "accents", "emoji", "marks", "east", "others", "controls", "long", "digits", "special"],
            [6, 4, 2, 2, 2, 1, 1, 1, 1, 1, 2])[0]
        if kind == "word":
            return word(1, 12)
        if kind == "marks":
            return chance.choice("aeiounAEIOU") + run("marks", 1, 3) + word(1, 2)
        if kind == "long":
            return word(30, 150)
        if kind == "digits":
            return str(chance.randrange(10 ** chance.randint(1, 9)))
        if kind == "special":
            return chance.choice(SPECIAL)
        return run(kind, 1, 20 if kind == "ascii" else 5)

    return [chance.choice([" ", " ", "  ", "", "\t", "\u00a0"]).join(piece() for _ in range(chance.randint(0, longest)))
            for _ in range(count)]
