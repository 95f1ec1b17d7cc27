#include "ck_activation.h"

#include "ck_math.h"
#include "ck_platform.h"

CK_CLONES void ck_gelu(const float *input, size_t count, float *output) {
    for (size_t i = 0; i < count; i++) output[i] = input[i] * ck_normal_distribution(input[i]);
}

CK_CLONES void ck_gelu_gradient(
    const float *restrict input, const float *restrict upstream, size_t count, float *restrict input_gradient) {
    const float density_at_zero = 0x1.988454p-2f;  // 1 / sqrt(2 pi)
    for (size_t i = 0; i < count; i++) {
        const float x = input[i];
        const float density = density_at_zero * ck_exp(-0.5f * x * x);
        input_gradient[i] = upstream[i] * (ck_normal_distribution(x) + x * density);
    }
}

CK_CLONES void ck_relu(const float *input, size_t count, float *output) {
    for (size_t i = 0; i < count; i++) output[i] = input[i] < 0 ? 0 : input[i];
}

CK_CLONES void ck_relu_gradient(
    const float *restrict input, const float *restrict upstream, size_t count, float *restrict input_gradient) {
    for (size_t i = 0; i < count; i++) input_gradient[i] = input[i] > 0 ? upstream[i] : 0;
}

CK_CLONES void ck_sigmoid(const float *input, size_t count, float *output) {
    for (size_t i = 0; i < count; i++) output[i] = 1.0f / (1.0f + ck_exp(-input[i]));
}

CK_CLONES void ck_sigmoid_gradient(
    const float *restrict output, const float *restrict upstream, size_t count, float *restrict input_gradient) {
    for (size_t i = 0; i < count; i++) input_gradient[i] = upstream[i] * (output[i] * (1.0f - output[i]));
}
