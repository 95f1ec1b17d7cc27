#pragma once

#include <stddef.h>

// Rows are what is normalised: `[rows, columns]`, contiguous.

/// `output = e^(input - max) / sum of e^(input - max)` over each row; may be in place.
void ck_softmax(const float *input, size_t rows, size_t columns, float *output);
/// `input_gradient = output * (upstream - sum over the row of upstream * output)`.
void ck_softmax_gradient(
    const float *output, const float *upstream, size_t rows, size_t columns, float *input_gradient);

/// `output = input - log of the sum of e^input` over each row.
void ck_log_softmax(const float *input, size_t rows, size_t columns, float *output);
/// `input_gradient = upstream - e^output * sum over the row of upstream`.
void ck_log_softmax_gradient(
    const float *output, const float *upstream, size_t rows, size_t columns, float *input_gradient);

// MARK: attention, on one block of queries against all keys of one head

/// Adds `bias` and `penalty`, `[rows, columns]`, and turns what is hidden into minus infinity: keys for which `visible`
/// is 0 (rows `visible_stride` floats apart; 0: one row for all), and in row r those from `first_hidden + r` on. Each
/// may be null. Returns the number of rows that see no key.
size_t ck_attention_hide(
    float *scores, size_t rows, size_t columns, const float *bias, const float *penalty, const float *visible,
    size_t visible_stride, ptrdiff_t first_hidden);

/// Turns scores into `e^(score - max)` in place; `log_sums[r]` is the logarithm of the sum of `e^score` of the row and
/// `inverse_sums[r]` is what the row has to be multiplied with to sum to 1.
void ck_attention_exponentials(float *scores, size_t rows, size_t columns, float *log_sums, float *inverse_sums);

/// Turns scores into probabilities `e^(score - log_sums[r])` in place.
void ck_attention_probabilities(float *scores, size_t rows, size_t columns, const float *log_sums);

/// `rows[r, c] *= factors[r]`, rows `stride` floats apart.
void ck_scale_rows(float *rows, size_t row_count, size_t columns, size_t stride, const float *factors);

/// `dots[r] = sum over c of left[r, c] * right[r, c]`, rows `stride` floats apart.
void ck_row_dots(const float *left, const float *right, size_t rows, size_t columns, size_t stride, float *dots);

/// The gradient to the scores, in place: `gradients = probabilities * (gradients - shifts[r])`.
void ck_attention_score_gradients(
    const float *probabilities, const float *shifts, size_t rows, size_t columns, float *gradients);
