#pragma once

#include <stddef.h>

#include "ck_resize.h"

// Lengths of vectors between the cells of a map. A vector read bilinearly is a sum of four neighbours, so its square is
// made of inner products of neighbours: four numbers a cell, whatever the number of channels.
//
// Products are [height, width, CK_NEIGHBOUR_PRODUCTS] a map: of the cell f(y, x)
//     0: f(y, x) . f(y, x)
//     1: f(y, x) . f(y, x + 1)
//     2: f(y, x) . f(y + 1, x)
//     3: f(y, x) . f(y + 1, x + 1) + f(y, x + 1) . f(y + 1, x), whose weights are always equal
// and 0 where a neighbour lies beyond the edge.

enum { CK_NEIGHBOUR_PRODUCTS = 4 };

/// Products of the rows `first_row ..< first_row + row_count` of maps `[B, height, width, channels]`, counted over the
/// batch.
void ck_neighbour_products(
    const float *maps, size_t height, size_t width, size_t channels, size_t first_row, size_t row_count,
    float *products);

/// The derivative by the maps, of the same rows; every row is written once. `upstream` is in the shape of the products.
void ck_neighbour_products_gradient(
    const float *maps, const float *upstream, size_t height, size_t width, size_t channels, size_t first_row,
    size_t row_count, float *gradient);

/// Squares of the lengths of the vectors in row `out_y` of an upsampled map, `out_w` of them, from the products of the
/// map. `scratch`: `2 * in_w` floats. The channels of `resizing` are not read.
void ck_upsampled_squares(
    const float *products, const ck_resizing *resizing, size_t out_y, float *scratch, float *squares);

/// The adjoint of `ck_upsampled_squares`, added to rows of products that begin at `first_in_row`.
void ck_upsampled_squares_adjoint(
    const float *upstream, const ck_resizing *resizing, size_t out_y, size_t first_in_row, float *scratch,
    float *band);

/// Divides the scores of pixels, `classes` each, by the pixels' lengths, or by 1e-12 where those are smaller.
void ck_divide_by_lengths(float *scores, const float *squares, size_t pixels, size_t classes);

/// From the derivative by the divided scores (in `gradient`) to that by the scores (in its place) and by the squares.
void ck_divide_by_lengths_gradient(
    const float *divided, const float *squares, size_t pixels, size_t classes, float *gradient,
    float *squares_gradient);
