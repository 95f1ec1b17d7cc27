#include "cpix_platform.h"
#include <math.h>

// CIELAB as kornia converts it (D65, the constants of its rgb_to_xyz and xyz_to_lab), on a few hundred pixels at a time
// whose channels are apart. Powers are polynomials, so that they run in vector registers and give the same bits on
// every processor.

enum { TILE = 512 };

typedef struct {
    float first[TILE];
    float second[TILE];
    float third[TILE];
} tile;

/// `x^(1/3)` of a positive number, to the last place but one: a guess from its bits, and a polynomial (least relative
/// error) of how far the cube of the guess is off.
CPIX_INLINE float cube_root(float x) {
    int32_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits = 0x54a20000 - (int32_t)((float)bits * (1.0f / 3));
    float inverse;
    memcpy(&inverse, &bits, sizeof inverse);
    // From -0.103 to 0.102.
    float h = 1 - x * (inverse * inverse * inverse);
    float series = 0.33333334f + h * (0.222215342f + h * (0.17283306f + h * (0.145786192f + h * 0.126352312f)));
    float root = inverse + inverse * (h * series);
    return x * (root * root);
}

/// `2^(-5/12)`, and its second, fourth and eighth power.
static const float halvings_12[4] = {0.749153538f, 0.561231024f, 0.314980262f, 0.0992125657f};

/// `x^(5/12)`, to 2e-6 of it, of numbers from 2^-15 to below 2: a polynomial of the mantissa, and a constant for each
/// bit of the exponent.
CPIX_INLINE float power_5_12(float x) {
    int32_t bits;
    memcpy(&bits, &x, sizeof bits);
    int32_t halvings = 127 - (bits >> 23);
    bits = (bits & 0x7FFFFF) | 0x3F800000;
    float mantissa;
    memcpy(&mantissa, &bits, sizeof mantissa);
    float m = mantissa - 1.5f, square = m * m;
    float low = 1.1840523f + 0.328910144f * m;
    float high = (-0.0638609865f + 0.0223615955f * m) + (-0.0106517176f + 0.00543535947f * m) * square;
    float value = low + high * square;
    for (int place = 0; place < 4; place++) {
        float less = value * halvings_12[place];
        value = halvings & 1 << place ? less : value;
    }
    return value;
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

CPIX_INLINE float lightness_inverse(float f) { return f > 0.2068966f ? f * f * f : (f - 4.0f / 29) * (1 / 7.787f); }

/// To sRGB in 0...255: `1.055 c^(1/2.4) - 0.055`.
CPIX_INLINE float gamma_encoded(float c) {
    float below = c < 1 ? c : 1;
    float curved = 1.055f * power_5_12(below > 0.0031308f ? below : 0.0031308f) - 0.055f;
    float value = below > 0.0031308f ? curved : 12.92f * below;
    return (value > 0 ? value : 0) * 255;
}

CPIX_INLINE void load(const uint8_t *pixels, size_t count, const linear_table *table, tile *lab) {
    // Gathers of vectors are slower than single loads.
#pragma clang loop vectorize(disable)
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
        float fx = lightness(x * (1 / 0.95047f)), fy = lightness(y), fz = lightness(z * (1 / 1.08883f));
        lab->first[i] = 116 * fy - 16;
        lab->second[i] = 500 * (fx - fy);
        lab->third[i] = 200 * (fy - fz);
    }
}

CPIX_INLINE void store(const tile *lab, size_t count, uint8_t *pixels) {
    // Vectors of whole pixels, written one after the other: each overwrites the fourth byte of the one before.
    uint32_t words[TILE];
    for (size_t i = 0; i < count; i++) {
        float fy = (lab->first[i] + 16) * (1.0f / 116);
        float fx = lab->second[i] * (1.0f / 500) + fy;
        float fz = fy - lab->third[i] * (1.0f / 200);
        fz = fz > 0 ? fz : 0;
        float x = lightness_inverse(fx) * 0.95047f, y = lightness_inverse(fy), z = lightness_inverse(fz) * 1.08883f;
        uint32_t red = (uint32_t)(int32_t)gamma_encoded(3.2404813432f * x - 1.5371515163f * y - 0.4985363262f * z);
        uint32_t green = (uint32_t)(int32_t)gamma_encoded(-0.9692549500f * x + 1.8759900015f * y + 0.0415559266f * z);
        uint32_t blue = (uint32_t)(int32_t)gamma_encoded(0.0556466391f * x - 0.2040413384f * y + 1.0573110697f * z);
        words[i] = red | green << 8 | blue << 16;
    }
    for (size_t i = 0; i + 1 < count; i++) memcpy(pixels + 3 * i, &words[i], 4);
    if (count > 0) memcpy(pixels + 3 * (count - 1), &words[count - 1], 3);
}

/// Sums of what the values of one channel differ from the first pixel's: so those of an image of one colour are exactly
/// 0.
typedef struct {
    double sum;
    double squares;
} channel_sums;

/// Eight lanes in single precision, as a tile is short.
CPIX_INLINE void add(const float *values, size_t count, float pivot, channel_sums *sums) {
    float8 lanes[4] = {0}, squares[4] = {0};
    size_t i = 0;
    for (; i + 32 <= count; i += 32) {
        for (int part = 0; part < 4; part++) {
            float8 difference = CPIX_LOAD8(values + i + 8 * part) - pivot;
            lanes[part] += difference;
            squares[part] += difference * difference;
        }
    }
    float8 lane = (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
    float8 square = (squares[0] + squares[1]) + (squares[2] + squares[3]);
    for (int place = 0; place < 8; place++) {
        sums->sum += (double)lane[place];
        sums->squares += (double)square[place];
    }
    for (; i < count; i++) {
        double difference = (double)(values[i] - pivot);
        sums->sum += difference;
        sums->squares += difference * difference;
    }
}

CPIX_INLINE void finish(const channel_sums *sums, size_t count, float pivot, double *mean, double *deviation) {
    double excess = sums->squares - sums->sum * sums->sum / (double)count;
    double variance = count > 1 ? excess / (double)(count - 1) : 0;
    *mean = (double)pivot + sums->sum / (double)count;
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
