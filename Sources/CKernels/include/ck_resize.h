#pragma once

#include <stddef.h>
#include <stdint.h>

// Maps are [H, W, C], batches [B, H, W, C], contiguous.

/// How one output position of an axis reads the input: `(1 - fraction) * in[low] + fraction * in[high]`.
typedef struct {
    uint32_t low, high;
    float fraction;
} ck_sample;

/// Fills `samples[0 ..< out_size]` with PyTorch's bilinear coordinates.
///
/// `align_corners`: `x = out * (in_size - 1) / (out_size - 1)`; otherwise pixel centres,
/// `x = max(0, (out + 0.5) * in_size / out_size - 0.5)`. Then `low = floor(x)`, `high = min(low + 1, in_size - 1)`.
void ck_bilinear_samples(size_t in_size, size_t out_size, int align_corners, ck_sample *samples);

/// Fills `samples` with `low = high = min(floor(out * in_size / out_size), in_size - 1)` (PyTorch's `nearest`).
void ck_nearest_samples(size_t in_size, size_t out_size, ck_sample *samples);

/// A resize: the two axes' samples (`rows`: `out_h` of them, `columns`: `out_w`) and the sizes.
typedef struct {
    size_t in_h, in_w, out_h, out_w, channels;
    const ck_sample *rows, *columns;
} ck_resizing;

/// Output rows `first_row ..< first_row + row_count`, counted over the batch. `scratch`: `in_w * channels` floats.
void ck_resize(
    const float *input, const ck_resizing *resizing, size_t first_row, size_t row_count, float *scratch,
    float *output);

/// The exact adjoint, for input rows `first_row ..< first_row + row_count` counted over the batch; every row is written
/// once, in a fixed order of additions. `scratch`: `out_w * channels` floats.
void ck_resize_gradient(
    const float *upstream, const ck_resizing *resizing, size_t first_row, size_t row_count, float *scratch,
    float *input_gradient);

/// Adds the adjoint of one output row, `out_y` of its map, to input rows that begin at `first_in_row`: `band` is
/// `[…, in_w, channels]`. `scratch`: `in_w * channels` floats. For callers that make the upstream row by row.
void ck_resize_add_row_adjoint(
    const float *upstream_row, const ck_resizing *resizing, size_t out_y, size_t first_in_row, float *scratch,
    float *band);
