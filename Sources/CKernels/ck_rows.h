#pragma once

// Sums and maxima of one row, for kernels that normalise rows. Rows are often one score per class (19), too short for
// the vectoriser's unrolled loops, so the first sixteen lanes are written out.

#include "ck_math.h"
#include "ck_platform.h"
#include "ck_vector.h"

/// Sum of sixteen lanes, by halves. A macro: vectors as arguments would depend on the CPU level of the caller.
#define CK_LANE_SUM(lanes)                                                                                   \
    ({                                                                                                       \
        const ck_float16 ck_halves = (lanes) + __builtin_shufflevector(                                      \
            lanes, lanes, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);                             \
        const ck_float16 ck_quarters = ck_halves + __builtin_shufflevector(                                  \
            ck_halves, ck_halves, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11);                     \
        (ck_quarters[0] + ck_quarters[1]) + (ck_quarters[2] + ck_quarters[3]);                               \
    })

/// Sums of four times sixteen lanes at once, in lanes 0, 4, 8 and 12. A macro, as above.
#define CK_LANE_SUMS(a, b, c, d)                                                                             \
    ({                                                                                                       \
        const ck_float16 ck_ab = CK_HALVES(a, b), ck_cd = CK_HALVES(c, d);                                   \
        const ck_float16 ck_all = __builtin_shufflevector(                                                   \
            ck_ab, ck_cd, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27) + __builtin_shufflevector( \
            ck_ab, ck_cd, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);                       \
        const ck_float16 ck_pairs = ck_all + __builtin_shufflevector(                                        \
            ck_all, ck_all, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);                           \
        ck_pairs + __builtin_shufflevector(                                                                  \
            ck_pairs, ck_pairs, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);                       \
    })
#define CK_HALVES(a, b)                                                                                      \
    (__builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)                   \
     + __builtin_shufflevector(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31))

/// The largest element; minus infinity where there is none. NaN is passed over: it shows in the sums that follow.
CK_INLINE float ck_row_maximum(const float *row, size_t count) {
    float largest = -__builtin_inff();
    size_t i = 0;
    if (count >= 16) {
        ck_float16 lanes = CK_LOAD16(row);
        for (i = 16; i + 16 <= count; i += 16) lanes = __builtin_elementwise_max(lanes, CK_LOAD16(row + i));
        largest = __builtin_reduce_max(lanes);
    }
    for (; i < count; i++) largest = row[i] > largest ? row[i] : largest;
    return largest;
}

CK_INLINE float ck_row_sum(const float *row, size_t count) {
    ck_float16 lanes = {0};
    size_t i = 0;
    for (; i + 16 <= count; i += 16) lanes += CK_LOAD16(row + i);
    float sum = count >= 16 ? CK_LANE_SUM(lanes) : 0;
    for (; i < count; i++) sum += row[i];
    return sum;
}

CK_INLINE float ck_row_dot(const float *left, const float *right, size_t count) {
#pragma clang fp contract(fast)
    ck_float16 lanes = {0};
    size_t i = 0;
    for (; i + 16 <= count; i += 16) lanes += CK_LOAD16(left + i) * CK_LOAD16(right + i);
    float sum = count >= 16 ? CK_LANE_SUM(lanes) : 0;
    for (; i < count; i++) sum += left[i] * right[i];
    return sum;
}

/// `output = input + value`; may be in place.
CK_INLINE void ck_row_add(const float *input, float value, size_t count, float *output) {
    size_t i = 0;
    for (; i + 16 <= count; i += 16) CK_STORE16(output + i, CK_LOAD16(input + i) + value);
    for (; i < count; i++) output[i] = input[i] + value;
}

/// `row *= factor`
CK_INLINE void ck_row_scale(float *row, float factor, size_t count) {
    size_t i = 0;
    for (; i + 16 <= count; i += 16) CK_STORE16(row + i, CK_LOAD16(row + i) * factor);
    for (; i < count; i++) row[i] *= factor;
}

/// `output = e^(input - shift)` over a whole run; may be in place.
CK_INLINE void ck_shifted_exponentials(const float *input, float shift, size_t count, float *output) {
    for (size_t i = 0; i < count; i++) output[i] = ck_exp(input[i] - shift);
}
