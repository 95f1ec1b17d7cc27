#include "include/ck_optimizer.h"
#include "ck_platform.h"
#include <math.h>

CK_CLONES void ck_adamw(
    float *restrict weights, const float *restrict gradients, float *restrict first_moments,
    float *restrict second_moments, ptrdiff_t count, float rate, float decay, float beta1, float beta2, float epsilon,
    float step, float correction) {
    const float kept = 1.0f - rate * decay;
    const float inverse_correction = 1.0f / correction;
    for (ptrdiff_t i = 0; i < count; i++) {
        float g = gradients[i];
        float m = beta1 * first_moments[i] + (1.0f - beta1) * g;
        float v = beta2 * second_moments[i] + (1.0f - beta2) * g * g;
        first_moments[i] = m;
        second_moments[i] = v;
        weights[i] = kept * weights[i] - step * m / (sqrtf(v) * inverse_correction + epsilon);
    }
}

CK_CLONES void ck_moving_average(float *restrict average, const float *restrict value, float decay, ptrdiff_t count) {
    const float rest = 1.0f - decay;
    for (ptrdiff_t i = 0; i < count; i++) average[i] = decay * average[i] + rest * value[i];
}
