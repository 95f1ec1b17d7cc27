#pragma once
#include <stddef.h>
#include <stdint.h>

/// out[i] = value
void ck_fill(float *out, float value, ptrdiff_t count);
/// out[i] += in[i]
void ck_accumulate(float *out, const float *in, ptrdiff_t count);
/// Applies `UnaryOperation` number `operation` with constants a and b; in and out may be the same.
void ck_unary(int32_t operation, float a, float b, const float *in, float *out, ptrdiff_t count);
/// Applies `BinaryOperation` number `operation`; a step is 1 or 0 (the same value again).
void ck_binary(
    int32_t operation, const float *left, ptrdiff_t left_step, const float *right, ptrdiff_t right_step, float *out,
    ptrdiff_t count);
/// Copies `rows` runs of `length` floats between strided places.
void ck_copy_rows(
    const float *in, ptrdiff_t in_stride, float *out, ptrdiff_t out_stride, ptrdiff_t length, ptrdiff_t rows);
/// out[i] = in[i * step]
void ck_copy_strided(const float *in, ptrdiff_t step, float *out, ptrdiff_t count);
/// out[c, r] = in[r, c], or += where adding; in is [rows, columns].
void ck_transpose(const float *in, ptrdiff_t rows, ptrdiff_t columns, int adding, float *out);
/// out[c] = sum over r < rows of in[r * stride + c], summed in blocks of rows so that errors stay small.
void ck_sum_rows(const float *in, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t stride, float *out);
/// Sum of squares in double precision.
double ck_sum_of_squares(const float *in, ptrdiff_t count);
