#pragma once

#include <stddef.h>
#include <stdint.h>

/// The class with the largest score of each pixel (the first of equals) and its softmax probability.
/// `scores`: `[pixels, classes]`, `1 <= classes <= 256`.
void ck_classify(const float *scores, size_t pixels, size_t classes, uint8_t *labels, float *confidence);
