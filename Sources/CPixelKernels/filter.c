#include "cpix_platform.h"

// Weighted sums of neighbours in whole numbers: weights have 22 bits, and a half is added before they are cut off.

CPIX_INLINE uint8_t cpix_shortened(int32_t sum) {
    int32_t value = sum >> CPIX_FILTER_BITS;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

CPIX_INLINE void filter_pixel(
    const uint8_t *restrict from, const int32_t *restrict weights, size_t count, size_t channels,
    uint8_t *restrict result) {
    for (size_t c = 0; c < channels; c++) {
        int32_t sum = 1 << (CPIX_FILTER_BITS - 1);
        for (size_t k = 0; k < count; k++) sum += (int32_t)from[k * channels + c] * weights[k];
        result[c] = cpix_shortened(sum);
    }
}

CPIX_INLINE void filter_pixel_rgb(
    const uint8_t *restrict from, const int32_t *restrict weights, size_t count, uint8_t *restrict result) {
    int32_t red = 1 << (CPIX_FILTER_BITS - 1), green = red, blue = red;
    for (size_t k = 0; k < count; k++) {
        red += (int32_t)from[3 * k] * weights[k];
        green += (int32_t)from[3 * k + 1] * weights[k];
        blue += (int32_t)from[3 * k + 2] * weights[k];
    }
    result[0] = cpix_shortened(red);
    result[1] = cpix_shortened(green);
    result[2] = cpix_shortened(blue);
}

CPIX_CLONES void cpix_filter_columns(
    const uint8_t *restrict source, size_t source_width, size_t channels, const cpix_filter *columns, size_t height,
    size_t width, uint8_t *restrict result) {
    for (size_t y = 0; y < height; y++) {
        const uint8_t *row = source + y * source_width * channels;
        uint8_t *out = result + y * width * channels;
        for (size_t x = 0; x < width; x++) {
            const uint8_t *from = row + (size_t)columns->starts[x] * channels;
            const int32_t *weights = columns->weights + x * columns->stride;
            size_t count = (size_t)columns->counts[x];
            if (channels == 3) filter_pixel_rgb(from, weights, count, out + 3 * x);
            else filter_pixel(from, weights, count, channels, out + channels * x);
        }
    }
}

CPIX_CLONES void cpix_filter_rows(
    const uint8_t *restrict source, size_t length, const cpix_filter *rows, size_t height, int32_t *restrict sums,
    uint8_t *restrict result) {
    for (size_t y = 0; y < height; y++) {
        for (size_t i = 0; i < length; i++) sums[i] = 1 << (CPIX_FILTER_BITS - 1);
        for (size_t k = 0; k < (size_t)rows->counts[y]; k++) {
            const uint8_t *row = source + ((size_t)rows->starts[y] + k) * length;
            int32_t weight = rows->weights[y * rows->stride + k];
            for (size_t i = 0; i < length; i++) sums[i] += (int32_t)row[i] * weight;
        }
        uint8_t *out = result + y * length;
        for (size_t i = 0; i < length; i++) out[i] = cpix_shortened(sums[i]);
    }
}
