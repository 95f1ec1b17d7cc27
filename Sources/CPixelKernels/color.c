#include "cpix_platform.h"

CPIX_INLINE float smaller(float a, float b) { return b < a ? b : a; }
CPIX_INLINE float larger(float a, float b) { return b >= a ? b : a; }
CPIX_INLINE float clamped(float value) { return smaller(1, larger(0, value)); }

/// Keeps saturation finite at black, as kornia's `rgb_to_hsv` does.
static const float saturation_guard = 1e-6f;

CPIX_CLONES void cpix_colors(const uint8_t *restrict bytes, size_t count, float *restrict colors) {
    for (size_t i = 0; i < count; i++) colors[i] = (float)bytes[i] / 255;
}

CPIX_CLONES void cpix_split(
    const float *restrict pixels, size_t count, float *restrict red, float *restrict green, float *restrict blue) {
    for (size_t i = 0; i < count; i++) {
        red[i] = pixels[3 * i];
        green[i] = pixels[3 * i + 1];
        blue[i] = pixels[3 * i + 2];
    }
}

CPIX_CLONES void cpix_join(
    const float *restrict red, const float *restrict green, const float *restrict blue, size_t count,
    float *restrict pixels) {
    for (size_t i = 0; i < count; i++) {
        pixels[3 * i] = red[i];
        pixels[3 * i + 1] = green[i];
        pixels[3 * i + 2] = blue[i];
    }
}

CPIX_CLONES void cpix_scale(float *values, size_t count, float factor, float offset) {
    for (size_t i = 0; i < count; i++) values[i] = clamped(values[i] * factor + offset);
}

/// In HSV a channel is `V - V * S * w`, with `w` a function of the hue alone, so that its distance from the largest
/// channel scales with S and the hue need not be found.
CPIX_CLONES void cpix_scale_saturation(
    float *restrict red, float *restrict green, float *restrict blue, size_t count, float factor) {
    for (size_t i = 0; i < count; i++) {
        float r = red[i], g = green[i], b = blue[i];
        float value = larger(r, larger(g, b));
        float chroma = value - smaller(r, smaller(g, b));
        float guarded = value + saturation_guard;
        // The guard of the saturation also shrinks the way back from HSV by value / guarded.
        float largest = guarded / (chroma > 0 ? chroma : guarded);
        float share = smaller(factor, largest) * value / guarded;
        red[i] = value - (value - r) * share;
        green[i] = value - (value - g) * share;
        blue[i] = value - (value - b) * share;
    }
}

CPIX_INLINE float hue_weight(float position) {
    float k = position >= 6 ? position - 6 : position;
    return larger(0, smaller(1, smaller(k, 4 - k)));
}

/// Back from HSV, a channel is `V - C * clamp(min(k, 4 - k), 0, 1)` with `k = (n + H) mod 6`, `H` in sixths of a turn,
/// and `n` = 5, 3, 1 for red, green, blue: the usual six cases in one expression without branches.
CPIX_CLONES void cpix_turn_hue(
    float *restrict red, float *restrict green, float *restrict blue, size_t count, float shift) {
    for (size_t i = 0; i < count; i++) {
        float r = red[i], g = green[i], b = blue[i];
        float value = larger(r, larger(g, b));
        float difference = value - smaller(r, smaller(g, b));
        float scale = 1 / (difference > 0 ? difference : 1);
        float others = g == value ? (b - r) * scale + 2 : (r - g) * scale + 4;
        float turned = (r == value ? (g - b) * scale : others) + shift;
        float positive = turned < 0 ? turned + 6 : turned;
        float hue = positive >= 6 ? positive - 6 : positive;
        float chroma = difference * value / (value + saturation_guard);
        red[i] = value - chroma * hue_weight(hue + 5);
        green[i] = value - chroma * hue_weight(hue + 3);
        blue[i] = value - chroma * hue_weight(hue + 1);
    }
}
