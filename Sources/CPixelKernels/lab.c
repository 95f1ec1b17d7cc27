#include "cpix_platform.h"
#include <math.h>

// CIELAB as kornia converts it (D65, the constants of its rgb_to_xyz and xyz_to_lab), without a power: what is done for
// each pixel stands in cpix_lab.h. L, a and b are 116, 500 and 200 times f of Y (less 16), of X less Y, of Y less Z; so
// pixels are measured and changed in these.

/// Pixels come in groups, and groups in tiles that stay in the first-level cache.
enum { PIXELS = 16, TILE = 512 };

/// Linear values of bytes are whole numbers, so that three bytes hold one; so many are 1.
#define LINEAR_ONE 16777215.0f

typedef struct {
    float values[256];
} linear_table;

/// `(f - mean) * scale + target` of f of Y, of X less Y, and of Y less Z.
typedef struct {
    float mean[3];
    float scale[3];
    float target[3];
} root_change;

/// What one level of processors has.
typedef struct {
    void (*measure)(const uint8_t *pixels, size_t count, const linear_table *table, const float *pivots, double *sums);
    void (*change)(uint8_t *pixels, size_t count, const linear_table *table, const root_change *change);
    void (*convert)(const uint8_t *pixels, size_t count, const linear_table *table, float *channels);
} lab_level;

/// `2^(-5/12)` to the power of 15 less the place.
static const float octaves[16] = {
    0.013139006681740284f, 0.017538469284772873f, 0.02341104857623577f, 0.03125f,
    0.04171374440193176f,  0.05568116903305054f,  0.07432544231414795f, 0.09921256452798843f,
    0.13243289291858673f,  0.1767766922712326f,   0.23596857488155365f, 0.31498026847839355f,
    0.4204482138156891f,   0.5612310171127319f,   0.7491535544395447f,  1.0f,
};

// How wide vectors are passed between functions that become one does not matter.
#pragma clang diagnostic ignored "-Wpsabi"

// A processor without fused products has them from the C library, which takes many times as long.
#define LEVEL(name) name##_everywhere
#define LANES 4
#define PERMUTES 0
#include "cpix_lab.h"

#if defined(__x86_64__) && !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
#include <immintrin.h>
/// The bytes of whole pixels in a register.
#define WHOLE_PIXELS 0x0000FFFFFFFFFFFF

#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)
#define LEVEL(name) name##_v3
#define LANES 8
#define PERMUTES 8
#include "cpix_lab.h"
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("arch=x86-64-v4,avx512vbmi"))), apply_to = function)
#define LEVEL(name) name##_v4
#define LANES 16
#define PERMUTES 16
#include "cpix_lab.h"
#pragma clang attribute pop

/// From slow to fast; those that this processor lacks are left out.
static int find_levels(const lab_level **levels) {
    int count = 0;
    levels[count++] = &level_everywhere;
    if (__builtin_cpu_supports("x86-64-v3")) levels[count++] = &level_v3;
    if (__builtin_cpu_supports("x86-64-v4") && __builtin_cpu_supports("avx512vbmi")) levels[count++] = &level_v4;
    return count;
}
#else
static int find_levels(const lab_level **levels) {
    levels[0] = &level_everywhere;
    return 1;
}
#endif

int cpix_lab_levels(void) {
    const lab_level *levels[3];
    return find_levels(levels);
}

static const lab_level *level(int slower) {
    const lab_level *levels[3];
    int count = find_levels(levels);
    return levels[slower < count ? count - 1 - slower : 0];
}

/// `x^2.4 = (x * x^(1/5))^2`, by Newton's steps and not by `pow`, which may differ in its last bit from processor to
/// processor.
static double power_2_4(double x) {
    double root = 1;
    for (int step = 0; step < 12; step++) {
        double square = root * root;
        root = (4 * root + x / (square * square)) / 5;
    }
    return x * root * (x * root);
}

static void fill(linear_table *table) {
    for (int byte = 0; byte < 256; byte++) {
        double c = byte / 255.0;
        double linear = c > 0.04045 ? power_2_4((c + 0.055) / 1.055) : c / 12.92;
        table->values[byte] = (float)(int32_t)(linear * (double)LINEAR_ONE + 0.5);
    }
}

/// The pixels after the last whole group, and the first of all until the group is full.
static size_t take_rest(const uint8_t *pixels, size_t count, uint8_t *group) {
    size_t rest = count % PIXELS;
    const uint8_t *last = pixels + 3 * (count - rest);
    for (size_t i = 0; i < PIXELS; i++) memcpy(group + 3 * i, i < rest ? last + 3 * i : pixels, 3);
    return rest;
}

static const double factors[3] = {116, 500, 200};
static const double offsets[3] = {-16, 0, 0};

void cpix_measure_lab(const uint8_t *pixels, size_t count, int slower, cpix_lab_statistics *statistics) {
    const lab_level *kernels = level(slower);
    linear_table table;
    fill(&table);
    uint8_t group[3 * PIXELS];
    size_t rest = take_rest(pixels, count, group);
    // Sums begin at the first pixel, so that those of an image of one colour are exactly 0; so pixels that fill up a
    // group change nothing.
    uint8_t first[3 * PIXELS];
    for (size_t i = 0; i < PIXELS; i++) memcpy(first + 3 * i, pixels, 3);
    float pivots[3 * PIXELS];
    kernels->convert(first, PIXELS, &table, pivots);
    double sums[6] = {0};
    kernels->measure(pixels, count - rest, &table, pivots, sums);
    if (rest > 0) kernels->measure(group, PIXELS, &table, pivots, sums);
    for (int c = 0; c < 3; c++) {
        double excess = sums[3 + c] - sums[c] * sums[c] / (double)count;
        double variance = count > 1 && excess > 0 ? excess / (double)(count - 1) : 0;
        statistics->mean[c] = factors[c] * ((double)pivots[c] + sums[c] / (double)count) + offsets[c];
        statistics->deviation[c] = factors[c] * sqrt(variance);
    }
}

void cpix_change_lab(uint8_t *pixels, size_t count, int slower, const cpix_lab_change *change) {
    const lab_level *kernels = level(slower);
    linear_table table;
    fill(&table);
    root_change roots;
    for (int c = 0; c < 3; c++) {
        roots.mean[c] = (float)((change->mean[c] - offsets[c]) / factors[c]);
        roots.scale[c] = (float)change->scale[c];
        roots.target[c] = (float)((change->target[c] - offsets[c]) / factors[c]);
    }
    uint8_t group[3 * PIXELS];
    size_t rest = take_rest(pixels, count, group);
    kernels->change(pixels, count - rest, &table, &roots);
    if (rest == 0) return;
    kernels->change(group, PIXELS, &table, &roots);
    memcpy(pixels + 3 * (count - rest), group, 3 * rest);
}

void cpix_lab(const uint8_t *pixels, size_t count, int slower, float *values) {
    const lab_level *kernels = level(slower);
    linear_table table;
    fill(&table);
    uint8_t group[3 * PIXELS];
    size_t rest = take_rest(pixels, count, group);
    kernels->convert(pixels, count - rest, &table, values);
    if (rest > 0) {
        float last[3 * PIXELS];
        kernels->convert(group, PIXELS, &table, last);
        memcpy(values + 3 * (count - rest), last, 3 * rest * sizeof(float));
    }
    for (size_t i = 0; i < 3 * count; i++) values[i] = values[i] * (float)factors[i % 3] + (float)offsets[i % 3];
}
