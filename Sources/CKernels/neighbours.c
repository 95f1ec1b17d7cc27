#include "ck_neighbours.h"

#include <math.h>
#include <string.h>

#include "ck_rows.h"

enum { SELF, RIGHT, LOWER, DIAGONALS };

/// All products of a cell that has a neighbour on the right and below, with one reading of the four.
CK_INLINE void inner_products(
    const float *cell, const float *right, const float *lower, const float *corner, size_t channels, float *to) {
#pragma clang fp contract(fast)
    ck_float16 sums[CK_NEIGHBOUR_PRODUCTS] = {{0}, {0}, {0}, {0}};
    size_t k = 0;
    for (; k + 16 <= channels; k += 16) {
        const ck_float16 f = CK_LOAD16(cell + k), r = CK_LOAD16(right + k), l = CK_LOAD16(lower + k);
        sums[SELF] += f * f;
        sums[RIGHT] += f * r;
        sums[LOWER] += f * l;
        sums[DIAGONALS] += f * CK_LOAD16(corner + k) + r * l;
    }
    for (int i = 0; i < CK_NEIGHBOUR_PRODUCTS; i++) to[i] = CK_LANE_SUM(sums[i]);
    for (; k < channels; k++) {
        to[SELF] += cell[k] * cell[k];
        to[RIGHT] += cell[k] * right[k];
        to[LOWER] += cell[k] * lower[k];
        to[DIAGONALS] += cell[k] * corner[k] + right[k] * lower[k];
    }
}

CK_CLONES void ck_neighbour_products(
    const float *maps, size_t height, size_t width, size_t channels, size_t first_row, size_t row_count,
    float *products) {
    const size_t row_length = width * channels;
    for (size_t row = first_row; row < first_row + row_count; row++) {
        const int has_lower = row % height + 1 < height;
        for (size_t x = 0; x < width; x++) {
            const float *cell = maps + row * row_length + x * channels;
            float *to = products + (row * width + x) * CK_NEIGHBOUR_PRODUCTS;
            const int has_right = x + 1 < width;
            if (has_lower && has_right) {
                const float *lower = cell + row_length;
                inner_products(cell, cell + channels, lower, lower + channels, channels, to);
            } else {
                to[SELF] = ck_row_dot(cell, cell, channels);
                to[RIGHT] = has_right ? ck_row_dot(cell, cell + channels, channels) : 0;
                to[LOWER] = has_lower ? ck_row_dot(cell, cell + row_length, channels) : 0;
                to[DIAGONALS] = 0;
            }
        }
    }
}

/// A neighbour and what the derivative has of it.
typedef struct {
    const float *cell;
    float weight;
} ck_share;

/// `to = sum of weight * cell`
CK_INLINE void sum_shares(const ck_share *shares, int count, size_t channels, float *restrict to) {
#pragma clang fp contract(fast)
    size_t k = 0;
    for (; k + 16 <= channels; k += 16) {
        ck_float16 sum = shares[0].weight * CK_LOAD16(shares[0].cell + k);
        for (int i = 1; i < count; i++) sum += shares[i].weight * CK_LOAD16(shares[i].cell + k);
        CK_STORE16(to + k, sum);
    }
    for (; k < channels; k++) {
        float sum = shares[0].weight * shares[0].cell[k];
        for (int i = 1; i < count; i++) sum += shares[i].weight * shares[i].cell[k];
        to[k] = sum;
    }
}

CK_CLONES void ck_neighbour_products_gradient(
    const float *maps, const float *upstream, size_t height, size_t width, size_t channels, size_t first_row,
    size_t row_count, float *gradient) {
    const ptrdiff_t cell_step = (ptrdiff_t)channels, row_step = (ptrdiff_t)(width * channels);
    const ptrdiff_t up = CK_NEIGHBOUR_PRODUCTS, up_row = (ptrdiff_t)width * CK_NEIGHBOUR_PRODUCTS;
    for (size_t row = first_row; row < first_row + row_count; row++) {
        const int above = row % height > 0, below = row % height + 1 < height;
        for (size_t x = 0; x < width; x++) {
            const int left = x > 0, right = x + 1 < width;
            const float *f = maps + (row * width + x) * channels;
            const float *u = upstream + (row * width + x) * CK_NEIGHBOUR_PRODUCTS;
            ck_share shares[9];
            int count = 0;
            shares[count++] = (ck_share){f, 2 * u[SELF]};
            if (right) shares[count++] = (ck_share){f + cell_step, u[RIGHT]};
            if (left) shares[count++] = (ck_share){f - cell_step, u[RIGHT - up]};
            if (below) shares[count++] = (ck_share){f + row_step, u[LOWER]};
            if (above) shares[count++] = (ck_share){f - row_step, u[LOWER - up_row]};
            if (below && right) shares[count++] = (ck_share){f + row_step + cell_step, u[DIAGONALS]};
            if (below && left) shares[count++] = (ck_share){f + row_step - cell_step, u[DIAGONALS - up]};
            if (above && right) shares[count++] = (ck_share){f - row_step + cell_step, u[DIAGONALS - up_row]};
            if (above && left) shares[count++] = (ck_share){f - row_step - cell_step, u[DIAGONALS - up_row - up]};
            sum_shares(shares, count, channels, gradient + (row * width + x) * channels);
        }
    }
}

/// Weights of the two cells that a sample reads; the second has none where there is only one.
CK_INLINE float second_weight(ck_sample s) { return s.high == s.low ? 0 : s.fraction; }

CK_CLONES void ck_upsampled_squares(
    const float *products, const ck_resizing *resizing, size_t out_y, float *scratch, float *squares) {
    const size_t width = resizing->in_w;
    const ck_sample y = resizing->rows[out_y];
    const float t = second_weight(y), k = 1 - t;
    const float *low = products + y.low * width * CK_NEIGHBOUR_PRODUCTS;
    const float *high = products + y.high * width * CK_NEIGHBOUR_PRODUCTS;
    // Of the row between two rows of cells: squares of its cells, and products of each with the one on its right.
    float *cells = scratch, *pairs = scratch + width;
    for (size_t x = 0; x < width; x++, low += CK_NEIGHBOUR_PRODUCTS, high += CK_NEIGHBOUR_PRODUCTS) {
        cells[x] = k * k * low[SELF] + t * t * high[SELF] + 2 * k * t * low[LOWER];
        pairs[x] = k * k * low[RIGHT] + t * t * high[RIGHT] + k * t * low[DIAGONALS];
    }
    for (size_t x = 0; x < resizing->out_w; x++) {
        const ck_sample s = resizing->columns[x];
        const float right = second_weight(s), left = 1 - right;
        squares[x] = left * left * cells[s.low] + right * right * cells[s.high] + 2 * left * right * pairs[s.low];
    }
}

CK_CLONES void ck_upsampled_squares_adjoint(
    const float *upstream, const ck_resizing *resizing, size_t out_y, size_t first_in_row, float *scratch,
    float *band) {
    const size_t width = resizing->in_w;
    float *cells = scratch, *pairs = scratch + width;
    memset(scratch, 0, 2 * width * sizeof(float));
    for (size_t x = 0; x < resizing->out_w; x++) {
        const ck_sample s = resizing->columns[x];
        const float right = second_weight(s), left = 1 - right;
        cells[s.low] += left * left * upstream[x];
        cells[s.high] += right * right * upstream[x];
        pairs[s.low] += 2 * left * right * upstream[x];
    }
    const ck_sample y = resizing->rows[out_y];
    const float t = second_weight(y), k = 1 - t;
    float *low = band + (y.low - first_in_row) * width * CK_NEIGHBOUR_PRODUCTS;
    float *high = band + (y.high - first_in_row) * width * CK_NEIGHBOUR_PRODUCTS;
    for (size_t x = 0; x < width; x++, low += CK_NEIGHBOUR_PRODUCTS, high += CK_NEIGHBOUR_PRODUCTS) {
        low[SELF] += k * k * cells[x];
        high[SELF] += t * t * cells[x];
        low[LOWER] += 2 * k * t * cells[x];
        low[RIGHT] += k * k * pairs[x];
        high[RIGHT] += t * t * pairs[x];
        low[DIAGONALS] += k * t * pairs[x];
    }
}

/// Lengths below 1e-12 count as that (`eps` of PyTorch's `normalize`) and do not move.
CK_INLINE int has_length(float square) { return square > 1e-24f; }

CK_INLINE float inverse_length(float square) { return has_length(square) ? 1 / sqrtf(square) : 1e12f; }

CK_CLONES void ck_divide_by_lengths(float *scores, const float *squares, size_t pixels, size_t classes) {
    for (size_t p = 0; p < pixels; p++) ck_row_scale(scores + p * classes, inverse_length(squares[p]), classes);
}

CK_CLONES void ck_divide_by_lengths_gradient(
    const float *divided, const float *squares, size_t pixels, size_t classes, float *gradient,
    float *squares_gradient) {
    for (size_t p = 0; p < pixels; p++) {
        const float inverse = inverse_length(squares[p]);
        float *g = gradient + p * classes;
        const float along = ck_row_dot(g, divided + p * classes, classes);
        squares_gradient[p] = has_length(squares[p]) ? -0.5f * along * inverse * inverse : 0;
        ck_row_scale(g, inverse, classes);
    }
}
