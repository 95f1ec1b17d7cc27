#pragma once
#include <stddef.h>
#include <stdint.h>

// Loops over the pixels of images on their way to the network. Sums keep their order and products are rounded before
// they are added, so that every processor gives the same bits. Callers have checked all sizes.

/// Positions of one axis of a bilinear resize: output `i` blends the elements `lower[i]` and `upper[i]` of the source,
/// `1 - weight[i]` to `weight[i]`. Columns are counted in values, not pixels: `channels` times their number.
typedef struct {
    const int32_t *lower;
    const int32_t *upper;
    const float *weight;
} cpix_axis;

/// Values that the scratch row of a resize must have beyond `source_width * channels`.
#define CPIX_ROW_SLACK 4

/// Resizes `[source_height, source_width, channels]` bytes to `[height, width, channels]`, rounded to nearest.
void cpix_resize_bilinear(
    const uint8_t *source, size_t source_width, size_t channels, const cpix_axis *rows, const cpix_axis *columns,
    size_t height, size_t width, float *scratch, uint8_t *result);

/// Bits of the weights of a filter behind the point.
#define CPIX_FILTER_BITS 22

/// One axis of a resize by weighted sums: output `i` sums `counts[i]` elements of the source from `starts[i]` on, by
/// weights in units of `2^-CPIX_FILTER_BITS` that begin at `weights[i * stride]`.
typedef struct {
    const int32_t *starts;
    const int32_t *counts;
    const int32_t *weights;
    size_t stride;
} cpix_filter;

/// Resizes the rows of `[height, source_width, channels]` bytes to `width` pixels, rounded.
void cpix_filter_columns(
    const uint8_t *source, size_t source_width, size_t channels, const cpix_filter *columns, size_t height,
    size_t width, uint8_t *result);
/// Resizes rows of `length` bytes to `height` rows, rounded; `sums` has `length` numbers.
void cpix_filter_rows(
    const uint8_t *source, size_t length, const cpix_filter *rows, size_t height, int32_t *sums, uint8_t *result);

/// Each byte becomes its entry of the table, in place.
void cpix_map_bytes(uint8_t *bytes, size_t count, const uint8_t table[256]);
/// Changes saturation and hue of `count` RGB pixels in place, by way of OpenCV's HSV of 8 bits: hues of 0 to 179,
/// saturations of 0 to 255.
///
/// `turn` is added to the hue and lies in `0..<180`; the divisors are `255 * 4096 / i` and `30 * 4096 / i`, rounded, 0
/// at 0.
void cpix_change_hsv_bytes(
    uint8_t *pixels, size_t count, const uint8_t saturations[256], int32_t turn,
    const int32_t saturation_divisors[256], const int32_t hue_divisors[256]);

/// Bytes 0...255 to values 0...1.
void cpix_colors(const uint8_t *bytes, size_t count, float *colors);

/// Channels of `count` interleaved pixels apart, and together again.
void cpix_split(const float *pixels, size_t count, float *red, float *green, float *blue);
void cpix_join(const float *red, const float *green, const float *blue, size_t count, float *pixels);

/// `clamp(x * factor + offset)` to `0...1`, in place.
void cpix_scale(float *values, size_t count, float factor, float offset);
/// Multiplies the saturation `S = (max - min) / max` and clamps it to `0...1`, in place.
void cpix_scale_saturation(float *red, float *green, float *blue, size_t count, float factor);
/// Adds `shift`, in sixths of a turn and in `0..<6`, to the hue, in place.
void cpix_turn_hue(float *red, float *green, float *blue, size_t count, float shift);

/// Mean and unbiased standard deviation of L, a and b.
typedef struct {
    double mean[3];
    double deviation[3];
} cpix_lab_statistics;
/// `(x - mean) * scale + target` of L, a and b.
typedef struct {
    double mean[3];
    double scale[3];
    double target[3];
} cpix_lab_change;

/// Ways to compute the three functions below on this processor, which give the same bits. Theirs is the fastest where
/// `slower` is 0, and so on.
int cpix_lab_levels(void);
/// Measures `count` RGB pixels, at least one, in CIELAB.
void cpix_measure_lab(const uint8_t *pixels, size_t count, int slower, cpix_lab_statistics *statistics);
/// Changes at least one RGB pixel in CIELAB, in place; what comes out is limited and cut to whole numbers.
void cpix_change_lab(uint8_t *pixels, size_t count, int slower, const cpix_lab_change *change);
/// RGB pixels, at least one, to L, a and b.
void cpix_lab(const uint8_t *pixels, size_t count, int slower, float *values);

/// Blurs `[height, width, channels]` bytes with 1, 4, 6, 4, 1 (sixteenths) along columns and rows, rounded half up;
/// edges are mirrored without repeating them. `scratch` holds `(width + 4) * channels` values.
void cpix_blur_bytes(
    const uint8_t *source, size_t height, size_t width, size_t channels, uint16_t *scratch, uint8_t *result);

/// Half a symmetric kernel: weights of the distances 0, 1, 2, ...
typedef struct {
    const float *weights;
    size_t count;
} cpix_kernel;

/// Blurs `[height, width, channels]` values along columns and rows; edges are mirrored without repeating them.
///
/// No kernel is empty or longer than its axis; `scratch` holds `width + 2 * (horizontal.count - 1)` pixels.
void cpix_blur(
    const float *source, size_t height, size_t width, size_t channels, cpix_kernel vertical, cpix_kernel horizontal,
    float *scratch, float *result);

/// `(x - mean) / deviation` by channel, of `count` RGB pixels.
void cpix_normalize_bytes(
    const uint8_t *pixels, size_t count, const float mean[3], const float deviation[3], float *result);
/// `x * scale - offset` by channel, of `count` RGB pixels.
void cpix_normalize_colors(
    const float *pixels, size_t count, const float scale[3], const float offset[3], float *result);
