#include "cpix_platform.h"
#include <math.h>

// CIELAB as kornia converts it (D65, the constants of its rgb_to_xyz and xyz_to_lab), on a few hundred pixels at a time
// whose channels are apart. Roots are found by bits and Newton's steps, so that they run in vector registers and give the
// same bits on every processor.

enum { TILE = 512 };

typedef struct {
    float first[TILE];
    float second[TILE];
    float third[TILE];
} tile;

/// `x^(1/3)` of a positive number, to about two units in the last place.
CPIX_INLINE float cube_root(float x) {
    int32_t bits;
    memcpy(&bits, &x, sizeof bits);
    // A third of the exponent; the constant makes the error of the first guess even on both sides.
    bits = (int32_t)((float)bits * (1.0f / 3)) + 0x2a5137a0;
    float root;
    memcpy(&root, &bits, sizeof root);
    // Halley's step triples the number of good digits.
    for (int step = 0; step < 2; step++) {
        float cube = root * root * root;
        root = root * ((cube + x + x) / (cube + cube + x));
    }
    return root;
}

/// `x^2.4 = (x * x^(1/5))^2`, by Newton's steps and not by `pow`, which may differ in its last bit from processor to
/// processor.
static double power_2_4(double x) {
    double root = 1;
    for (int step = 0; step < 40; step++) {
        double square = root * root;
        root = (4 * root + x / (square * square)) / 5;
    }
    return x * root * (x * root);
}

/// The linear value of every byte.
typedef struct {
    float values[256];
} linear_table;

static void fill(linear_table *table) {
    for (int byte = 0; byte < 256; byte++) {
        double c = byte / 255.0;
        table->values[byte] = (float)(c > 0.04045 ? power_2_4((c + 0.055) / 1.055) : c / 12.92);
    }
}

/// kornia's f; numbers below the border take its straight part.
CPIX_INLINE float lightness(float t) {
    float root = cube_root(t > 0.008856f ? t : 0.008856f);
    return t > 0.008856f ? root : 7.787f * t + 4.0f / 29;
}

CPIX_INLINE float lightness_inverse(float f) { return f > 0.2068966f ? f * f * f : (f - 4.0f / 29) / 7.787f; }

/// To sRGB: `1.055 c^(1/2.4) - 0.055`, where `c^(5/12) = r * r^(1/4)` with the cube root r.
CPIX_INLINE float gamma_encoded(float c) {
    float root = cube_root(c > 0.0031308f ? c : 0.0031308f);
    float curved = 1.055f * (root * sqrtf(sqrtf(root))) - 0.055f;
    float value = c > 0.0031308f ? curved : 12.92f * c;
    value = value > 0 ? value : 0;
    return value < 1 ? value : 1;
}

CPIX_INLINE void load(const uint8_t *pixels, size_t count, const linear_table *table, tile *lab) {
    for (size_t i = 0; i < count; i++) {
        lab->first[i] = table->values[pixels[3 * i]];
        lab->second[i] = table->values[pixels[3 * i + 1]];
        lab->third[i] = table->values[pixels[3 * i + 2]];
    }
    for (size_t i = 0; i < count; i++) {
        float r = lab->first[i], g = lab->second[i], b = lab->third[i];
        float x = 0.412453f * r + 0.357580f * g + 0.180423f * b;
        float y = 0.212671f * r + 0.715160f * g + 0.072169f * b;
        float z = 0.019334f * r + 0.119193f * g + 0.950227f * b;
        float fx = lightness(x / 0.95047f), fy = lightness(y), fz = lightness(z / 1.08883f);
        lab->first[i] = 116 * fy - 16;
        lab->second[i] = 500 * (fx - fy);
        lab->third[i] = 200 * (fy - fz);
    }
}

CPIX_INLINE void store(const tile *lab, size_t count, uint8_t *pixels) {
    float red[TILE], green[TILE], blue[TILE];
    for (size_t i = 0; i < count; i++) {
        float fy = (lab->first[i] + 16) / 116;
        float fx = lab->second[i] / 500 + fy;
        float fz = fy - lab->third[i] / 200;
        fz = fz > 0 ? fz : 0;
        float x = lightness_inverse(fx) * 0.95047f, y = lightness_inverse(fy), z = lightness_inverse(fz) * 1.08883f;
        red[i] = gamma_encoded(3.2404813432f * x - 1.5371515163f * y - 0.4985363262f * z) * 255;
        green[i] = gamma_encoded(-0.9692549500f * x + 1.8759900015f * y + 0.0415559266f * z) * 255;
        blue[i] = gamma_encoded(0.0556466391f * x - 0.2040413384f * y + 1.0573110697f * z) * 255;
    }
    for (size_t i = 0; i < count; i++) {
        pixels[3 * i] = (uint8_t)(int32_t)red[i];
        pixels[3 * i + 1] = (uint8_t)(int32_t)green[i];
        pixels[3 * i + 2] = (uint8_t)(int32_t)blue[i];
    }
}

typedef double double8 __attribute__((vector_size(64)));

/// Sums of one channel in eight lanes, of what its values differ from the first pixel's: so the sums of an image of one
/// colour are exactly 0.
typedef struct {
    double8 sums;
    double8 squares;
} channel_sums;

CPIX_INLINE void add(const float *values, size_t count, float pivot, channel_sums *sums) {
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        double8 difference = __builtin_convertvector(CPIX_LOAD8(values + i), double8) - (double)pivot;
        sums->sums += difference;
        sums->squares += difference * difference;
    }
    for (size_t lane = 0; i < count; i++, lane++) {
        double difference = (double)values[i] - (double)pivot;
        sums->sums[lane] += difference;
        sums->squares[lane] += difference * difference;
    }
}

CPIX_INLINE void finish(const channel_sums *sums, size_t count, float pivot, double *mean, double *deviation) {
    double sum = 0, square = 0;
    for (int lane = 0; lane < 8; lane++) {
        sum += sums->sums[lane];
        square += sums->squares[lane];
    }
    double variance = count > 1 ? (square - sum * sum / (double)count) / (double)(count - 1) : 0;
    *mean = (double)pivot + sum / (double)count;
    *deviation = variance > 0 ? sqrt(variance) : 0;
}

CPIX_CLONES void cpix_measure_lab(const uint8_t *pixels, size_t count, cpix_lab_statistics *statistics) {
    linear_table table;
    fill(&table);
    tile lab;
    load(pixels, 1, &table, &lab);
    float pivots[3] = {lab.first[0], lab.second[0], lab.third[0]};
    channel_sums sums[3] = {0};
    for (size_t start = 0; start < count; start += TILE) {
        size_t length = count - start < TILE ? count - start : TILE;
        load(pixels + 3 * start, length, &table, &lab);
        add(lab.first, length, pivots[0], &sums[0]);
        add(lab.second, length, pivots[1], &sums[1]);
        add(lab.third, length, pivots[2], &sums[2]);
    }
    for (int c = 0; c < 3; c++) {
        finish(&sums[c], count, pivots[c], &statistics->mean[c], &statistics->deviation[c]);
    }
}

CPIX_CLONES void cpix_change_lab(uint8_t *pixels, size_t count, const cpix_lab_change *change) {
    linear_table table;
    fill(&table);
    tile lab;
    for (size_t start = 0; start < count; start += TILE) {
        size_t length = count - start < TILE ? count - start : TILE;
        load(pixels + 3 * start, length, &table, &lab);
        for (size_t i = 0; i < length; i++) {
            lab.first[i] = (lab.first[i] - change->mean[0]) * change->scale[0] + change->target[0];
            lab.second[i] = (lab.second[i] - change->mean[1]) * change->scale[1] + change->target[1];
            lab.third[i] = (lab.third[i] - change->mean[2]) * change->scale[2] + change->target[2];
        }
        store(&lab, length, pixels + 3 * start);
    }
}

CPIX_CLONES void cpix_lab(const uint8_t *pixels, size_t count, float *values) {
    linear_table table;
    fill(&table);
    tile lab;
    for (size_t start = 0; start < count; start += TILE) {
        size_t length = count - start < TILE ? count - start : TILE;
        load(pixels + 3 * start, length, &table, &lab);
        for (size_t i = 0; i < length; i++) {
            values[3 * (start + i)] = lab.first[i];
            values[3 * (start + i) + 1] = lab.second[i];
            values[3 * (start + i) + 2] = lab.third[i];
        }
    }
}
