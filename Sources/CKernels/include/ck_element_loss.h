#pragma once

#include <stddef.h>

// Losses that are sums over elements, added up in double precision, with their derivatives by the values.

/// The sum of `weight * (max(x, 0) - x * target + log(1 + e^-|x|))` over logits x; `weights` may be null for ones, and
/// a weight of 0 adds nothing whatever its logit. `gradient` may be null, otherwise it gets `weight * (sigmoid(x) -
/// target)`.
double ck_binary_cross_entropy(
    const float *logits, const float *targets, const float *weights, size_t count, float *gradient);

/// The sum of `|value - target|`. `gradient` may be null, otherwise it gets the sign, 0 where both are equal.
double ck_absolute_error(const float *values, const float *targets, size_t count, float *gradient);
