#include "ck_rows.h"
#include "ck_softmax.h"

CK_CLONES size_t ck_attention_hide(
    float *scores, size_t rows, size_t columns, const float *restrict bias, const float *restrict penalty,
    const float *restrict visible, size_t visible_stride, ptrdiff_t first_hidden) {
    const float hidden = -__builtin_inff();
    size_t blind = 0;
    for (size_t row = 0; row < rows; row++) {
        float *x = scores + row * columns;
        if (bias) {
            for (size_t c = 0; c < columns; c++) x[c] += bias[row * columns + c];
        }
        if (penalty) {
            for (size_t c = 0; c < columns; c++) x[c] += penalty[row * columns + c];
        }
        const ptrdiff_t end = first_hidden + (ptrdiff_t)row;
        size_t seen = end < 0 ? 0 : ((size_t)end < columns ? (size_t)end : columns);
        for (size_t c = seen; c < columns; c++) x[c] = hidden;
        if (visible) {
            const float *v = visible + row * visible_stride;
            size_t count = 0;
            for (size_t c = 0; c < seen; c++) {
                count += v[c] != 0;
                x[c] = v[c] != 0 ? x[c] : hidden;
            }
            seen = count;
        }
        blind += seen == 0;
    }
    return blind;
}

CK_CLONES void ck_attention_exponentials(
    float *scores, size_t rows, size_t columns, float *restrict log_sums, float *restrict inverse_sums) {
    for (size_t row = 0; row < rows; row++) {
        float *x = scores + row * columns;
        const float largest = ck_row_maximum(x, columns);
        ck_shifted_exponentials(x, largest, columns, x);
        const float sum = ck_row_sum(x, columns);
        log_sums[row] = largest + ck_log(sum);
        inverse_sums[row] = 1.0f / sum;
    }
}

CK_CLONES void ck_attention_probabilities(float *scores, size_t rows, size_t columns, const float *restrict log_sums) {
    for (size_t row = 0; row < rows; row++) {
        ck_shifted_exponentials(scores + row * columns, log_sums[row], columns, scores + row * columns);
    }
}

CK_CLONES void ck_scale_rows(
    float *rows, size_t row_count, size_t columns, size_t stride, const float *restrict factors) {
    for (size_t row = 0; row < row_count; row++) {
        for (size_t c = 0; c < columns; c++) rows[row * stride + c] *= factors[row];
    }
}

CK_CLONES void ck_row_dots(
    const float *left, const float *right, size_t rows, size_t columns, size_t stride, float *restrict dots) {
    for (size_t row = 0; row < rows; row++) {
        dots[row] = ck_row_dot(left + row * stride, right + row * stride, columns);
    }
}

CK_CLONES void ck_attention_score_gradients(
    const float *restrict probabilities, const float *restrict shifts, size_t rows, size_t columns,
    float *restrict gradients) {
    for (size_t row = 0; row < rows; row++) {
        const float *p = probabilities + row * columns;
        float *g = gradients + row * columns;
        for (size_t c = 0; c < columns; c++) g[c] = p[c] * (g[c] - shifts[row]);
    }
}
