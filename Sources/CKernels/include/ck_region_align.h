#pragma once

#include <stddef.h>

// Regions of maps [H, W, C] averaged into bins (RoIAlign: He et al., arXiv:1703.06870, section 3). A bin is the mean of
// a grid of bilinear samples, and both the samples' weights and the rule at the border are products of one factor for
// each axis. So the sum over a bin's samples is a sum over rows of sums over columns, whatever the number of samples.

/// What a bin reads along one axis: `sum over k < count of weights[k] * cell[first + k]`. Without samples `count` is 0.
typedef struct {
    size_t first, count;
    const float *weights;
} ck_bin;

/// The `size` bins of a region along one axis of `length` cells.
///
/// In cells the region is `low = start * scale - 0.5` to `end * scale - 0.5` (the corner of a pixel is at a whole
/// number, the centre of a cell too). Each bin has `ceil((end - start) * scale / size)` samples in the middle of equal
/// parts; none where that is not positive. A sample before -1 or after `length` is 0, one before the first or after the
/// last cell is that cell. A region that is not finite gives weights that are NaN.
///
/// In single precision, with the order of torchvision's operations: a number of samples that is rounded up jumps.
///
/// `weights` has room for `size * length` floats; `bins` point into it.
void ck_region_bins(
    float start, float end, float scale, size_t length, size_t size, ck_bin *bins, float *weights);

/// Bins `[size, size, channels]` of one region of a map whose rows have `width` cells. `scratch`: `width * channels`
/// floats.
void ck_region_align(
    const float *map, size_t width, size_t channels, const ck_bin *rows, const ck_bin *columns, size_t size,
    float *scratch, float *output);

/// Adds the adjoint to the channels `first_channel ..< first_channel + channel_count` of a map's gradient, so that
/// callers can own disjoint channels. `scratch`: `width * channel_count` floats.
void ck_region_align_gradient(
    const float *upstream, size_t width, size_t channels, size_t first_channel, size_t channel_count,
    const ck_bin *rows, const ck_bin *columns, size_t size, float *scratch, float *map_gradient);
