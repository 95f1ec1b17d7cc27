#include "ck_resize.h"
#include "ck_platform.h"

#include <string.h>

void ck_bilinear_samples(size_t in_size, size_t out_size, int align_corners, ck_sample *samples) {
    // Single precision throughout, as PyTorch computes coordinates for single-precision maps.
    const float scale = align_corners ? (out_size > 1 ? (float)(in_size - 1) / (float)(out_size - 1) : 0.0f)
                                      : (float)in_size / (float)out_size;
    for (size_t o = 0; o < out_size; o++) {
        float x = align_corners ? scale * (float)o : scale * ((float)o + 0.5f) - 0.5f;
        if (x < 0) x = 0;
        size_t low = (size_t)x;
        if (low > in_size - 1) low = in_size - 1;
        const size_t high = low + 1 < in_size ? low + 1 : low;
        float fraction = x - (float)low;
        if (fraction > 1) fraction = 1;
        samples[o] = (ck_sample){(uint32_t)low, (uint32_t)high, fraction};
    }
}

void ck_nearest_samples(size_t in_size, size_t out_size, ck_sample *samples) {
    const float scale = (float)in_size / (float)out_size;
    for (size_t o = 0; o < out_size; o++) {
        size_t low = (size_t)((float)o * scale);
        if (low > in_size - 1) low = in_size - 1;
        samples[o] = (ck_sample){(uint32_t)low, (uint32_t)low, 0};
    }
}

/// `to = (1 - fraction) * a + fraction * b`.
CK_INLINE void blend(const float *a, const float *b, float fraction, size_t count, float *restrict to) {
#pragma clang fp contract(fast)
    const float keep = 1 - fraction;
    for (size_t k = 0; k < count; k++) to[k] = keep * a[k] + fraction * b[k];
}

/// `to += weight * from`.
CK_INLINE void add_scaled(const float *from, float weight, size_t count, float *restrict to) {
#pragma clang fp contract(fast)
    for (size_t k = 0; k < count; k++) to[k] += weight * from[k];
}

CK_CLONES void ck_resize(
    const float *input, const ck_resizing *resizing, size_t first_row, size_t row_count, float *scratch,
    float *output) {
    const ck_resizing r = *resizing;
    const size_t in_row = r.in_w * r.channels, out_row = r.out_w * r.channels;
    for (size_t row = first_row; row < first_row + row_count; row++) {
        const float *map = input + row / r.out_h * r.in_h * in_row;
        const ck_sample y = r.rows[row % r.out_h];
        const float *blended = map + y.low * in_row;
        if (y.fraction != 0) {
            blend(map + y.low * in_row, map + y.high * in_row, y.fraction, in_row, scratch);
            blended = scratch;
        }
        float *to = output + row * out_row;
        for (size_t x = 0; x < r.out_w; x++, to += r.channels) {
            const ck_sample s = r.columns[x];
            const float *low = blended + s.low * r.channels;
            if (s.fraction == 0) {
                memcpy(to, low, r.channels * sizeof(float));
            } else {
                blend(low, blended + s.high * r.channels, s.fraction, r.channels, to);
            }
        }
    }
}

/// The weight with which a sample reads input position `in`.
CK_INLINE float weight_on(ck_sample s, size_t in) {
    return (s.low == in ? 1 - s.fraction : 0) + (s.high == in ? s.fraction : 0);
}

/// Sum over output rows `y` of `weight(y on in_y) * upstream[y]`, over all columns and channels.
///
/// The samples are sorted, so the rows that read `in_y` are neighbours; the first is found by bisection.
CK_INLINE void gather_rows(const float *upstream, const ck_resizing *r, size_t in_y, float *sums) {
    const size_t out_row = r->out_w * r->channels;
    memset(sums, 0, out_row * sizeof(float));
    size_t begin = 0, end = r->out_h;
    while (begin < end) {
        const size_t middle = begin + (end - begin) / 2;
        if (r->rows[middle].high < in_y) begin = middle + 1; else end = middle;
    }
    for (size_t y = begin; y < r->out_h && r->rows[y].low <= in_y; y++) {
        const float weight = weight_on(r->rows[y], in_y);
        if (weight != 0) add_scaled(upstream + y * out_row, weight, out_row, sums);
    }
}

/// One row of `out_w` pixels given back to the `in_w` pixels it was read from.
CK_INLINE void adjoint_columns(const float *from, const ck_resizing *r, float *to) {
    memset(to, 0, r->in_w * r->channels * sizeof(float));
    for (size_t x = 0; x < r->out_w; x++, from += r->channels) {
        const ck_sample s = r->columns[x];
        add_scaled(from, 1 - s.fraction, r->channels, to + s.low * r->channels);
        if (s.fraction != 0) add_scaled(from, s.fraction, r->channels, to + s.high * r->channels);
    }
}

CK_CLONES void ck_resize_gradient(
    const float *upstream, const ck_resizing *resizing, size_t first_row, size_t row_count, float *scratch,
    float *input_gradient) {
    const ck_resizing r = *resizing;
    const size_t in_row = r.in_w * r.channels, out_map = r.out_h * r.out_w * r.channels;
    for (size_t row = first_row; row < first_row + row_count; row++) {
        gather_rows(upstream + row / r.in_h * out_map, &r, row % r.in_h, scratch);
        adjoint_columns(scratch, &r, input_gradient + row * in_row);
    }
}

CK_CLONES void ck_resize_add_row_adjoint(
    const float *upstream_row, const ck_resizing *resizing, size_t out_y, size_t first_in_row, float *scratch,
    float *band) {
    const size_t in_row = resizing->in_w * resizing->channels;
    const ck_sample y = resizing->rows[out_y];
    adjoint_columns(upstream_row, resizing, scratch);
    add_scaled(scratch, 1 - y.fraction, in_row, band + (y.low - first_in_row) * in_row);
    if (y.fraction != 0) add_scaled(scratch, y.fraction, in_row, band + (y.high - first_in_row) * in_row);
}
