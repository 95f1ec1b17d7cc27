#!/usr/bin/env python3
"""Small image files of every kind, and resized values, for ImageIOTests: python make_image_fixtures.py

Needs pillow, numpy, torch and safetensors. `expected.safetensors` holds what Pillow decodes (or what was written) and
what torch resizes.
"""
import os
import struct
import zlib

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.numpy import save_file

here = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(0)
expected = {}


def save(image, name, **options):
    image.save(os.path.join(here, name), **options)


rgb = rng.integers(0, 256, (5, 7, 3), dtype=np.uint8)
save(Image.fromarray(rgb), "rgb8.png")
expected["rgb8"] = rgb
save(Image.fromarray(np.dstack([rgb, rng.integers(0, 256, (5, 7), dtype=np.uint8)])), "rgba8.png")
grey = rng.integers(0, 34, (5, 7), dtype=np.uint8)
save(Image.fromarray(grey), "grey8.png")
expected["grey8"] = grey
wide = rng.integers(0, 34000, (5, 7)).astype(np.uint16)
save(Image.fromarray(wide), "grey16.png")
expected["grey16"] = wide.astype(np.int32)
palette = Image.fromarray(grey, mode="P")
palette.putpalette([value for i in range(34) for value in (i, 255 - i, 3 * i % 256)])
save(palette, "palette8.png")
expected["palette8.rgb"] = np.asarray(palette.convert("RGB"))
bits = (grey % 2).astype(bool)
save(Image.fromarray(bits), "grey1.png")
expected["grey1"] = bits.astype(np.uint8)
smooth = np.stack(np.meshgrid(np.arange(24), np.arange(16)), -1).sum(-1)
photo = np.stack([smooth * 5, 255 - smooth * 4, 60 + smooth * 2], -1).astype(np.uint8)
save(Image.fromarray(photo), "photo.jpg", quality=92)
expected["photo"] = np.asarray(Image.open(os.path.join(here, "photo.jpg")).convert("RGB"))
save(Image.fromarray(photo[..., 0]), "grey.jpg", quality=92)
expected["grey.jpg"] = np.asarray(Image.open(os.path.join(here, "grey.jpg")).convert("RGB"))

# Kinds that Pillow does not write: 16-bit colours, and an interlaced or absurd file.
def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def write_png(name, height, width, depth, kind, rows, *chunks):
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0))
    data = b"".join(b"\0" + row for row in rows)
    parts = [b"\x89PNG\r\n\x1a\n", header, *chunks, chunk(b"IDAT", zlib.compress(data)), chunk(b"IEND", b"")]
    with open(os.path.join(here, name), "wb") as file:
        file.write(b"".join(parts))


deep = rng.integers(0, 65536, (5, 7, 3)).astype(np.uint16)
deep[..., 0] %= 23
write_png("rgb16.png", 5, 7, 16, 2, [row.astype(">u2").tobytes() for row in deep])
expected["rgb16"] = deep.astype(np.int32)
write_png("absurd.png", 2**30, 2**30, 8, 0, [])
nibbles = rng.integers(0, 16, (5, 7), dtype=np.uint8)
packed = [bytes((row[i] << 4) | (row[i + 1] if i + 1 < 7 else 0) for i in range(0, 7, 2)) for row in nibbles]
colours = rng.integers(0, 256, (16, 3), dtype=np.uint8)
# With a transparent entry, which must not become a fourth channel.
write_png("palette4.png", 5, 7, 4, 3, packed, chunk(b"PLTE", colours.tobytes()), chunk(b"tRNS", b"\0\x80"))
expected["palette4"] = nibbles
expected["palette4.rgb"] = colours[nibbles]
save(Image.fromarray(np.dstack([rgb[..., 0], rgb[..., 1]]), mode="LA"), "greyalpha8.png")
save(Image.fromarray(photo), "progressive.jpg", quality=92, progressive=True)
expected["progressive"] = np.asarray(Image.open(os.path.join(here, "progressive.jpg")).convert("RGB"))
save(Image.fromarray(photo).convert("CMYK"), "cmyk.jpg")

small = rng.random((5, 7, 3), dtype=np.float32)
expected["resize.input"] = small
for height, width in ((10, 14), (3, 4), (5, 9), (1, 1), (12, 3)):
    tensor = torch.from_numpy(small).permute(2, 0, 1)[None]
    out = F.interpolate(tensor, (height, width), mode="bilinear", align_corners=False)[0].permute(1, 2, 0)
    expected[f"resize.{height}x{width}"] = out.contiguous().numpy()
    tensor = torch.from_numpy(rgb).permute(2, 0, 1)[None].double()
    out = F.interpolate(tensor, (height, width), mode="bilinear", align_corners=False)[0].permute(1, 2, 0)
    expected[f"resize.rgb8.{height}x{width}"] = out.float().contiguous().numpy()
save_file({name: np.ascontiguousarray(value) for name, value in expected.items()}, os.path.join(here, "expected.safetensors"))
