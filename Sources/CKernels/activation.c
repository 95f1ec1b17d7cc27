#include "ck_activation.h"

#include "ck_math.h"
#include "ck_platform.h"

CK_CLONES void ck_gelu(const float *input, size_t count, float *output) {
    for (size_t i = 0; i < count; i++) output[i] = input[i] * ck_normal(input[i]).distribution;
}

CK_CLONES void ck_gelu_gradient(
    const float *restrict input, const float *restrict upstream, size_t count, float *restrict input_gradient) {
    for (size_t i = 0; i < count; i++) {
        const ck_normal_values at = ck_normal(input[i]);
        input_gradient[i] = upstream[i] * (at.distribution + input[i] * at.density);
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
