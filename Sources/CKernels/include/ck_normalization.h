#pragma once

#include <stddef.h>

// Tokens or pixels are rows, `[rows, channels]`, contiguous. Gradients carry the name of what they are of.

// MARK: LayerNorm, statistics of each row

/// `output = (input - mean) * inverse_deviation * scale + offset`; `statistics` receives `[rows, 2]`: the mean and
/// `1 / sqrt(variance + epsilon)` of each row.
void ck_layer_norm(
    const float *input, const float *scale, const float *offset, float epsilon, size_t rows, size_t channels,
    float *output, float *statistics);

/// Gradient to the input; `input_gradient` is written.
void ck_layer_norm_input_gradient(
    const float *input, const float *statistics, const float *scale, const float *upstream, size_t rows,
    size_t channels, float *input_gradient);

/// `scale_gradient[c] = sum over rows of upstream * normalised`, `offset_gradient[c] = sum over rows of upstream`.
void ck_layer_norm_parameter_gradients(
    const float *input, const float *statistics, const float *upstream, size_t rows, size_t channels,
    float *scale_gradient, float *offset_gradient);

// MARK: BatchNorm, statistics of each channel

/// `sums[c]` = sum of the channel, `sums[channels + c]` = sum of its squares.
void ck_channel_sums(const float *input, size_t rows, size_t channels, double *sums);

/// What normalises one batch, each `[channels]`.
typedef struct {
    const float *mean, *inverse_deviation, *scale, *offset;
    int has_relu;  ///< whether `max(., 0)` follows
} ck_batch_norm_state;

/// `output = (input - mean) * inverse_deviation * scale + offset`, then ReLU where asked.
void ck_batch_norm(
    const float *input, const ck_batch_norm_state *state, size_t rows, size_t channels, float *output);

/// `sums[c]` = sum of the upstream that passes the ReLU, `sums[channels + c]` = sum of it times the normalised input.
void ck_batch_norm_gradient_sums(
    const float *input, const float *upstream, const ck_batch_norm_state *state, size_t rows, size_t channels,
    double *sums);

/// `input_gradient = scale * inverse_deviation * (upstream - upstream_mean - normalised * product_mean)`.
///
/// The means are the sums of `ck_batch_norm_gradient_sums` over the whole batch divided by its rows, as floats; zeros
/// where the statistics were given rather than computed.
void ck_batch_norm_input_gradient(
    const float *input, const float *upstream, const ck_batch_norm_state *state, const float *upstream_mean,
    const float *product_mean, size_t rows, size_t channels, float *input_gradient);

// MARK: GroupNorm, statistics of runs of channels of one image

/// The gradient to the input where a mean over several channels was taken off each:
/// `input_gradient = scale * inverse_deviation * upstream - shifts - (input - mean) * slopes`, per channel, with the
/// upstream that passes the ReLU.
void ck_group_norm_input_gradient(
    const float *input, const float *upstream, const ck_batch_norm_state *state, const float *shifts,
    const float *slopes, size_t rows, size_t channels, float *input_gradient);
