#pragma once

#include <stddef.h>

// Activation functions over `count` floats, and the gradient to their input.

/// `x * P(Z <= x)`, Z standard normal: the exact GELU.
void ck_gelu(const float *input, size_t count, float *output);
/// From the input, which is kept instead of anything larger.
void ck_gelu_gradient(const float *input, const float *upstream, size_t count, float *input_gradient);

/// `max(x, 0)`; NaN stays.
void ck_relu(const float *input, size_t count, float *output);
/// From input or output, whichever is kept: the gradient passes where it is positive.
void ck_relu_gradient(const float *input, const float *upstream, size_t count, float *input_gradient);

/// `1 / (1 + e^-x)`
void ck_sigmoid(const float *input, size_t count, float *output);
/// From the output.
void ck_sigmoid_gradient(const float *output, const float *upstream, size_t count, float *input_gradient);
