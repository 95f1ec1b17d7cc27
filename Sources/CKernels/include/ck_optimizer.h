#pragma once
#include <stddef.h>

/// One AdamW step over a run of weights (Loshchilov and Hutter, arXiv:1711.05101, algorithm 2, as torch.optim.AdamW):
/// w *= 1 - rate * decay; m, v = moving averages of g and g^2; w -= step * m / (sqrt(v) / correction + epsilon), with
/// step = rate / (1 - beta1^t) and correction = sqrt(1 - beta2^t).
void ck_adamw(
    float *weights, const float *gradients, float *first_moments, float *second_moments, ptrdiff_t count, float rate,
    float decay, float beta1, float beta2, float epsilon, float step, float correction);
/// average[i] = decay * average[i] + (1 - decay) * value[i]
void ck_moving_average(float *average, const float *value, float decay, ptrdiff_t count);
