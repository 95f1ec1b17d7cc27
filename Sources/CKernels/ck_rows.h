#pragma once

// Sums and maxima of one row, for kernels that normalise rows.

#include "ck_math.h"
#include "ck_platform.h"
#include "ck_vector.h"

/// The largest element; minus infinity where there is none. NaN is passed over: it shows in the sums that follow.
CK_INLINE float ck_row_maximum(const float *row, size_t count) {
    float largest = -__builtin_inff();
    size_t i = 0;
    if (count >= 16) {
        ck_float16 lanes = CK_LOAD16(row);
        for (i = 16; i + 16 <= count; i += 16) lanes = __builtin_elementwise_max(lanes, CK_LOAD16(row + i));
        for (int lane = 0; lane < 16; lane++) largest = lanes[lane] > largest ? lanes[lane] : largest;
    }
    for (; i < count; i++) largest = row[i] > largest ? row[i] : largest;
    return largest;
}

CK_INLINE float ck_row_sum(const float *row, size_t count) {
#pragma clang fp reassociate(on)
    float sum = 0;
    for (size_t i = 0; i < count; i++) sum += row[i];
    return sum;
}

CK_INLINE float ck_row_dot(const float *left, const float *right, size_t count) {
#pragma clang fp reassociate(on) contract(fast)
    float sum = 0;
    for (size_t i = 0; i < count; i++) sum += left[i] * right[i];
    return sum;
}

/// `output = e^(input - shift)` over a whole run; may be in place.
CK_INLINE void ck_shifted_exponentials(const float *input, float shift, size_t count, float *output) {
    for (size_t i = 0; i < count; i++) output[i] = ck_exp(input[i] - shift);
}
