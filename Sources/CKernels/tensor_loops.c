#include "ck_math.h"
#include "ck_platform.h"
#include "include/ck_tensor_loops.h"
#include <math.h>
#include <string.h>

CK_CLONES void ck_fill(float *out, float value, ptrdiff_t count) {
    for (ptrdiff_t i = 0; i < count; i++) out[i] = value;
}

CK_CLONES void ck_accumulate(float *restrict out, const float *restrict in, ptrdiff_t count) {
    for (ptrdiff_t i = 0; i < count; i++) out[i] += in[i];
}

// The order of the cases is the order of `UnaryOperation` in Swift.
CK_CLONES void ck_unary(int32_t operation, float a, float b, const float *in, float *out, ptrdiff_t count) {
    switch (operation) {
    case 0: for (ptrdiff_t i = 0; i < count; i++) out[i] = a * in[i] + b; break;
    case 1: for (ptrdiff_t i = 0; i < count; i++) out[i] = ck_exp(in[i]); break;
    case 2: for (ptrdiff_t i = 0; i < count; i++) out[i] = ck_log(in[i]); break;
    case 3: for (ptrdiff_t i = 0; i < count; i++) out[i] = sqrtf(in[i]); break;
    case 4: for (ptrdiff_t i = 0; i < count; i++) out[i] = fabsf(in[i]); break;
    case 5: for (ptrdiff_t i = 0; i < count; i++) out[i] = fminf(fmaxf(in[i], a), b); break;
    case 6: for (ptrdiff_t i = 0; i < count; i++) out[i] = in[i] >= a && in[i] <= b ? 1.0f : 0.0f; break;
    case 7: for (ptrdiff_t i = 0; i < count; i++) out[i] = in[i] > 0 ? 1.0f : (in[i] < 0 ? -1.0f : 0.0f); break;
    default: __builtin_trap();
    }
}

// One loop for each way the two inputs advance, so that each vectorises.
#define CK_BINARY_LOOPS(EXPRESSION)                                                                      \
    if (left_step && right_step) {                                                                       \
        for (ptrdiff_t i = 0; i < count; i++) { float x = left[i], y = right[i]; out[i] = EXPRESSION; }  \
    } else if (left_step) {                                                                              \
        float y = *right;                                                                                \
        for (ptrdiff_t i = 0; i < count; i++) { float x = left[i]; out[i] = EXPRESSION; }                \
    } else if (right_step) {                                                                             \
        float x = *left;                                                                                 \
        for (ptrdiff_t i = 0; i < count; i++) { float y = right[i]; out[i] = EXPRESSION; }               \
    } else {                                                                                             \
        float x = *left, y = *right, value = EXPRESSION;                                                 \
        for (ptrdiff_t i = 0; i < count; i++) out[i] = value;                                            \
    }                                                                                                    \
    break

// The order of the cases is the order of `BinaryOperation` in Swift.
CK_CLONES void ck_binary(
    int32_t operation, const float *left, ptrdiff_t left_step, const float *right, ptrdiff_t right_step,
    float *restrict out, ptrdiff_t count) {
    switch (operation) {
    case 0: CK_BINARY_LOOPS(x + y);
    case 1: CK_BINARY_LOOPS(x - y);
    case 2: CK_BINARY_LOOPS(x * y);
    case 3: CK_BINARY_LOOPS(x / y);
    case 4: CK_BINARY_LOOPS(x > y ? x : y);
    case 5: CK_BINARY_LOOPS(x < y ? x : y);
    default: __builtin_trap();
    }
}

void ck_copy_rows(
    const float *in, ptrdiff_t in_stride, float *out, ptrdiff_t out_stride, ptrdiff_t length, ptrdiff_t rows) {
    for (ptrdiff_t r = 0; r < rows; r++) {
        memcpy(out + r * out_stride, in + r * in_stride, (size_t)length * sizeof(float));
    }
}

CK_CLONES void ck_copy_strided(const float *restrict in, ptrdiff_t step, float *restrict out, ptrdiff_t count) {
    for (ptrdiff_t i = 0; i < count; i++) out[i] = in[i * step];
}

void ck_transpose(const float *restrict in, ptrdiff_t rows, ptrdiff_t columns, int adding, float *restrict out) {
    // Blocks of 16 x 16, whose lines stay in the first-level cache on both sides.
    for (ptrdiff_t r = 0; r < rows; r += 16) {
        const ptrdiff_t height = rows - r < 16 ? rows - r : 16;
        for (ptrdiff_t c = 0; c < columns; c += 16) {
            const ptrdiff_t width = columns - c < 16 ? columns - c : 16;
            for (ptrdiff_t i = c; i < c + width; i++) {
                for (ptrdiff_t j = r; j < r + height; j++) {
                    const float value = in[j * columns + i];
                    out[i * rows + j] = adding ? out[i * rows + j] + value : value;
                }
            }
        }
    }
}

#define CK_SUM_BLOCK 256

CK_CLONES static float ck_sum_run(const float *in, ptrdiff_t count) {
#pragma clang fp reassociate(on) contract(fast)
    float sum = 0;
    for (ptrdiff_t i = 0; i < count; i++) sum += in[i];
    return sum;
}

/// A block of up to 256 rows over up to 256 columns, added to out.
CK_CLONES static void ck_sum_block(
    const float *restrict in, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t stride, float *restrict out) {
    float sums[CK_SUM_BLOCK] = {0};
    for (ptrdiff_t r = 0; r < rows; r++) {
        for (ptrdiff_t c = 0; c < columns; c++) sums[c] += in[r * stride + c];
    }
    for (ptrdiff_t c = 0; c < columns; c++) out[c] += sums[c];
}

void ck_sum_rows(const float *in, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t stride, float *out) {
    if (columns == 1 && stride == 1) {
        double sum = 0;
        for (ptrdiff_t r = 0; r < rows; r += 4096) sum += ck_sum_run(in + r, rows - r < 4096 ? rows - r : 4096);
        *out = (float)sum;
        return;
    }
    ck_fill(out, 0, columns);
    for (ptrdiff_t c = 0; c < columns; c += CK_SUM_BLOCK) {
        ptrdiff_t width = columns - c < CK_SUM_BLOCK ? columns - c : CK_SUM_BLOCK;
        for (ptrdiff_t r = 0; r < rows; r += CK_SUM_BLOCK) {
            ptrdiff_t height = rows - r < CK_SUM_BLOCK ? rows - r : CK_SUM_BLOCK;
            ck_sum_block(in + r * stride + c, height, width, stride, out + c);
        }
    }
}

CK_CLONES double ck_sum_of_squares(const float *in, ptrdiff_t count) {
#pragma clang fp reassociate(on) contract(fast)
    double sum = 0;
    for (ptrdiff_t i = 0; i < count; i++) sum += (double)in[i] * in[i];
    return sum;
}
