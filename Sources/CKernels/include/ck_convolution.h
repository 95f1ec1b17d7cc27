#pragma once

#include <stddef.h>

// Axis legend: H, W height and width of a map, C channels, O output channels, T taps of a window (kernel_h * kernel_w).
// Maps are [H, W, C], contiguous; a batch of them is [B, H, W, C]. Gradients carry the name of what they are of.

/// A window that slides over a map; height before width, all in pixels.
typedef struct {
    size_t kernel_h, kernel_w;
    size_t stride_h, stride_w;
    size_t padding_h, padding_w;
    size_t dilation_h, dilation_w;
} ck_window;

/// A window, the maps it reads and the maps it makes.
typedef struct {
    size_t in_h, in_w;
    size_t out_h, out_w;
    size_t channels;  ///< of the map that is read
    ck_window window;
} ck_sliding;

// MARK: dense convolution, around the matrix products

/// Copies `channels` of every pixel of `row_count` rows into a buffer with a border of zeros,
/// `[row_count, padded_w, channels]`. Rows outside the map (also negative ones) become zeros.
///
/// `map` points at the first channel wanted; consecutive pixels are `pixel_stride` floats apart.
void ck_pad_rows(
    const float *map, size_t height, size_t width, size_t pixel_stride, size_t channels,
    ptrdiff_t first_row, size_t row_count, size_t padding_left, size_t padded_w, float *padded);

/// The inverse for results: keeps the first `width` pixels of each row of `[row_count, padded_w, channels]`, adds
/// `bias` (`[channels]`, may be null) and stores pixels `pixel_stride` floats apart.
void ck_unpad_rows(
    const float *padded, size_t row_count, size_t padded_w, size_t width, size_t channels, const float *bias,
    float *map, size_t pixel_stride);

/// The patches under the window at output pixels `first_pixel ..< first_pixel + pixel_count` (row order) of one map,
/// one patch a row: `columns` is `[pixel_count, T, channel_count]`. Taps outside the map are zeros.
///
/// Only channels `first_channel ..< first_channel + channel_count` are read.
void ck_image_to_columns(
    const float *map, const ck_sliding *sliding, size_t first_channel, size_t channel_count,
    size_t first_pixel, size_t pixel_count, float *columns);

/// Adjoint of `ck_image_to_columns`: adds the columns of whole output rows `first_out_row ..< + out_row_count` into the
/// rows `first_in_row ..< + in_row_count` of `map`. What falls on other rows of the map is left out, so that callers
/// can own disjoint rows. The caller zeroes `map`.
void ck_columns_to_image(
    const float *columns, const ck_sliding *sliding, size_t first_channel, size_t channel_count,
    size_t first_out_row, size_t out_row_count, size_t first_in_row, size_t in_row_count, float *map);

/// `rows[r, c] = bias[c] + rows[r, c]`, rows `row_stride` floats apart.
void ck_add_bias(float *rows, size_t row_count, size_t row_stride, size_t channels, const float *bias);

// MARK: depthwise convolution with stride 1; weights are [T, C]

/// Channels that are packed at a time, and the longest side of a window.
enum { CK_DENSE_CHUNK = 64, CK_DENSE_KERNEL = 16 };

/// Floats that the two calls below want as `scratch`.
size_t ck_depthwise_dense_scratch(const ck_sliding *sliding);

/// As `ck_depthwise`, for stride 1 and windows of at most CK_DENSE_KERNEL rows; the last tap first where `reversed`.
void ck_depthwise_dense(
    const float *input, const float *weight, int reversed, const float *bias, const ck_sliding *sliding,
    size_t first_row, size_t row_count, float *scratch, float *output);

/// As `ck_depthwise_weight_gradient`, for the same windows.
void ck_depthwise_dense_weight_gradient(
    const float *input, const float *upstream, const ck_sliding *sliding,
    size_t first_row, size_t row_count, float *scratch, float *weight_gradient, float *bias_gradient);

// MARK: depthwise convolution with any stride


/// `output[y, x, c] = bias[c] + sum over taps t of input[tap(y, x, t), c] * weight[t, c]` for the output rows
/// `first_row ..< first_row + row_count`, counted over the whole batch (`image * out_h + y`). `bias` may be null.
void ck_depthwise(
    const float *input, const float *weight, const float *bias, const ck_sliding *sliding,
    size_t first_row, size_t row_count, float *output);

/// Gradient to the input, for input rows `first_row ..< first_row + row_count` counted over the batch
/// (`image * in_h + y`); every row is written once.
void ck_depthwise_input_gradient(
    const float *upstream, const float *weight, const ck_sliding *sliding,
    size_t first_row, size_t row_count, float *input_gradient);

/// Adds to `weight_gradient` (`[T, C]`) and `bias_gradient` (`[C]`, may be null) what the given output rows contribute.
void ck_depthwise_weight_gradient(
    const float *input, const float *upstream, const ck_sliding *sliding,
    size_t first_row, size_t row_count, float *weight_gradient, float *bias_gradient);
