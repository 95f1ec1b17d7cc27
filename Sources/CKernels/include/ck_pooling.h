#pragma once

#include <stddef.h>
#include <stdint.h>

#include "ck_convolution.h"

/// Maximum over each window, for output rows `first_row ..< first_row + row_count` counted over the batch.
///
/// Positions outside the map take no part. `winners[o]` is the number of the tap that won (`i * kernel_w + j`), the
/// first one where several are equal; a NaN wins.
void ck_max_pool(
    const float *input, const ck_sliding *sliding, size_t first_row, size_t row_count,
    float *output, uint16_t *winners);

/// Gradient to the input, for input rows counted over the batch; every row is written once.
void ck_max_pool_gradient(
    const float *upstream, const uint16_t *winners, const ck_sliding *sliding, size_t first_row, size_t row_count,
    float *input_gradient);

/// The input positions `begin ..< end` that one output position averages, along one axis.
typedef struct {
    uint32_t begin, end;
} ck_span;

/// Average pooling with any windows: `rows` has `out_h` spans, `columns` `out_w`; both ends never decrease.
typedef struct {
    size_t in_h, in_w, out_h, out_w, channels;
    const ck_span *rows, *columns;
    float divisor;  ///< 0: divide by the number of pixels in the span, otherwise by this
} ck_averaging;

/// Averages for output rows `first_row ..< first_row + row_count`, counted over the batch.
void ck_average_pool(
    const float *input, const ck_averaging *averaging, size_t first_row, size_t row_count, float *output);

/// Gradient to the input, for input rows counted over the batch; every row is written once.
void ck_average_pool_gradient(
    const float *upstream, const ck_averaging *averaging, size_t first_row, size_t row_count, float *input_gradient);
