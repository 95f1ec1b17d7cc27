#pragma once

#include <stddef.h>
#include <stdint.h>

/// The class with the largest score of each pixel (the first of equals) and its softmax probability.
/// `scores`: `[pixels, classes]`, `1 <= classes <= 256`.
void ck_classify(const float *scores, size_t pixels, size_t classes, uint8_t *labels, float *confidence);

/// How many of `values` are at least `threshold`.
size_t ck_count_at_least(const float *values, size_t count, float threshold);

/// One row of `cells` cells of `height` x `width` labels in 0 ... 255, read from rows of `cells * width`: `mask[i]` is
/// 1 where the most frequent label of cell i (the lowest among equals) is one with `counting[label] != 0` and has at
/// least `least` pixels, else 0. Other labels belong to no cell.
void ck_mask_cells(
    const int32_t *labels, size_t height, size_t width, size_t cells, const int32_t *counting, float least, float *mask);
