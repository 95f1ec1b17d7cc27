#include "cpix_platform.h"

/// Eight RGB pixels are three vectors, whose channels repeat with the period of all three.
enum { VECTORS = 3, BLOCK = 8 * VECTORS };

/// A value by channel, laid out for a block.
CPIX_INLINE void spread(const float channel[3], float8 block[VECTORS]) {
    for (int i = 0; i < BLOCK; i++) block[i / 8][i % 8] = channel[i % 3];
}

CPIX_CLONES void cpix_normalize_bytes(
    const uint8_t *pixels, size_t count, const float mean[3], const float deviation[3], float *result) {
    float8 means[VECTORS], deviations[VECTORS];
    spread(mean, means);
    spread(deviation, deviations);
    size_t i = 0;
    for (; i + BLOCK <= 3 * count; i += BLOCK) {
        for (int v = 0; v < VECTORS; v++) {
            byte8 bytes;
            memcpy(&bytes, pixels + i + 8 * v, sizeof bytes);
            CPIX_STORE8(result + i + 8 * v, (__builtin_convertvector(bytes, float8) - means[v]) / deviations[v]);
        }
    }
    for (; i < 3 * count; i++) result[i] = ((float)pixels[i] - mean[i % 3]) / deviation[i % 3];
}

CPIX_CLONES void cpix_normalize_colors(
    const float *pixels, size_t count, const float scale[3], const float offset[3], float *result) {
    float8 scales[VECTORS], offsets[VECTORS];
    spread(scale, scales);
    spread(offset, offsets);
    size_t i = 0;
    for (; i + BLOCK <= 3 * count; i += BLOCK) {
        for (int v = 0; v < VECTORS; v++) {
            CPIX_STORE8(result + i + 8 * v, CPIX_LOAD8(pixels + i + 8 * v) * scales[v] - offsets[v]);
        }
    }
    for (; i < 3 * count; i++) result[i] = pixels[i] * scale[i % 3] - offset[i % 3];
}
