#include "ck_deformable_attention.h"

#include <string.h>

#include "ck_bilinear.h"
#include "ck_rows.h"

/// Samples whose cells and shares are worked out at a time, many in one vector.
enum { CHUNK = 64 };

/// Cells and shares of a run of samples: of the corners top left, top right, bottom left, bottom right.
typedef struct {
    int32_t cells[4][CHUNK];
    float shares[4][CHUNK];
    float x_slopes[4][CHUNK], y_slopes[4][CHUNK];
} ck_corners;

/// - slopes: whether the derivatives are wanted too.
CK_INLINE void find_corners(
    const ck_sample_plan *plan, size_t first, size_t count, float x, float y, const float *offsets, int slopes,
    ck_corners *restrict to) {
    const int32_t *widths = plan->widths + first, *heights = plan->heights + first, *starts = plan->starts + first;
    for (size_t i = 0; i < count; i++) {
        const ck_axis_sample column = ck_sample_axis(x * (float)widths[i] - 0.5f + offsets[2 * i], widths[i]);
        const ck_axis_sample row = ck_sample_axis(y * (float)heights[i] - 0.5f + offsets[2 * i + 1], heights[i]);
        for (int corner = 0; corner < 4; corner++) {
            const int right = corner & 1, bottom = corner >> 1;
            to->cells[corner][i] = starts[i] + row.cells[bottom] * widths[i] + column.cells[right];
            to->shares[corner][i] = row.shares[bottom] * column.shares[right];
            if (!slopes) continue;
            to->x_slopes[corner][i] = row.shares[bottom] * column.slopes[right];
            to->y_slopes[corner][i] = row.slopes[bottom] * column.shares[right];
        }
    }
}

// MARK: values

/// `output += sum of weights * values at the corners`
CK_INLINE void add_samples(
    const float *values, size_t size, const ck_corners *at, const float *weights, size_t count,
    float *restrict output) {
#pragma clang fp contract(fast)
    size_t c = 0;
    for (; c + 32 <= size; c += 32) {
        ck_float16 left = CK_LOAD16(output + c), right = CK_LOAD16(output + c + 16);
        for (size_t i = 0; i < count; i++) {
            for (int corner = 0; corner < 4; corner++) {
                const float share = weights[i] * at->shares[corner][i];
                const float *from = values + (size_t)at->cells[corner][i] * size + c;
                left += share * CK_LOAD16(from);
                right += share * CK_LOAD16(from + 16);
            }
        }
        CK_STORE16(output + c, left);
        CK_STORE16(output + c + 16, right);
    }
    if (c == size) return;
    for (size_t i = 0; i < count; i++) {
        for (int corner = 0; corner < 4; corner++) {
            const float share = weights[i] * at->shares[corner][i];
            const float *from = values + (size_t)at->cells[corner][i] * size;
            for (size_t k = c; k < size; k++) output[k] += share * from[k];
        }
    }
}

CK_INLINE void attend(
    const ck_sample_plan *plan, size_t size, const float *values, const ck_sample_queries *queries, float *output,
    size_t output_stride) {
    ck_corners at;
    for (size_t q = 0; q < queries->count; q++) {
        const float *reference = queries->references + 2 * q, *offsets = queries->offsets + q * queries->offset_stride;
        const float *weights = queries->weights + q * queries->weight_stride;
        float *to = output + q * output_stride;
        memset(to, 0, size * sizeof(float));
        for (size_t first = 0; first < plan->samples; first += CHUNK) {
            const size_t rest = plan->samples - first, count = rest < CHUNK ? rest : CHUNK;
            find_corners(plan, first, count, reference[0], reference[1], offsets + 2 * first, 0, &at);
            add_samples(values, size, &at, weights + first, count, to);
        }
    }
}

CK_CLONES void ck_deformable_attention(
    const ck_sample_plan *plan, const float *values, const ck_sample_queries *queries, float *output,
    size_t output_stride) {
    if (plan->head_size == 32) {
        attend(plan, 32, values, queries, output, output_stride);
    } else {
        attend(plan, plan->head_size, values, queries, output, output_stride);
    }
}

// MARK: gradients

/// What one corner gets of a sample's gradient; the product of its value and the upstream gradient comes back.
CK_INLINE float add_corner(
    const float *restrict value, const float *restrict upstream, float share, size_t size, float *restrict gradient) {
#pragma clang fp contract(fast)
    ck_float16 lanes = {0};
    size_t c = 0;
    for (; c + 16 <= size; c += 16) {
        const ck_float16 g = CK_LOAD16(upstream + c);
        lanes += g * CK_LOAD16(value + c);
        CK_STORE16(gradient + c, CK_LOAD16(gradient + c) + share * g);
    }
    float product = size >= 16 ? CK_LANE_SUM(lanes) : 0;
    for (; c < size; c++) {
        product += upstream[c] * value[c];
        gradient[c] += share * upstream[c];
    }
    return product;
}

CK_INLINE void differentiate_samples(
    const float *values, size_t size, const ck_corners *at, const float *weights, size_t count, const float *upstream,
    float *restrict value_gradient, float *restrict offset_gradient, float *restrict weight_gradient) {
#pragma clang fp contract(fast)
    float products[4][CHUNK];
    for (size_t i = 0; i < count; i++) {
        for (int corner = 0; corner < 4; corner++) {
            const size_t cell = (size_t)at->cells[corner][i] * size;
            products[corner][i] = add_corner(
                values + cell, upstream, weights[i] * at->shares[corner][i], size, value_gradient + cell);
        }
    }
    for (size_t i = 0; i < count; i++) {
        float weight = 0, x = 0, y = 0;
        for (int corner = 0; corner < 4; corner++) {
            weight += products[corner][i] * at->shares[corner][i];
            x += products[corner][i] * at->x_slopes[corner][i];
            y += products[corner][i] * at->y_slopes[corner][i];
        }
        weight_gradient[i] = weight;
        offset_gradient[2 * i] = weights[i] * x;
        offset_gradient[2 * i + 1] = weights[i] * y;
    }
}

CK_INLINE void differentiate(
    const ck_sample_plan *plan, size_t size, const float *values, const ck_sample_queries *queries,
    const float *upstream, size_t upstream_stride, float *value_gradient, float *offset_gradient,
    float *weight_gradient) {
    ck_corners at;
    for (size_t q = 0; q < queries->count; q++) {
        const float *reference = queries->references + 2 * q, *offsets = queries->offsets + q * queries->offset_stride;
        const float *weights = queries->weights + q * queries->weight_stride;
        for (size_t first = 0; first < plan->samples; first += CHUNK) {
            const size_t rest = plan->samples - first, count = rest < CHUNK ? rest : CHUNK;
            find_corners(plan, first, count, reference[0], reference[1], offsets + 2 * first, 1, &at);
            differentiate_samples(
                values, size, &at, weights + first, count, upstream + q * upstream_stride, value_gradient,
                offset_gradient + q * queries->offset_stride + 2 * first,
                weight_gradient + q * queries->weight_stride + first);
        }
    }
}

CK_CLONES void ck_deformable_attention_gradient(
    const ck_sample_plan *plan, const float *values, const ck_sample_queries *queries, const float *upstream,
    size_t upstream_stride, float *value_gradient, float *offset_gradient, float *weight_gradient) {
    if (plan->head_size == 32) {
        differentiate(
            plan, 32, values, queries, upstream, upstream_stride, value_gradient, offset_gradient, weight_gradient);
    } else {
        differentiate(
            plan, plan->head_size, values, queries, upstream, upstream_stride, value_gradient, offset_gradient,
            weight_gradient);
    }
}
