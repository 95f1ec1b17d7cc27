"""Images whose EXIF says how they are to be turned, as cameras and Pillow write them. Needs numpy and Pillow.

    python make_exif_fixtures.py        # writes exif/ beside itself

Turned as it says, every file shows the same picture: `upright.png`. Pillow's `exif_transpose` is asked whether it does.
"""
import os

import numpy as np
from PIL import Image, ImageOps

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "exif")
os.makedirs(here, exist_ok=True)
upright = (np.arange(3 * 5 * 3, dtype=np.uint8) * 5).reshape(3, 5, 3)
Image.fromarray(upright).save(os.path.join(here, "upright.png"))
# What undoes each orientation.
stored = {
    1: upright, 2: upright[:, ::-1], 3: upright[::-1, ::-1], 4: upright[::-1], 5: upright.transpose(1, 0, 2),
    6: np.rot90(upright, 1), 7: upright[::-1, ::-1].transpose(1, 0, 2), 8: np.rot90(upright, -1),
}
for orientation, pixels in stored.items():
    image = Image.fromarray(np.ascontiguousarray(pixels))
    exif = Image.Exif()
    exif[0x010F] = "a maker before it"
    exif[0x0112] = orientation
    path = os.path.join(here, f"{orientation}.png")
    image.save(path, exif=exif)
    assert (np.asarray(ImageOps.exif_transpose(Image.open(path))) == upright).all(), orientation
photo = np.zeros((16, 32, 3), np.uint8)
photo[:, :16] = (250, 20, 20)  # red at the left: at the top once turned to the right
exif = Image.Exif()
exif[0x0112] = 6
Image.fromarray(photo).save(os.path.join(here, "6.jpg"), exif=exif, quality=95)
