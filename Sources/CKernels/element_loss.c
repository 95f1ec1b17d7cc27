#include "ck_element_loss.h"

#include "ck_math.h"
#include "ck_platform.h"

// Terms pass through a buffer of this many, so that one loop makes them in vectors and another adds them up.
enum { BLOCK = 512 };

/// `log(1 + e)` for `0 <= e <= 1` to 1 ulp or two, also where it is tiny: `2 artanh(s)` with `s = e / (2 + e) <= 1/3`.
CK_INLINE float log_one_plus(float e) {
    const float s = e / (2.0f + e), square = s * s;
    float p = 1.0f / 15;
    p = p * square + 1.0f / 13;
    p = p * square + 1.0f / 11;
    p = p * square + 1.0f / 9;
    p = p * square + 1.0f / 7;
    p = p * square + 1.0f / 5;
    p = p * square + 1.0f / 3;
    return 2.0f * (s + s * square * p);
}

CK_INLINE double sum_of(const float *terms, size_t count) {
#pragma clang fp reassociate(on)
    double sum = 0;
    for (size_t i = 0; i < count; i++) sum += (double)terms[i];
    return sum;
}

CK_CLONES double ck_binary_cross_entropy(
    const float *logits, const float *targets, const float *weights, size_t count, float *gradient) {
    double sum = 0;
    for (size_t first = 0; first < count; first += BLOCK) {
        const size_t length = count - first < BLOCK ? count - first : BLOCK;
        const float *x = logits + first, *t = targets + first, *w = weights ? weights + first : 0;
        float terms[BLOCK], slopes[BLOCK];
        for (size_t i = 0; i < length; i++) {
            // From one exponential, that of -|x|: e / (1 + e) on the left, 1 / (1 + e) on the right.
            const float e = ck_exp(-ck_absolute(x[i]));
            terms[i] = (x[i] < 0 ? 0 : x[i]) - x[i] * t[i] + log_one_plus(e);
            slopes[i] = (x[i] < 0 ? e : 1.0f) / (1.0f + e) - t[i];
        }
        if (w) {
            for (size_t i = 0; i < length; i++) {
                terms[i] = w[i] == 0 ? 0 : w[i] * terms[i];
                slopes[i] = w[i] == 0 ? 0 : w[i] * slopes[i];
            }
        }
        sum += sum_of(terms, length);
        if (gradient) {
            for (size_t i = 0; i < length; i++) gradient[first + i] = slopes[i];
        }
    }
    return sum;
}

CK_CLONES double ck_absolute_error(const float *values, const float *targets, size_t count, float *gradient) {
    double sum = 0;
    for (size_t first = 0; first < count; first += BLOCK) {
        const size_t length = count - first < BLOCK ? count - first : BLOCK;
        float terms[BLOCK];
        for (size_t i = 0; i < length; i++) terms[i] = ck_absolute(values[first + i] - targets[first + i]);
        sum += sum_of(terms, length);
        if (gradient) {
            for (size_t i = 0; i < length; i++) {
                const float difference = values[first + i] - targets[first + i];
                gradient[first + i] = difference > 0 ? 1.0f : (difference < 0 ? -1.0f : 0.0f);
            }
        }
    }
    return sum;
}
