#include "include/ck_optimizer.h"
#include "ck_platform.h"
#include "ck_vector.h"
#include <math.h>

// Written in vectors: a call of `sqrtf`, which may set errno, stops the vectoriser.
CK_CLONES void ck_adamw(
    float *restrict weights, const float *restrict gradients, float *restrict first_moments,
    float *restrict second_moments, ptrdiff_t count, float rate, float decay, float beta1, float beta2, float epsilon,
    float step, float correction) {
    const float kept = 1.0f - rate * decay;
    const float inverse_correction = 1.0f / correction;
    ptrdiff_t i = 0;
    for (; i + 16 <= count; i += 16) {
        const ck_float16 g = CK_LOAD16(gradients + i);
        const ck_float16 m = beta1 * CK_LOAD16(first_moments + i) + (1.0f - beta1) * g;
        const ck_float16 v = beta2 * CK_LOAD16(second_moments + i) + (1.0f - beta2) * g * g;
        CK_STORE16(first_moments + i, m);
        CK_STORE16(second_moments + i, v);
        const ck_float16 root = __builtin_elementwise_sqrt(v);
        CK_STORE16(weights + i, kept * CK_LOAD16(weights + i) - step * m / (root * inverse_correction + epsilon));
    }
    for (; i < count; i++) {
        const float g = gradients[i];
        const float m = beta1 * first_moments[i] + (1.0f - beta1) * g;
        const float v = beta2 * second_moments[i] + (1.0f - beta2) * g * g;
        first_moments[i] = m;
        second_moments[i] = v;
        weights[i] = kept * weights[i] - step * m / (sqrtf(v) * inverse_correction + epsilon);
    }
}

CK_CLONES void ck_moving_average(float *restrict average, const float *restrict value, float decay, ptrdiff_t count) {
    const float rest = 1.0f - decay;
    for (ptrdiff_t i = 0; i < count; i++) average[i] = decay * average[i] + rest * value[i];
}
