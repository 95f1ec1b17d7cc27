#pragma once

#include <stddef.h>
#include <stdint.h>

// Multi-scale deformable attention (Zhu et al., arXiv:2010.04159, equation 3) of one head: each query sums bilinear
// samples of the head's values at places of its own. Values are `[cells, head_size]`, the cells of all maps one map
// after another.

enum { CK_SAMPLE_LANES = 16 };

/// The samples of a query: which map each reads. All arrays have `samples` elements, and after those further maps that
/// are there, up to a multiple of `CK_SAMPLE_LANES`: whole vectors are worked out.
typedef struct {
    size_t samples;
    size_t head_size;
    const int32_t *heights, *widths;  ///< of the sample's map, in cells
    const int32_t *starts;            ///< first cell of the sample's map
} ck_sample_plan;

/// Some queries of one head. A row is what one query has; strides are in floats.
typedef struct {
    size_t count;
    const float *references;           ///< `[count, 2]`, x and y in 0...1 of every map's extent
    const float *offsets;              ///< rows of `samples` pairs x, y in cells
    size_t offset_stride;
    const float *weights;              ///< rows of `samples`
    size_t weight_stride;
} ck_sample_queries;

/// `output[q] = sum over samples of weight * value at the sample`, rows of `head_size` with a stride.
void ck_deformable_attention(
    const ck_sample_plan *plan, const float *values, const ck_sample_queries *queries, float *output,
    size_t output_stride);

/// Adds to the gradient of the values, `[cells, head_size]`; writes those of offsets and weights, in their strides.
void ck_deformable_attention_gradient(
    const ck_sample_plan *plan, const float *values, const ck_sample_queries *queries, const float *upstream,
    size_t upstream_stride, float *value_gradient, float *offset_gradient, float *weight_gradient);
