#include "ck_normalization.h"

#include <math.h>

#include "ck_platform.h"

// Sums over rows are collected for a strip of channels over a block of rows in local memory, which keeps them in the
// first-level cache and their rounding errors small. A strip is as wide as the widest usual row: rows are then read
// from end to end, which the hardware fetches ahead.
enum { STRIP = 1024, BLOCK = 64 };

CK_INLINE size_t lesser(size_t a, size_t b) { return a < b ? a : b; }

// MARK: LayerNorm

CK_CLONES void ck_layer_norm(
    const float *restrict input, const float *restrict scale, const float *restrict offset, float epsilon, size_t rows,
    size_t channels, float *restrict output, float *restrict statistics) {
#pragma clang fp reassociate(on) contract(fast)
    for (size_t row = 0; row < rows; row++) {
        const float *x = input + row * channels;
        float *y = output + row * channels;
        float sum = 0, squares = 0;
        for (size_t c = 0; c < channels; c++) sum += x[c];
        const float mean = sum / (float)channels;
        for (size_t c = 0; c < channels; c++) squares += (x[c] - mean) * (x[c] - mean);
        const float inverse = 1.0f / sqrtf(squares / (float)channels + epsilon);
        for (size_t c = 0; c < channels; c++) y[c] = (x[c] - mean) * inverse * scale[c] + offset[c];
        statistics[2 * row] = mean;
        statistics[2 * row + 1] = inverse;
    }
}

CK_CLONES void ck_layer_norm_input_gradient(
    const float *restrict input, const float *restrict statistics, const float *restrict scale,
    const float *restrict upstream, size_t rows, size_t channels, float *restrict input_gradient) {
#pragma clang fp reassociate(on) contract(fast)
    for (size_t row = 0; row < rows; row++) {
        const float *x = input + row * channels, *dy = upstream + row * channels;
        float *dx = input_gradient + row * channels;
        const float mean = statistics[2 * row], inverse = statistics[2 * row + 1];
        float sum = 0, product = 0;
        for (size_t c = 0; c < channels; c++) {
            const float g = dy[c] * scale[c];
            sum += g;
            product += g * (x[c] - mean);
        }
        // dx = inverse * (g - mean(g) - n * mean(g n)), n = (x - mean) * inverse
        const float shift = sum / (float)channels;
        const float slope = product * inverse * inverse / (float)channels;
        for (size_t c = 0; c < channels; c++) {
            dx[c] = inverse * (dy[c] * scale[c] - shift - (x[c] - mean) * slope);
        }
    }
}

/// One strip of at most STRIP channels over one block of rows, added to the gradients.
CK_INLINE void layer_norm_strip(
    const float *restrict x, const float *restrict statistics, const float *restrict dy, size_t rows, size_t channels,
    size_t width, float *restrict scale_gradient, float *restrict offset_gradient) {
    float scales[STRIP], offsets[STRIP];
    for (size_t c = 0; c < width; c++) scales[c] = offsets[c] = 0;
    for (size_t row = 0; row < rows; row++) {
        const float mean = statistics[2 * row], inverse = statistics[2 * row + 1];
        for (size_t c = 0; c < width; c++) {
            const float g = dy[row * channels + c];
            scales[c] += g * ((x[row * channels + c] - mean) * inverse);
            offsets[c] += g;
        }
    }
    for (size_t c = 0; c < width; c++) scale_gradient[c] += scales[c];
    for (size_t c = 0; c < width; c++) offset_gradient[c] += offsets[c];
}

CK_CLONES void ck_layer_norm_parameter_gradients(
    const float *input, const float *statistics, const float *upstream, size_t rows, size_t channels,
    float *scale_gradient, float *offset_gradient) {
    for (size_t c = 0; c < channels; c++) scale_gradient[c] = offset_gradient[c] = 0;
    for (size_t row = 0; row < rows; row += BLOCK) {
        const size_t height = lesser(BLOCK, rows - row);
        for (size_t c = 0; c < channels; c += STRIP) {
            const size_t start = row * channels + c;
            layer_norm_strip(
                input + start, statistics + 2 * row, upstream + start, height, channels, lesser(STRIP, channels - c),
                scale_gradient + c, offset_gradient + c);
        }
    }
}

// MARK: BatchNorm

// Squares of floats are exact in double precision, so plain sums of squares lose nothing that matters, and sums and
// counts of several ranks simply add.
CK_CLONES void ck_channel_sums(const float *restrict input, size_t rows, size_t channels, double *restrict sums) {
    for (size_t c = 0; c < 2 * channels; c++) sums[c] = 0;
    for (size_t c = 0; c < channels; c += STRIP) {
        const size_t width = lesser(STRIP, channels - c);
        double plain[STRIP], squares[STRIP];
        for (size_t i = 0; i < width; i++) plain[i] = squares[i] = 0;
        for (size_t row = 0; row < rows; row++) {
            const float *x = input + row * channels + c;
            for (size_t i = 0; i < width; i++) {
                const double value = x[i];
                plain[i] += value;
                squares[i] += value * value;
            }
        }
        for (size_t i = 0; i < width; i++) sums[c + i] = plain[i];
        for (size_t i = 0; i < width; i++) sums[channels + c + i] = squares[i];
    }
}

/// The value before the ReLU; forward and backward must agree on its sign, so both take it from here.
CK_INLINE float batch_normalised(const ck_batch_norm_state *s, float centred, size_t c) {
    return centred * (s->inverse_deviation[c] * s->scale[c]) + s->offset[c];
}

CK_INLINE void normalise_rows(
    const float *restrict input, const ck_batch_norm_state s, int has_relu, size_t rows, size_t channels,
    float *restrict output) {
    for (size_t row = 0; row < rows; row++) {
        const float *x = input + row * channels;
        float *y = output + row * channels;
        for (size_t c = 0; c < channels; c++) {
            const float value = batch_normalised(&s, x[c] - s.mean[c], c);
            y[c] = has_relu && value < 0 ? 0 : value;
        }
    }
}

CK_CLONES void ck_batch_norm(
    const float *input, const ck_batch_norm_state *state, size_t rows, size_t channels, float *output) {
    if (state->has_relu) {
        normalise_rows(input, *state, 1, rows, channels, output);
    } else {
        normalise_rows(input, *state, 0, rows, channels, output);
    }
}

/// One strip of at most STRIP channels, starting at channel `c`, over one block of rows.
CK_INLINE void batch_norm_strip(
    const float *restrict input, const float *restrict upstream, const ck_batch_norm_state s, int has_relu, size_t rows,
    size_t channels, size_t c, size_t width, double *restrict sums) {
    float plain[STRIP], products[STRIP];
    for (size_t i = 0; i < width; i++) plain[i] = products[i] = 0;
    for (size_t row = 0; row < rows; row++) {
        const float *x = input + row * channels + c, *dy = upstream + row * channels + c;
        for (size_t i = 0; i < width; i++) {
            const float centred = x[i] - s.mean[c + i];
            const float g = has_relu && !(batch_normalised(&s, centred, c + i) > 0) ? 0 : dy[i];
            plain[i] += g;
            products[i] += g * centred;
        }
    }
    for (size_t i = 0; i < width; i++) sums[c + i] += plain[i];
    for (size_t i = 0; i < width; i++) sums[channels + c + i] += (double)products[i] * s.inverse_deviation[c + i];
}

CK_CLONES void ck_batch_norm_gradient_sums(
    const float *input, const float *upstream, const ck_batch_norm_state *state, size_t rows, size_t channels,
    double *sums) {
    for (size_t c = 0; c < 2 * channels; c++) sums[c] = 0;
    for (size_t row = 0; row < rows; row += BLOCK) {
        const size_t height = lesser(BLOCK, rows - row), start = row * channels;
        for (size_t c = 0; c < channels; c += STRIP) {
            const size_t width = lesser(STRIP, channels - c);
            if (state->has_relu) {
                batch_norm_strip(input + start, upstream + start, *state, 1, height, channels, c, width, sums);
            } else {
                batch_norm_strip(input + start, upstream + start, *state, 0, height, channels, c, width, sums);
            }
        }
    }
}

CK_INLINE void batch_norm_input_rows(
    const float *restrict input, const float *restrict upstream, const ck_batch_norm_state s, int has_relu,
    const float *restrict upstream_mean, const float *restrict product_mean, size_t rows, size_t channels,
    float *restrict input_gradient) {
    for (size_t row = 0; row < rows; row++) {
        const float *x = input + row * channels, *dy = upstream + row * channels;
        float *dx = input_gradient + row * channels;
        for (size_t c = 0; c < channels; c++) {
            const float centred = x[c] - s.mean[c], inverse = s.inverse_deviation[c];
            const float g = has_relu && !(batch_normalised(&s, centred, c) > 0) ? 0 : dy[c];
            dx[c] = s.scale[c] * inverse * (g - upstream_mean[c] - centred * inverse * product_mean[c]);
        }
    }
}

CK_CLONES void ck_batch_norm_input_gradient(
    const float *input, const float *upstream, const ck_batch_norm_state *state, const float *upstream_mean,
    const float *product_mean, size_t rows, size_t channels, float *input_gradient) {
    const ck_batch_norm_state s = *state;
    if (s.has_relu) {
        batch_norm_input_rows(input, upstream, s, 1, upstream_mean, product_mean, rows, channels, input_gradient);
    } else {
        batch_norm_input_rows(input, upstream, s, 0, upstream_mean, product_mean, rows, channels, input_gradient);
    }
}

// MARK: GroupNorm

CK_INLINE void group_norm_input_rows(
    const float *restrict input, const float *restrict upstream, const ck_batch_norm_state s, int has_relu,
    const float *restrict shifts, const float *restrict slopes, size_t rows, size_t channels,
    float *restrict input_gradient) {
    for (size_t row = 0; row < rows; row++) {
        const float *x = input + row * channels, *dy = upstream + row * channels;
        float *dx = input_gradient + row * channels;
        for (size_t c = 0; c < channels; c++) {
            const float centred = x[c] - s.mean[c];
            const float g = has_relu && !(batch_normalised(&s, centred, c) > 0) ? 0 : dy[c];
            dx[c] = s.scale[c] * s.inverse_deviation[c] * g - shifts[c] - centred * slopes[c];
        }
    }
}

CK_CLONES void ck_group_norm_input_gradient(
    const float *input, const float *upstream, const ck_batch_norm_state *state, const float *shifts,
    const float *slopes, size_t rows, size_t channels, float *input_gradient) {
    const ck_batch_norm_state s = *state;
    if (s.has_relu) {
        group_norm_input_rows(input, upstream, s, 1, shifts, slopes, rows, channels, input_gradient);
    } else {
        group_norm_input_rows(input, upstream, s, 0, shifts, slopes, rows, channels, input_gradient);
    }
}
