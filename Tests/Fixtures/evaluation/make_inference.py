"""Writes inference.safetensors, all as fp32: classes of images by the code path of mmsegmentation 0.x, in whole and in windows.

Needs torch and safetensors. The functions follow mmseg/models/segmentors/encoder_decoder.py (`encode_decode`,
`slide_inference`, `whole_inference`, `inference`, `simple_test`) with rescale=True, align_corners=False and a network of
one convolution of stride 4, so that only the way of the scores to the image's size is looked at.
"""
import os

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

CLASSES = 5
torch.manual_seed(11)
weight = torch.randn(CLASSES, 3, 4, 4) * 0.4
bias = torch.randn(CLASSES) * 0.2


def encode_decode(image):
    logits = F.conv2d(image, weight, bias, stride=4)
    return F.interpolate(logits, size=image.shape[2:], mode="bilinear", align_corners=False)


def whole_inference(image, shape):
    return F.interpolate(encode_decode(image), size=shape, mode="bilinear", align_corners=False)


def slide_inference(image, shape, crop, stride):
    h_stride, w_stride = stride
    h_crop, w_crop = crop
    batch, _, h_img, w_img = image.shape
    h_grids = max(h_img - h_crop + h_stride - 1, 0) // h_stride + 1
    w_grids = max(w_img - w_crop + w_stride - 1, 0) // w_stride + 1
    preds = image.new_zeros((batch, CLASSES, h_img, w_img))
    count = image.new_zeros((batch, 1, h_img, w_img))
    for h in range(h_grids):
        for w in range(w_grids):
            y2, x2 = min(h * h_stride + h_crop, h_img), min(w * w_stride + w_crop, w_img)
            y1, x1 = max(y2 - h_crop, 0), max(x2 - w_crop, 0)
            logits = encode_decode(image[:, :, y1:y2, x1:x2])
            preds += F.pad(logits, (x1, w_img - x2, y1, h_img - y2))
            count[:, :, y1:y2, x1:x2] += 1
    return F.interpolate(preds / count, size=shape, mode="bilinear", align_corners=False)


def classes(logits):
    probability, label = F.softmax(logits, dim=1).max(dim=1)
    return label[0].float(), probability[0]


# The image as it enters the network. In its file every pixel stands in two rows and three columns, which any bilinear
# resize takes back without rounding.
pixels = torch.randint(0, 256, (16, 24, 3), dtype=torch.uint8)
pixels = pixels.repeat_interleave(2, 0).repeat_interleave(2, 1).contiguous()        # 32 x 48, with edges
mean = torch.tensor([123.675, 116.28, 103.53])
deviation = torch.tensor([58.395, 57.12, 57.375])
image = ((pixels.float() - mean) / deviation).permute(2, 0, 1)[None]
shape = (2 * 32, 3 * 48)

tensors = {"pixels": pixels.float(), "weight": weight.permute(0, 2, 3, 1), "bias": bias}
tensors["whole.labels"], tensors["whole.confidence"] = classes(whole_inference(image, shape))
tensors["sliding.labels"], tensors["sliding.confidence"] = classes(
    slide_inference(image, shape, crop=(32, 32), stride=(16, 16)))
once, _ = classes(F.interpolate(
    F.conv2d(image, weight, bias, stride=4), size=shape, mode="bilinear", align_corners=False))
print("pixels that one step would label otherwise:", (once != tensors["whole.labels"]).float().mean().item())
save_file({name: tensor.contiguous() for name, tensor in tensors.items()},
          os.path.join(os.path.dirname(os.path.abspath(__file__)), "inference.safetensors"))
