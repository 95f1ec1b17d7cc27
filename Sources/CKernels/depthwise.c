#include "ck_convolution.h"
#include "ck_platform.h"
#include "ck_vector.h"

#include <string.h>

// One pixel at a time: its valid taps form a grid (every `tap_step`-th tap, `step` pixels apart), so no border needs
// its own loop. Channels are walked in chunks so that the weights of a chunk, T * CHUNK floats, stay in the first-level
// cache while the pixels stream by.

enum { CHUNK = 256 };

/// The taps of one axis that meet the map at one position: `count` of them, tap `first` at pixel `position`, then every
/// `tap_step`-th tap, `step` pixels further each.
typedef struct {
    size_t first, count, tap_step;
    ptrdiff_t position, step;
} taps;

/// Pixels `out * stride - padding + t * dilation` of an axis with `size` pixels.
CK_INLINE taps forward_taps(size_t out, size_t kernel, size_t stride, size_t padding, size_t dilation, size_t size) {
    const ptrdiff_t base = (ptrdiff_t)(out * stride) - (ptrdiff_t)padding, d = (ptrdiff_t)dilation;
    const ptrdiff_t last = base + (ptrdiff_t)(kernel - 1) * d;
    size_t first = 0, end = kernel;
    if (base < 0) first = (size_t)((d - 1 - base) / d);
    if (last >= (ptrdiff_t)size) end = base >= (ptrdiff_t)size ? 0 : (size_t)(((ptrdiff_t)size - 1 - base) / d) + 1;
    const size_t count = end > first ? end - first : 0;
    return (taps){first, count, 1, base + (ptrdiff_t)first * d, d};
}

/// The output positions that read input pixel `in`: those `out` in `0 ..< size` for which some tap `t` has
/// `out * stride - padding + t * dilation == in`.
CK_INLINE taps adjoint_taps(size_t in, size_t kernel, size_t stride, size_t padding, size_t dilation, size_t size) {
    taps found = {0, 0, 1, 0, 0};
    for (size_t t = 0; t < kernel && t * dilation <= in + padding; t++) {
        const size_t shifted = in + padding - t * dilation;
        if (shifted % stride != 0 || shifted / stride >= size) continue;
        if (found.count == 0) {
            found.first = t;
            found.position = (ptrdiff_t)(shifted / stride);
        } else if (found.count == 1) {
            found.tap_step = t - found.first;
            found.step = (ptrdiff_t)(shifted / stride) - found.position;
        }
        found.count++;
    }
    return found;
}

/// Addresses of a tap grid over one chunk of channels, in floats.
typedef struct {
    const float *source, *weight;
    size_t rows, columns;
    ptrdiff_t source_row, source_column, weight_row, weight_column;
} tap_grid;

CK_INLINE tap_grid grid(
    const float *map, size_t width, size_t channels, const float *weight, size_t kernel_w, taps ys, taps xs) {
    const ptrdiff_t c = (ptrdiff_t)channels, row = (ptrdiff_t)width * c;
    return (tap_grid){
        .source = map + ys.position * row + xs.position * c,
        .weight = weight + (ys.first * kernel_w + xs.first) * channels,
        .rows = ys.count, .columns = xs.count,
        .source_row = ys.step * row, .source_column = xs.step * c,
        .weight_row = (ptrdiff_t)(ys.tap_step * kernel_w) * c, .weight_column = (ptrdiff_t)xs.tap_step * c,
    };
}

/// `output[c] = bias[c] + sum over the grid of source * weight`. Called with literal `rows` and `columns` for the usual
/// 3x3 window, which the compiler then unrolls.
CK_INLINE void weighted_sum(
    const tap_grid g, size_t rows, size_t columns, const float *bias, size_t channels, float *output) {
#pragma clang fp reassociate(on) contract(fast)
    size_t c = 0;
    for (; c + 64 <= channels; c += 64) {
        ck_float16 a0 = {0}, a1 = {0}, a2 = {0}, a3 = {0};
        if (bias) {
            a0 = CK_LOAD16(bias + c), a1 = CK_LOAD16(bias + c + 16);
            a2 = CK_LOAD16(bias + c + 32), a3 = CK_LOAD16(bias + c + 48);
        }
        for (size_t i = 0; i < rows; i++) {
            for (size_t j = 0; j < columns; j++) {
                const float *s = g.source + (ptrdiff_t)i * g.source_row + (ptrdiff_t)j * g.source_column + c;
                const float *w = g.weight + (ptrdiff_t)i * g.weight_row + (ptrdiff_t)j * g.weight_column + c;
                a0 += CK_LOAD16(s) * CK_LOAD16(w);
                a1 += CK_LOAD16(s + 16) * CK_LOAD16(w + 16);
                a2 += CK_LOAD16(s + 32) * CK_LOAD16(w + 32);
                a3 += CK_LOAD16(s + 48) * CK_LOAD16(w + 48);
            }
        }
        CK_STORE16(output + c, a0), CK_STORE16(output + c + 16, a1);
        CK_STORE16(output + c + 32, a2), CK_STORE16(output + c + 48, a3);
    }
    for (; c < channels; c++) {
        float sum = bias ? bias[c] : 0;
        for (size_t i = 0; i < rows; i++) {
            for (size_t j = 0; j < columns; j++) {
                sum += g.source[(ptrdiff_t)i * g.source_row + (ptrdiff_t)j * g.source_column + (ptrdiff_t)c]
                    * g.weight[(ptrdiff_t)i * g.weight_row + (ptrdiff_t)j * g.weight_column + (ptrdiff_t)c];
            }
        }
        output[c] = sum;
    }
}

CK_CLONES void ck_depthwise(
    const float *input, const float *weight, const float *bias, const ck_sliding *sliding,
    size_t first_row, size_t row_count, float *output) {
    const ck_sliding s = *sliding;
    const ck_window w = s.window;
    for (size_t chunk = 0; chunk < s.channels; chunk += CHUNK) {
        const size_t count = s.channels - chunk < CHUNK ? s.channels - chunk : CHUNK;
        for (size_t row = first_row; row < first_row + row_count; row++) {
            const float *map = input + row / s.out_h * s.in_h * s.in_w * s.channels + chunk;
            const taps ys = forward_taps(row % s.out_h, w.kernel_h, w.stride_h, w.padding_h, w.dilation_h, s.in_h);
            for (size_t x = 0; x < s.out_w; x++) {
                const taps xs = forward_taps(x, w.kernel_w, w.stride_w, w.padding_w, w.dilation_w, s.in_w);
                const tap_grid g = grid(map, s.in_w, s.channels, weight + chunk, w.kernel_w, ys, xs);
                float *to = output + (row * s.out_w + x) * s.channels + chunk;
                if (g.rows == 3 && g.columns == 3) {
                    weighted_sum(g, 3, 3, bias ? bias + chunk : NULL, count, to);
                } else {
                    weighted_sum(g, g.rows, g.columns, bias ? bias + chunk : NULL, count, to);
                }
            }
        }
    }
}

CK_CLONES void ck_depthwise_input_gradient(
    const float *upstream, const float *weight, const ck_sliding *sliding,
    size_t first_row, size_t row_count, float *input_gradient) {
    const ck_sliding s = *sliding;
    const ck_window w = s.window;
    for (size_t chunk = 0; chunk < s.channels; chunk += CHUNK) {
        const size_t count = s.channels - chunk < CHUNK ? s.channels - chunk : CHUNK;
        for (size_t row = first_row; row < first_row + row_count; row++) {
            const float *map = upstream + row / s.in_h * s.out_h * s.out_w * s.channels + chunk;
            const taps ys = adjoint_taps(row % s.in_h, w.kernel_h, w.stride_h, w.padding_h, w.dilation_h, s.out_h);
            for (size_t x = 0; x < s.in_w; x++) {
                const taps xs = adjoint_taps(x, w.kernel_w, w.stride_w, w.padding_w, w.dilation_w, s.out_w);
                const tap_grid g = grid(map, s.out_w, s.channels, weight + chunk, w.kernel_w, ys, xs);
                float *to = input_gradient + (row * s.in_w + x) * s.channels + chunk;
                if (g.rows == 3 && g.columns == 3) {
                    weighted_sum(g, 3, 3, NULL, count, to);
                } else {
                    weighted_sum(g, g.rows, g.columns, NULL, count, to);
                }
            }
        }
    }
}

/// `sums[c] += sum over k < pixels of source[k, c] * factor[k, c]`, pixels `source_step` and `factor_step` apart.
CK_INLINE void add_products(
    const float *source, size_t source_step, const float *factor, size_t factor_step, size_t pixels, size_t channels,
    float *restrict sums) {
#pragma clang fp reassociate(on) contract(fast)
    size_t c = 0;
    for (; c + 16 <= channels; c += 16) {
        ck_float16 sum = CK_LOAD16(sums + c);
        for (size_t k = 0; k < pixels; k++) {
            sum += CK_LOAD16(source + k * source_step + c) * CK_LOAD16(factor + k * factor_step + c);
        }
        CK_STORE16(sums + c, sum);
    }
    for (; c < channels; c++) {
        for (size_t k = 0; k < pixels; k++) sums[c] += source[k * source_step + c] * factor[k * factor_step + c];
    }
}

/// Pixels of an output row that are summed in registers before they reach the weight gradient.
enum { RUN = 4 };

/// What `pixels` neighbours of one output row add to the weight gradient of a chunk; their taps in the map are the grid
/// `ys`, `xs` of the first, moved on by the stride.
CK_INLINE void add_weight_gradient(
    const float *map, const float *factor, const ck_sliding *s, taps ys, taps xs, size_t pixels, size_t channels,
    float *weight_gradient) {
    for (size_t i = 0; i < ys.count; i++) {
        for (size_t j = 0; j < xs.count; j++) {
            const ptrdiff_t y = ys.position + (ptrdiff_t)i * ys.step, x = xs.position + (ptrdiff_t)j * xs.step;
            const float *source = map + (y * (ptrdiff_t)s->in_w + x) * (ptrdiff_t)s->channels;
            float *sums = weight_gradient + ((ys.first + i) * s->window.kernel_w + xs.first + j) * s->channels;
            const size_t step = s->window.stride_w * s->channels;
            if (pixels == RUN) {
                add_products(source, step, factor, s->channels, RUN, channels, sums);
            } else {
                add_products(source, step, factor, s->channels, 1, channels, sums);
            }
        }
    }
}

CK_CLONES void ck_depthwise_weight_gradient(
    const float *input, const float *upstream, const ck_sliding *sliding,
    size_t first_row, size_t row_count, float *weight_gradient, float *bias_gradient) {
    const ck_sliding s = *sliding;
    const ck_window w = s.window;
    for (size_t chunk = 0; chunk < s.channels; chunk += CHUNK) {
        const size_t count = s.channels - chunk < CHUNK ? s.channels - chunk : CHUNK;
        for (size_t row = first_row; row < first_row + row_count; row++) {
            const float *map = input + row / s.out_h * s.in_h * s.in_w * s.channels + chunk;
            const float *factors = upstream + row * s.out_w * s.channels + chunk;
            const taps ys = forward_taps(row % s.out_h, w.kernel_h, w.stride_h, w.padding_h, w.dilation_h, s.in_h);
            for (size_t x = 0; x < s.out_w;) {
                const taps xs = forward_taps(x, w.kernel_w, w.stride_w, w.padding_w, w.dilation_w, s.in_w);
                const size_t end = x + RUN <= s.out_w ? x + RUN : x + 1;
                const taps last = forward_taps(end - 1, w.kernel_w, w.stride_w, w.padding_w, w.dilation_w, s.in_w);
                // Pixels between two that see the same taps see them too.
                const int is_run = end > x + 1 && xs.first == last.first && xs.count == last.count;
                const size_t pixels = is_run ? RUN : 1;
                const float *factor = factors + x * s.channels;
                add_weight_gradient(map, factor, &s, ys, xs, pixels, count, weight_gradient + chunk);
                for (size_t k = 0; k < pixels && bias_gradient; k++) {
                    for (size_t c = 0; c < count; c++) bias_gradient[chunk + c] += factor[k * s.channels + c];
                }
                x += pixels;
            }
        }
    }
}
