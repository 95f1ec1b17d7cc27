#include "cpix_platform.h"

/// Values whose sums are kept in registers at once.
enum { BLOCK = 32, VECTORS = BLOCK / 8 };

/// One block of `blur_line`.
CPIX_INLINE void blur_block(
    const float *center, const float *const *before, const float *const *after, size_t offset, cpix_kernel kernel,
    float *result) {
    float8 sums[VECTORS];
    for (int v = 0; v < VECTORS; v++) sums[v] = kernel.weights[0] * CPIX_LOAD8(center + offset + 8 * v);
    for (size_t k = 1; k < kernel.count; k++) {
        const float *left = before[k] + offset, *right = after[k] + offset;
        for (int v = 0; v < VECTORS; v++) {
            sums[v] += kernel.weights[k] * (CPIX_LOAD8(left + 8 * v) + CPIX_LOAD8(right + 8 * v));
        }
    }
    memcpy(result + offset, sums, sizeof sums);
}

/// `result[i] = w_0 center[i] + sum_k w_k (before[k][i] + after[k][i])`.
CPIX_INLINE void blur_line(
    const float *center, const float *const *before, const float *const *after, cpix_kernel kernel, size_t count,
    float *result) {
    size_t i = 0;
    for (; i + BLOCK <= count; i += BLOCK) blur_block(center, before, after, i, kernel, result);
    for (; i < count; i++) {
        float sum = kernel.weights[0] * center[i];
        for (size_t k = 1; k < kernel.count; k++) sum += kernel.weights[k] * (before[k][i] + after[k][i]);
        result[i] = sum;
    }
}

/// Mirrors an index at the ends of `0..<length`, without repeating the ends.
CPIX_INLINE size_t reflected(ptrdiff_t index, size_t length) {
    size_t positive = (size_t)(index < 0 ? -index : index);
    return positive < length ? positive : 2 * (length - 1) - positive;
}

/// As `reflected`, for axes that may be shorter than the kernel: as often as it takes.
CPIX_INLINE size_t mirrored(ptrdiff_t index, size_t length) {
    if (length == 1) return 0;
    ptrdiff_t last = (ptrdiff_t)length - 1;
    while (index < 0 || index > last) index = index < 0 ? -index : 2 * last - index;
    return (size_t)index;
}

/// Fills the margins of a row with its mirrored ends; the outermost pixel is not repeated.
CPIX_INLINE void reflect_ends(float *row, size_t length, size_t margin, size_t channels) {
    float *first = row + margin, *last = row + margin + length - channels;
    for (size_t distance = channels; distance <= margin; distance += channels) {
        memcpy(first - distance, first + distance, channels * sizeof(float));
        memcpy(last + distance, last - distance, channels * sizeof(float));
    }
}

CPIX_CLONES void cpix_blur_bytes(
    const uint8_t *source, size_t height, size_t width, size_t channels, uint16_t *scratch, uint8_t *result) {
    size_t length = width * channels;
    uint16_t *middle = scratch + 2 * channels;
    for (size_t y = 0; y < height; y++) {
        const uint8_t *row[5];
        for (size_t k = 0; k < 5; k++) row[k] = source + mirrored((ptrdiff_t)(y + k) - 2, height) * length;
        for (size_t i = 0; i < length; i++) {
            middle[i] = (uint16_t)(row[0][i] + row[4][i] + 4 * (row[1][i] + row[3][i]) + 6 * row[2][i]);
        }
        // Two pixels on either side, of the scratch that begins with the first of them.
        for (ptrdiff_t side = 1; side <= 2; side++) {
            const ptrdiff_t places[2] = {-side, (ptrdiff_t)width - 1 + side};
            for (int end = 0; end < 2; end++) {
                size_t from = mirrored(places[end], width) * channels, to = (size_t)(places[end] + 2) * channels;
                memcpy(scratch + to, middle + from, channels * sizeof(uint16_t));
            }
        }
        const uint16_t *center = middle;
        for (size_t i = 0; i < length; i++) {
            uint32_t ends = (uint32_t)center[(ptrdiff_t)i - 2 * (ptrdiff_t)channels] + center[i + 2 * channels];
            uint32_t sides = (uint32_t)center[(ptrdiff_t)i - (ptrdiff_t)channels] + center[i + channels];
            result[y * length + i] = (uint8_t)((ends + 4 * sides + 6u * center[i] + 128) >> 8);
        }
    }
}

CPIX_CLONES void cpix_blur(
    const float *source, size_t height, size_t width, size_t channels, cpix_kernel vertical, cpix_kernel horizontal,
    float *scratch, float *result) {
    size_t length = width * channels, margin = (horizontal.count - 1) * channels;
    size_t taps = vertical.count > horizontal.count ? vertical.count : horizontal.count;
    const float *before[taps], *after[taps];
    float *middle = scratch + margin;
    for (size_t y = 0; y < height; y++) {
        for (size_t k = 1; k < vertical.count; k++) {
            before[k] = source + reflected((ptrdiff_t)y - (ptrdiff_t)k, height) * length;
            after[k] = source + reflected((ptrdiff_t)(y + k), height) * length;
        }
        blur_line(source + y * length, before, after, vertical, length, middle);
        reflect_ends(scratch, length, margin, channels);
        for (size_t k = 1; k < horizontal.count; k++) {
            before[k] = middle - k * channels;
            after[k] = middle + k * channels;
        }
        blur_line(middle, before, after, horizontal, length, result + y * length);
    }
}
