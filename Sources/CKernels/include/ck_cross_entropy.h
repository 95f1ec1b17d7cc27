#pragma once

#include <stddef.h>
#include <stdint.h>

/// What pixels should be, counted as in `[B, H, W]`.
typedef struct {
    const int32_t *labels;
    const float *weights;        ///< of each pixel; null: 1
    const float *class_weights;  ///< of each class; null: 1
    int32_t ignore_index;        ///< label of pixels that add nothing
} ck_targets;

typedef struct {
    double sum;         ///< of weight times cross-entropy
    size_t bad_labels;  ///< pixels whose label is neither a class nor ignored; they add nothing
} ck_loss;

/// Cross-entropy of pixels `first ..< first + pixels` with logits `[pixels, classes]` (those of the first pixel first):
/// the sum of `weight * (log of the sum of e^logit - logit of the label)`.
///
/// `gradient` receives the derivative of the sum by the logits, or scratch values where `wants_gradient` is 0; it may
/// be the memory of the logits.
ck_loss ck_cross_entropy(
    const float *logits, const ck_targets *targets, size_t first, size_t pixels, size_t classes, int wants_gradient,
    float *gradient);
