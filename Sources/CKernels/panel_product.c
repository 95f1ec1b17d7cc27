#include "ck_panel_product.h"

#include <string.h>

#include "ck_cpu.h"
#include "ck_platform.h"
#include "ck_vector.h"

size_t ck_panel_floats(size_t inner, size_t columns) {
    return (columns + CK_PANEL - 1) / CK_PANEL * CK_PANEL * inner;
}

CK_CLONES void ck_pack_panels(
    const float *matrix, size_t inner_stride, size_t column_stride, size_t inner, size_t columns, float *panels) {
    for (size_t first = 0; first < columns; first += CK_PANEL, panels += inner * CK_PANEL) {
        const size_t count = columns - first < CK_PANEL ? columns - first : CK_PANEL;
        for (size_t k = 0; k < inner; k++) {
            const float *from = matrix + k * inner_stride + first * column_stride;
            float *to = panels + k * CK_PANEL;
            if (count == CK_PANEL && column_stride == 1) {
                CK_STORE16(to, CK_LOAD16(from));
            } else {
                for (size_t j = 0; j < CK_PANEL; j++) to[j] = j < count ? from[j * column_stride] : 0;
            }
        }
    }
}

/// One panel times `rows` rows of `left`, all sums in registers. Called with a literal `rows`.
CK_INLINE void multiply_tile(
    const float *left, size_t row_stride, size_t inner_stride, const float *panel, size_t rows, size_t columns,
    size_t inner, float scale, int adding, float *output, size_t output_stride) {
#pragma clang fp contract(fast)
    ck_float16 sums[12];
#pragma clang loop unroll(full)
    for (size_t i = 0; i < rows; i++) sums[i] = (ck_float16){0};
    for (size_t k = 0; k < inner; k++) {
        const ck_float16 right = CK_LOAD16(panel + k * CK_PANEL);
        const float *l = left + k * inner_stride;
#pragma clang loop unroll(full)
        for (size_t i = 0; i < rows; i++) sums[i] += l[i * row_stride] * right;
    }
#pragma clang loop unroll(full)
    for (size_t i = 0; i < rows; i++) {
        float *to = output + i * output_stride;
        if (columns == CK_PANEL) {
            CK_STORE16(to, adding ? CK_LOAD16(to) + scale * sums[i] : scale * sums[i]);
        } else {
            float lanes[CK_PANEL];
            CK_STORE16(lanes, sums[i]);
            for (size_t j = 0; j < columns; j++) to[j] = adding ? to[j] + scale * lanes[j] : scale * lanes[j];
        }
    }
}

/// Tiles of `height` rows, then of four, then single rows.
CK_INLINE void multiply(
    const float *left, size_t row_stride, size_t inner_stride, const float *panels, size_t rows, size_t columns,
    size_t inner, float scale, int adding, float *output, size_t output_stride, size_t height) {
    for (size_t first = 0; first < columns; first += CK_PANEL, panels += inner * CK_PANEL) {
        const size_t count = columns - first < CK_PANEL ? columns - first : CK_PANEL;
        size_t row = 0;
        for (; row + height <= rows; row += height) {
            multiply_tile(
                left + row * row_stride, row_stride, inner_stride, panels, height, count, inner, scale, adding,
                output + row * output_stride + first, output_stride);
        }
        for (; row + 4 <= rows; row += 4) {
            multiply_tile(
                left + row * row_stride, row_stride, inner_stride, panels, 4, count, inner, scale, adding,
                output + row * output_stride + first, output_stride);
        }
        for (; row < rows; row++) {
            multiply_tile(
                left + row * row_stride, row_stride, inner_stride, panels, 1, count, inner, scale, adding,
                output + row * output_stride + first, output_stride);
        }
    }
}

// As many sums as the registers hold beside one row of a panel: sixteen of 8 floats, or thirty-two of 16.

CK_CLONES static void multiply_low(
    const float *left, size_t row_stride, size_t inner_stride, const float *panels, size_t rows, size_t columns,
    size_t inner, float scale, int adding, float *output, size_t output_stride) {
    multiply(left, row_stride, inner_stride, panels, rows, columns, inner, scale, adding, output, output_stride, 6);
}

CK_CLONES static void multiply_high(
    const float *left, size_t row_stride, size_t inner_stride, const float *panels, size_t rows, size_t columns,
    size_t inner, float scale, int adding, float *output, size_t output_stride) {
    multiply(left, row_stride, inner_stride, panels, rows, columns, inner, scale, adding, output, output_stride, 12);
}

void ck_panel_product(
    const float *left, size_t row_stride, size_t inner_stride, const float *panels, size_t rows, size_t columns,
    size_t inner, float scale, int adding, float *output, size_t output_stride) {
    const int has_wide_registers = strcmp(ck_cpu_level(), "x86-64-v4") == 0;
    (has_wide_registers ? multiply_high : multiply_low)(
        left, row_stride, inner_stride, panels, rows, columns, inner, scale, adding, output, output_stride);
}
