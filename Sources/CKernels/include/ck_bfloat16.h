#pragma once
#include <stddef.h>
#include <stdint.h>

// Numbers of eight bits of mantissa, the upper half of a float. Matrices are row-major, strides count elements.

/// out[r, c] = in[r, c] rounded to the nearest, ties to even. NaN stays NaN.
void ck_round_bfloat16(
    const float *in, ptrdiff_t in_stride, ptrdiff_t rows, ptrdiff_t columns, uint16_t *out, ptrdiff_t out_stride);

/// output = alpha op(left) op(right) + beta output, added up in single precision, with op(left) [rows, inner] and
/// op(right) [inner, columns]; an operand is transposed where its letter is 'T'. Plain loops, with the signature of
/// oneDNN's `dnnl_gemm_bf16bf16f32`, whose place they take where there is no such library.
///
/// Returns 0.
int ck_bfloat16_product(
    char transposes_left, char transposes_right, int64_t rows, int64_t columns, int64_t inner, float alpha,
    const uint16_t *left, int64_t left_stride, const uint16_t *right, int64_t right_stride, float beta, float *output,
    int64_t output_stride);
