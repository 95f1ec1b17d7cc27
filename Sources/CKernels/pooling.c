#include "ck_pooling.h"
#include "ck_platform.h"

#include <string.h>

// MARK: maximum

/// Takes over `candidate[c]` where it beats `best[c]` or is NaN.
CK_INLINE void keep_larger(
    const float *candidate, uint16_t tap, size_t channels, float *restrict best, uint16_t *restrict winners) {
    for (size_t c = 0; c < channels; c++) {
        const int wins = candidate[c] > best[c] || candidate[c] != candidate[c];
        best[c] = wins ? candidate[c] : best[c];
        winners[c] = wins ? tap : winners[c];
    }
}

CK_CLONES void ck_max_pool(
    const float *input, const ck_sliding *sliding, size_t first_row, size_t row_count,
    float *output, uint16_t *winners) {
    const ck_sliding s = *sliding;
    const ck_window w = s.window;
    for (size_t row = first_row; row < first_row + row_count; row++) {
        const float *map = input + row / s.out_h * s.in_h * s.in_w * s.channels;
        const ptrdiff_t y0 = (ptrdiff_t)(row % s.out_h * w.stride_h) - (ptrdiff_t)w.padding_h;
        for (size_t x = 0; x < s.out_w; x++) {
            const ptrdiff_t x0 = (ptrdiff_t)(x * w.stride_w) - (ptrdiff_t)w.padding_w;
            const size_t pixel = (row * s.out_w + x) * s.channels;
            float *best = output + pixel;
            for (size_t c = 0; c < s.channels; c++) best[c] = -__builtin_inff();
            memset(winners + pixel, 0, s.channels * sizeof(uint16_t));
            int first = 1;
            for (size_t tap = 0; tap < w.kernel_h * w.kernel_w; tap++) {
                const ptrdiff_t in_y = y0 + (ptrdiff_t)(tap / w.kernel_w * w.dilation_h);
                const ptrdiff_t in_x = x0 + (ptrdiff_t)(tap % w.kernel_w * w.dilation_w);
                if (in_y < 0 || in_y >= (ptrdiff_t)s.in_h || in_x < 0 || in_x >= (ptrdiff_t)s.in_w) continue;
                const float *candidate = map + ((size_t)in_y * s.in_w + (size_t)in_x) * s.channels;
                if (first) {
                    // Also a map of minus infinities has a winner inside the map.
                    memcpy(best, candidate, s.channels * sizeof(float));
                    for (size_t c = 0; c < s.channels; c++) winners[pixel + c] = (uint16_t)tap;
                    first = 0;
                } else {
                    keep_larger(candidate, (uint16_t)tap, s.channels, best, winners + pixel);
                }
            }
        }
    }
}

/// Whether tap `t` of some output position reads input position `in`; then `*out` is that position.
CK_INLINE int output_of(
    size_t in, size_t tap, size_t stride, size_t padding, size_t dilation, size_t out_size, size_t *out) {
    if (in + padding < tap * dilation) return 0;
    const size_t shifted = in + padding - tap * dilation;
    *out = shifted / stride;
    return shifted % stride == 0 && *out < out_size;
}

CK_CLONES void ck_max_pool_gradient(
    const float *upstream, const uint16_t *winners, const ck_sliding *sliding, size_t first_row, size_t row_count,
    float *input_gradient) {
    const ck_sliding s = *sliding;
    const ck_window w = s.window;
    for (size_t row = first_row; row < first_row + row_count; row++) {
        const size_t image = row / s.in_h * s.out_h * s.out_w * s.channels;
        for (size_t x = 0; x < s.in_w; x++) {
            float *restrict to = input_gradient + (row * s.in_w + x) * s.channels;
            memset(to, 0, s.channels * sizeof(float));
            for (size_t tap = 0; tap < w.kernel_h * w.kernel_w; tap++) {
                size_t out_y, out_x;
                const size_t i = tap / w.kernel_w, j = tap % w.kernel_w;
                if (!output_of(row % s.in_h, i, w.stride_h, w.padding_h, w.dilation_h, s.out_h, &out_y)) continue;
                if (!output_of(x, j, w.stride_w, w.padding_w, w.dilation_w, s.out_w, &out_x)) continue;
                const size_t from = image + (out_y * s.out_w + out_x) * s.channels;
                for (size_t c = 0; c < s.channels; c++) {
                    to[c] += winners[from + c] == tap ? upstream[from + c] : 0;
                }
            }
        }
    }
}

// MARK: average

/// One over what the sum over a window is divided by.
CK_INLINE float share(const ck_averaging *a, ck_span y, ck_span x) {
    const float pixels = (float)((y.end - y.begin) * (x.end - x.begin));
    return 1 / (a->divisor != 0 ? a->divisor : pixels);
}

CK_CLONES void ck_average_pool(
    const float *input, const ck_averaging *averaging, size_t first_row, size_t row_count, float *output) {
    const ck_averaging a = *averaging;
    for (size_t row = first_row; row < first_row + row_count; row++) {
        const float *map = input + row / a.out_h * a.in_h * a.in_w * a.channels;
        const ck_span y = a.rows[row % a.out_h];
        for (size_t out_x = 0; out_x < a.out_w; out_x++) {
            const ck_span x = a.columns[out_x];
            float *restrict to = output + (row * a.out_w + out_x) * a.channels;
            memset(to, 0, a.channels * sizeof(float));
            for (size_t in_y = y.begin; in_y < y.end; in_y++) {
                for (size_t in_x = x.begin; in_x < x.end; in_x++) {
                    const float *from = map + (in_y * a.in_w + in_x) * a.channels;
                    for (size_t c = 0; c < a.channels; c++) to[c] += from[c];
                }
            }
            const float factor = share(&a, y, x);
            for (size_t c = 0; c < a.channels; c++) to[c] *= factor;
        }
    }
}

CK_CLONES void ck_average_pool_gradient(
    const float *upstream, const ck_averaging *averaging, size_t first_row, size_t row_count, float *input_gradient) {
    const ck_averaging a = *averaging;
    for (size_t row = first_row; row < first_row + row_count; row++) {
        const float *map = upstream + row / a.in_h * a.out_h * a.out_w * a.channels;
        const size_t in_y = row % a.in_h;
        float *gradient = input_gradient + row * a.in_w * a.channels;
        memset(gradient, 0, a.in_w * a.channels * sizeof(float));
        for (size_t out_y = 0; out_y < a.out_h; out_y++) {
            const ck_span y = a.rows[out_y];
            if (in_y < y.begin || in_y >= y.end) continue;
            for (size_t out_x = 0; out_x < a.out_w; out_x++) {
                const ck_span x = a.columns[out_x];
                const float *from = map + (out_y * a.out_w + out_x) * a.channels;
                const float factor = share(&a, y, x);
                for (size_t in_x = x.begin; in_x < x.end; in_x++) {
                    float *restrict to = gradient + in_x * a.channels;
                    for (size_t c = 0; c < a.channels; c++) to[c] += factor * from[c];
                }
            }
        }
    }
}
