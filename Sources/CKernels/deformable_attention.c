#include "ck_deformable_attention.h"

#include <string.h>

#include "ck_bilinear.h"
#include "ck_rows.h"

/// Samples whose cells and shares are worked out at a time.
enum { CHUNK = 4 * CK_SAMPLE_LANES };

/// Cells and shares of a run of samples: of the corners top left, top right, bottom left, bottom right.
typedef struct __attribute__((aligned(64))) {
    int32_t cells[4][CHUNK];
    float shares[4][CHUNK];
    float x_slopes[4][CHUNK], y_slopes[4][CHUNK];
} ck_corners;

/// Whole vectors: what follows the last sample is worked out as well, and not used.
///
/// - offsets: of whole vectors too.
/// - slopes: whether the derivatives are wanted too.
CK_INLINE void find_corners(
    const ck_sample_plan *plan, size_t first, size_t whole, float x, float y, const float *offsets, int slopes,
    ck_corners *restrict to) {
    const int32_t *widths = plan->widths + first, *heights = plan->heights + first, *starts = plan->starts + first;
    for (size_t i = 0; i < whole; i++) {
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

/// Works out a run of samples of query `q`.
CK_INLINE void find_query_corners(
    const ck_sample_plan *plan, const ck_sample_queries *queries, size_t q, size_t first, size_t count, int slopes,
    ck_corners *to) {
    const float *reference = queries->references + 2 * q;
    const float *offsets = queries->offsets + q * queries->offset_stride + 2 * first;
    const size_t whole = (count + CK_SAMPLE_LANES - 1) / CK_SAMPLE_LANES * CK_SAMPLE_LANES;
    float copies[2 * CHUNK];
    // The last row has nothing after it that could be read along with it.
    if (q + 1 == queries->count || 2 * whole > queries->offset_stride) {
        memset(copies, 0, sizeof copies);
        memcpy(copies, offsets, 2 * count * sizeof(float));
        offsets = copies;
    }
    find_corners(plan, first, whole, reference[0], reference[1], offsets, slopes, to);
}

/// Asks for what queries further on have of an array: rows of one head lie far apart, which the hardware does not see.
CK_INLINE void fetch_ahead(const float *rows, size_t stride, size_t q, size_t count, size_t length) {
    const size_t ahead = q + 8;
    if (ahead >= count) return;
    for (size_t i = 0; i < length; i += 16) __builtin_prefetch(rows + ahead * stride + i);
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
    for (; c + 16 <= size; c += 16) {
        ck_float16 sum = CK_LOAD16(output + c);
        for (size_t i = 0; i < count; i++) {
            for (int corner = 0; corner < 4; corner++) {
                const float share = weights[i] * at->shares[corner][i];
                sum += share * CK_LOAD16(values + (size_t)at->cells[corner][i] * size + c);
            }
        }
        CK_STORE16(output + c, sum);
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
        const float *weights = queries->weights + q * queries->weight_stride;
        float *to = output + q * output_stride;
        fetch_ahead(queries->offsets, queries->offset_stride, q, queries->count, 2 * plan->samples);
        fetch_ahead(queries->weights, queries->weight_stride, q, queries->count, plan->samples);
        memset(to, 0, size * sizeof(float));
        for (size_t first = 0; first < plan->samples; first += CHUNK) {
            const size_t rest = plan->samples - first, count = rest < CHUNK ? rest : CHUNK;
            find_query_corners(plan, queries, q, first, count, 0, &at);
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

/// What the corners of one sample get of its gradient; `products` are those of their values and the upstream gradient.
CK_INLINE void add_corners(
    const float *values, const size_t *corners, const float *upstream, const float *shares, size_t size,
    float *gradient, float *restrict products) {
#pragma clang fp contract(fast)
    ck_float16 lanes[4] = {{0}, {0}, {0}, {0}};
    size_t c = 0;
    for (; c + 16 <= size; c += 16) {
        const ck_float16 g = CK_LOAD16(upstream + c);
        for (int corner = 0; corner < 4; corner++) {
            lanes[corner] += g * CK_LOAD16(values + corners[corner] + c);
            float *to = gradient + corners[corner] + c;
            CK_STORE16(to, CK_LOAD16(to) + shares[corner] * g);
        }
    }
    const ck_float16 sums = CK_LANE_SUMS(lanes[0], lanes[1], lanes[2], lanes[3]);
    for (int corner = 0; corner < 4; corner++) products[corner] = sums[4 * corner];
    for (; c < size; c++) {
        for (int corner = 0; corner < 4; corner++) {
            products[corner] += upstream[c] * values[corners[corner] + c];
            gradient[corners[corner] + c] += shares[corner] * upstream[c];
        }
    }
}

CK_INLINE void differentiate_samples(
    const float *values, size_t size, const ck_corners *at, const float *weights, size_t count, const float *upstream,
    float *value_gradient, float *restrict offset_gradient, float *restrict weight_gradient) {
#pragma clang fp contract(fast)
    float products[CHUNK][4];
    for (size_t i = 0; i < count; i++) {
        size_t corners[4];
        float shares[4];
        for (int corner = 0; corner < 4; corner++) {
            corners[corner] = (size_t)at->cells[corner][i] * size;
            shares[corner] = weights[i] * at->shares[corner][i];
        }
        add_corners(values, corners, upstream, shares, size, value_gradient, products[i]);
    }
    for (size_t i = 0; i < count; i++) {
        float weight = 0, x = 0, y = 0;
        for (int corner = 0; corner < 4; corner++) {
            weight += products[i][corner] * at->shares[corner][i];
            x += products[i][corner] * at->x_slopes[corner][i];
            y += products[i][corner] * at->y_slopes[corner][i];
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
        const float *weights = queries->weights + q * queries->weight_stride;
        fetch_ahead(queries->offsets, queries->offset_stride, q, queries->count, 2 * plan->samples);
        fetch_ahead(queries->weights, queries->weight_stride, q, queries->count, plan->samples);
        fetch_ahead(upstream, upstream_stride, q, queries->count, size);
        for (size_t first = 0; first < plan->samples; first += CHUNK) {
            const size_t rest = plan->samples - first, count = rest < CHUNK ? rest : CHUNK;
            find_query_corners(plan, queries, q, first, count, 1, &at);
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
