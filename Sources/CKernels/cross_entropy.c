#include "ck_cross_entropy.h"

#include "ck_rows.h"

// Pixels are worked on in blocks of about BLOCK logits, so that the exponentials of many short rows are taken at once
// and everything stays in the first-level cache.
enum { BLOCK = 2048, MOST_PIXELS = 256 };

/// The weight of a pixel; 0 where it is ignored or its label is no class.
CK_INLINE float pixel_weight(const ck_targets *t, size_t pixel, size_t classes) {
    const int32_t label = t->labels[pixel];
    if (label == t->ignore_index || label < 0 || (size_t)label >= classes) return 0;
    return (t->weights ? t->weights[pixel] : 1.0f) * (t->class_weights ? t->class_weights[label] : 1.0f);
}

/// Writes differences to the largest logit of each pixel and sums `-weight * difference` of the labels.
CK_INLINE double differences(
    const float *logits, const ck_targets *t, size_t first, size_t pixels, size_t classes, const float *weights,
    float *shifted) {
    double sum = 0;
    for (size_t p = 0; p < pixels; p++) {
        const float *x = logits + p * classes;
        float *y = shifted + p * classes;
        const float largest = ck_row_maximum(x, classes);
        ck_row_add(x, -largest, classes, y);
        if (weights[p] != 0) sum -= (double)(weights[p] * y[t->labels[first + p]]);
    }
    return sum;
}

/// `gradient = weight * (probability - [class is the label])`, from exponentials in the same place and their sums.
CK_INLINE void gradients(
    const ck_targets *t, size_t first, size_t pixels, size_t classes, const float *weights, const float *sums,
    float *gradient) {
    for (size_t p = 0; p < pixels; p++) {
        float *g = gradient + p * classes;
        if (weights[p] == 0) {
            for (size_t c = 0; c < classes; c++) g[c] = 0;
        } else {
            ck_row_scale(g, weights[p] / sums[p], classes);
            g[t->labels[first + p]] -= weights[p];
        }
    }
}

CK_INLINE double block_loss(
    const float *logits, const ck_targets *t, size_t first, size_t pixels, size_t classes, int wants_gradient,
    float *gradient) {
    float weights[MOST_PIXELS], sums[MOST_PIXELS], logs[MOST_PIXELS];
    for (size_t p = 0; p < pixels; p++) weights[p] = pixel_weight(t, first + p, classes);
    double sum = differences(logits, t, first, pixels, classes, weights, gradient);
    ck_shifted_exponentials(gradient, 0, pixels * classes, gradient);
    for (size_t p = 0; p < pixels; p++) sums[p] = ck_row_sum(gradient + p * classes, classes);
    for (size_t p = 0; p < pixels; p++) logs[p] = ck_log(sums[p]);
    for (size_t p = 0; p < pixels; p++) sum += weights[p] != 0 ? (double)(weights[p] * logs[p]) : 0;
    if (wants_gradient) gradients(t, first, pixels, classes, weights, sums, gradient);
    return sum;
}

CK_CLONES ck_loss ck_cross_entropy(
    const float *logits, const ck_targets *targets, size_t first, size_t pixels, size_t classes, int wants_gradient,
    float *gradient) {
    const size_t wanted = classes < BLOCK ? BLOCK / classes : 1;
    const size_t block = wanted < MOST_PIXELS ? wanted : MOST_PIXELS;
    ck_loss loss = {0, 0};
    for (size_t p = 0; p < pixels; p += block) {
        const size_t count = pixels - p < block ? pixels - p : block;
        loss.sum += block_loss(
            logits + p * classes, targets, first + p, count, classes, wants_gradient, gradient + p * classes);
    }
    for (size_t p = first; p < first + pixels; p++) {
        const int32_t label = targets->labels[p];
        loss.bad_labels += label != targets->ignore_index && (label < 0 || (size_t)label >= classes);
    }
    return loss;
}
