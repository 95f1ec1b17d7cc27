#include "ck_softmax.h"

#include "ck_rows.h"

// Rows are often short (one score per class), so differences are written first and the exponentials are taken over
// many rows at once: they then fill whole vectors.
enum { BLOCK = 2048 };

/// Whole rows of about BLOCK elements, at least one.
CK_INLINE size_t rows_at_once(size_t rows, size_t columns) {
    const size_t wanted = columns < BLOCK ? BLOCK / columns : 1;
    return rows < wanted ? rows : wanted;
}

CK_CLONES void ck_softmax(const float *input, size_t rows, size_t columns, float *output) {
    if (columns == 0) return;
    for (size_t row = 0; row < rows;) {
        const size_t count = rows_at_once(rows - row, columns);
        const float *x = input + row * columns;
        float *y = output + row * columns;
        for (size_t r = 0; r < count; r++) {
            ck_row_add(x + r * columns, -ck_row_maximum(x + r * columns, columns), columns, y + r * columns);
        }
        ck_shifted_exponentials(y, 0, count * columns, y);
        for (size_t r = 0; r < count; r++) {
            ck_row_scale(y + r * columns, 1.0f / ck_row_sum(y + r * columns, columns), columns);
        }
        row += count;
    }
}

CK_CLONES void ck_softmax_gradient(
    const float *output, const float *upstream, size_t rows, size_t columns, float *restrict input_gradient) {
    for (size_t row = 0; row < rows; row++) {
        const float *y = output + row * columns, *dy = upstream + row * columns;
        const float dot = ck_row_dot(y, dy, columns);
        for (size_t c = 0; c < columns; c++) input_gradient[row * columns + c] = y[c] * (dy[c] - dot);
    }
}

CK_CLONES void ck_log_softmax(const float *input, size_t rows, size_t columns, float *restrict output) {
    float exponentials[BLOCK];
    for (size_t row = 0; row < rows; row++) {
        const float *x = input + row * columns;
        float *y = output + row * columns;
        const float largest = ck_row_maximum(x, columns);
        float sum = 0;
        for (size_t start = 0; start < columns; start += BLOCK) {
            const size_t count = columns - start < BLOCK ? columns - start : BLOCK;
            ck_shifted_exponentials(x + start, largest, count, exponentials);
            sum += ck_row_sum(exponentials, count);
        }
        const float log_sum = ck_log(sum);
        for (size_t c = 0; c < columns; c++) y[c] = (x[c] - largest) - log_sum;
    }
}

CK_CLONES void ck_log_softmax_gradient(
    const float *restrict output, const float *restrict upstream, size_t rows, size_t columns,
    float *restrict input_gradient) {
    for (size_t row = 0; row < rows; row++) {
        const float *y = output + row * columns, *dy = upstream + row * columns;
        const float sum = ck_row_sum(dy, columns);
        for (size_t c = 0; c < columns; c++) input_gradient[row * columns + c] = dy[c] - ck_exp(y[c]) * sum;
    }
}
