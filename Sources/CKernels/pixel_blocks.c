#include "ck_pixel_blocks.h"

#include <string.h>

#include "ck_platform.h"

CK_CLONES void ck_unfold_pixels(const float *pixels, size_t width, size_t channels, const float *bias, float *rows) {
    for (size_t x = 0; x < width; x++) {
        for (size_t i = 0; i < 2; i++) {
            for (size_t j = 0; j < 2; j++) {
                const float *from = pixels + ((2 * x + i) * 2 + j) * channels;
                float *restrict to = rows + (i * 2 * width + 2 * x + j) * channels;
                if (bias) {
                    for (size_t c = 0; c < channels; c++) to[c] = from[c] + bias[c];
                } else {
                    memcpy(to, from, channels * sizeof(float));
                }
            }
        }
    }
}

void ck_fold_pixels(const float *rows, size_t width, size_t channels, float *pixels) {
    for (size_t x = 0; x < width; x++) {
        for (size_t i = 0; i < 2; i++) {
            // Two neighbours of a row stand side by side on both sides.
            memcpy(
                pixels + (2 * x + i) * 2 * channels, rows + (i * width + x) * 2 * channels,
                2 * channels * sizeof(float));
        }
    }
}
