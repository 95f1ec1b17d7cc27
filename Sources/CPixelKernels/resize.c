#include "cpix_platform.h"

/// `blend = top + weight * (bottom - top)`.
CPIX_INLINE void blend_rows(
    const uint8_t *restrict top, const uint8_t *restrict bottom, float weight, float *restrict blend, size_t count) {
    for (size_t i = 0; i < count; i++) {
        float upper = top[i];
        blend[i] = upper + weight * ((float)bottom[i] - upper);
    }
}

/// Reads four values where three are wanted, hence the slack of the scratch row.
CPIX_INLINE byte4 blend_pixel(const float *left, const float *right, float weight) {
    float4 a, b;
    memcpy(&a, left, sizeof a);
    memcpy(&b, right, sizeof b);
    float4 value = a + weight * (b - a) + 0.5f;
    return __builtin_convertvector(__builtin_convertvector(value, int4), byte4);
}

CPIX_INLINE void blend_columns_rgb(const float *row, const cpix_axis *columns, size_t width, uint8_t *result) {
    for (size_t x = 0; x < width; x++) {
        byte4 pixel = blend_pixel(row + columns->lower[x], row + columns->upper[x], columns->weight[x]);
        // The fourth byte is overwritten by the next pixel; behind the last one there is no room for it.
        if (x + 1 < width) memcpy(result + 3 * x, &pixel, 4);
        else memcpy(result + 3 * x, &pixel, 3);
    }
}

CPIX_INLINE void blend_columns(
    const float *row, const cpix_axis *columns, size_t width, size_t channels, uint8_t *result) {
    for (size_t x = 0; x < width; x++) {
        const float *left = row + columns->lower[x], *right = row + columns->upper[x];
        for (size_t c = 0; c < channels; c++) {
            result[x * channels + c] = (uint8_t)(left[c] + columns->weight[x] * (right[c] - left[c]) + 0.5f);
        }
    }
}

CPIX_CLONES void cpix_resize_bilinear(
    const uint8_t *source, size_t source_width, size_t channels, const cpix_axis *rows, const cpix_axis *columns,
    size_t height, size_t width, float *scratch, uint8_t *result) {
    size_t length = source_width * channels;
    for (size_t i = 0; i < CPIX_ROW_SLACK; i++) scratch[length + i] = 0;
    for (size_t y = 0; y < height; y++) {
        const uint8_t *top = source + (size_t)rows->lower[y] * length;
        const uint8_t *bottom = source + (size_t)rows->upper[y] * length;
        blend_rows(top, bottom, rows->weight[y], scratch, length);
        uint8_t *row = result + y * width * channels;
        if (channels == 3) blend_columns_rgb(scratch, columns, width, row);
        else blend_columns(scratch, columns, width, channels, row);
    }
}
