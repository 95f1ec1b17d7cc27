#pragma once

#include <stddef.h>

// Products of small matrices that lie in the cache, where the packing that a general library does for each call costs
// as much as it saves: attention multiplies hundreds of blocks with the same keys and values.

/// Columns of a panel.
enum { CK_PANEL = 16 };

/// Floats of a matrix `[inner, columns]` in panels.
size_t ck_panel_floats(size_t inner, size_t columns);

/// Lays a matrix out in panels, `[ceil(columns / CK_PANEL), inner, CK_PANEL]`, zeros after the last column. Element
/// `(k, j)` is read at `k * inner_stride + j * column_stride`.
void ck_pack_panels(
    const float *matrix, size_t inner_stride, size_t column_stride, size_t inner, size_t columns, float *panels);

/// `output = scale * left right (+ output where adding)`, `[rows, columns]`, rows `output_stride` apart.
///
/// `left` is `[rows, inner]` with element `(i, k)` at `i * row_stride + k * inner_stride`; `panels` holds `right`,
/// `[inner, columns]`.
void ck_panel_product(
    const float *left, size_t row_stride, size_t inner_stride, const float *panels, size_t rows, size_t columns,
    size_t inner, float scale, int adding, float *output, size_t output_stride);
