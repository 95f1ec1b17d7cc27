#include "ck_convolution.h"
#include "ck_platform.h"

#include <string.h>

void ck_pad_rows(
    const float *map, size_t height, size_t width, size_t pixel_stride, size_t channels,
    ptrdiff_t first_row, size_t row_count, size_t padding_left, size_t padded_w, float *padded) {
    const size_t left = padding_left * channels, right = (padded_w - width - padding_left) * channels;
    for (size_t r = 0; r < row_count; r++, padded += padded_w * channels) {
        const ptrdiff_t y = first_row + (ptrdiff_t)r;
        if (y < 0 || y >= (ptrdiff_t)height) {
            memset(padded, 0, padded_w * channels * sizeof(float));
            continue;
        }
        const float *source = map + (size_t)y * width * pixel_stride;
        float *row = padded + left;
        memset(padded, 0, left * sizeof(float));
        if (pixel_stride == channels) {
            memcpy(row, source, width * channels * sizeof(float));
        } else {
            for (size_t x = 0; x < width; x++) {
                memcpy(row + x * channels, source + x * pixel_stride, channels * sizeof(float));
            }
        }
        memset(row + width * channels, 0, right * sizeof(float));
    }
}

CK_CLONES void ck_unpad_rows(
    const float *padded, size_t row_count, size_t padded_w, size_t width, size_t channels, const float *bias,
    float *map, size_t pixel_stride) {
    for (size_t r = 0; r < row_count; r++) {
        for (size_t x = 0; x < width; x++) {
            const float *restrict from = padded + (r * padded_w + x) * channels;
            float *restrict to = map + (r * width + x) * pixel_stride;
            if (bias) {
                for (size_t c = 0; c < channels; c++) to[c] = from[c] + bias[c];
            } else {
                memcpy(to, from, channels * sizeof(float));
            }
        }
    }
}

// MARK: columns

/// One row of taps of one patch: pixels `x0 + j * dilation` of a map row, zeros outside of it.
CK_INLINE void copy_taps(
    const float *row, const ck_sliding *s, ptrdiff_t x0, size_t first_channel, size_t channel_count, float *to) {
    for (size_t j = 0; j < s->window.kernel_w; j++, to += channel_count) {
        const ptrdiff_t x = x0 + (ptrdiff_t)(j * s->window.dilation_w);
        if (x < 0 || x >= (ptrdiff_t)s->in_w) {
            memset(to, 0, channel_count * sizeof(float));
        } else {
            memcpy(to, row + (size_t)x * s->channels + first_channel, channel_count * sizeof(float));
        }
    }
}

void ck_image_to_columns(
    const float *map, const ck_sliding *sliding, size_t first_channel, size_t channel_count,
    size_t first_pixel, size_t pixel_count, float *columns) {
    const ck_sliding s = *sliding;
    const ck_window w = s.window;
    const size_t row_size = w.kernel_w * channel_count;
    const int runs_are_contiguous = w.dilation_w == 1 && channel_count == s.channels;
    for (size_t pixel = first_pixel; pixel < first_pixel + pixel_count; pixel++) {
        const ptrdiff_t y0 = (ptrdiff_t)(pixel / s.out_w * w.stride_h) - (ptrdiff_t)w.padding_h;
        const ptrdiff_t x0 = (ptrdiff_t)(pixel % s.out_w * w.stride_w) - (ptrdiff_t)w.padding_w;
        const int inside = x0 >= 0 && x0 + (ptrdiff_t)w.kernel_w <= (ptrdiff_t)s.in_w;
        for (size_t i = 0; i < w.kernel_h; i++, columns += row_size) {
            const ptrdiff_t y = y0 + (ptrdiff_t)(i * w.dilation_h);
            if (y < 0 || y >= (ptrdiff_t)s.in_h) {
                memset(columns, 0, row_size * sizeof(float));
                continue;
            }
            const float *row = map + (size_t)y * s.in_w * s.channels;
            if (runs_are_contiguous && inside) {
                memcpy(columns, row + (size_t)x0 * s.channels, row_size * sizeof(float));
            } else {
                copy_taps(row, &s, x0, first_channel, channel_count, columns);
            }
        }
    }
}

CK_CLONES void ck_columns_to_image(
    const float *columns, const ck_sliding *sliding, size_t first_channel, size_t channel_count,
    size_t first_out_row, size_t out_row_count, size_t first_in_row, size_t in_row_count, float *map) {
    const ck_sliding s = *sliding;
    const ck_window w = s.window;
    for (size_t out_y = first_out_row; out_y < first_out_row + out_row_count; out_y++) {
        for (size_t out_x = 0; out_x < s.out_w; out_x++) {
            for (size_t i = 0; i < w.kernel_h; i++, columns += w.kernel_w * channel_count) {
                const ptrdiff_t y = (ptrdiff_t)(out_y * w.stride_h + i * w.dilation_h) - (ptrdiff_t)w.padding_h;
                if (y < (ptrdiff_t)first_in_row || y >= (ptrdiff_t)(first_in_row + in_row_count)) continue;
                float *row = map + (size_t)y * s.in_w * s.channels + first_channel;
                for (size_t j = 0; j < w.kernel_w; j++) {
                    const ptrdiff_t x = (ptrdiff_t)(out_x * w.stride_w + j * w.dilation_w) - (ptrdiff_t)w.padding_w;
                    if (x < 0 || x >= (ptrdiff_t)s.in_w) continue;
                    const float *restrict from = columns + j * channel_count;
                    float *restrict to = row + (size_t)x * s.channels;
                    for (size_t c = 0; c < channel_count; c++) to[c] += from[c];
                }
            }
        }
    }
}

// MARK: bias

CK_CLONES void ck_add_bias(float *rows, size_t row_count, size_t row_stride, size_t channels, const float *bias) {
    for (size_t r = 0; r < row_count; r++) {
        float *restrict row = rows + r * row_stride;
        for (size_t c = 0; c < channels; c++) row[c] += bias[c];
    }
}
