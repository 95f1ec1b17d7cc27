#include "include/ck_bfloat16.h"
#include "ck_platform.h"
#include <string.h>

CK_CLONES
void ck_round_bfloat16(
    const float *in, ptrdiff_t in_stride, ptrdiff_t rows, ptrdiff_t columns, uint16_t *out, ptrdiff_t out_stride) {
    for (ptrdiff_t r = 0; r < rows; r++) {
        const float *from = in + r * in_stride;
        uint16_t *to = out + r * out_stride;
        for (ptrdiff_t c = 0; c < columns; c++) {
            uint32_t bits;
            memcpy(&bits, from + c, sizeof bits);
            uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
            // The carry would make infinity, or zero, of a NaN.
            uint32_t quiet = bits >> 16 | 0x40;
            to[c] = (uint16_t)((bits & 0x7fffffff) > 0x7f800000 ? quiet : rounded);
        }
    }
}

static float widened(uint16_t half) {
    uint32_t bits = (uint32_t)half << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

int ck_bfloat16_product(
    char transposes_left, char transposes_right, int64_t rows, int64_t columns, int64_t inner, float alpha,
    const uint16_t *left, int64_t left_stride, const uint16_t *right, int64_t right_stride, float beta, float *output,
    int64_t output_stride) {
    int64_t left_row = transposes_left == 'T' ? 1 : left_stride, left_inner = transposes_left == 'T' ? left_stride : 1;
    int64_t right_inner = transposes_right == 'T' ? 1 : right_stride;
    int64_t right_column = transposes_right == 'T' ? right_stride : 1;
    for (int64_t r = 0; r < rows; r++) {
        float *to = output + r * output_stride;
        for (int64_t c = 0; c < columns; c++) {
            float sum = 0;
            for (int64_t i = 0; i < inner; i++) {
                float factor = widened(right[i * right_inner + c * right_column]);
                sum += widened(left[r * left_row + i * left_inner]) * factor;
            }
            to[c] = alpha * sum + (beta == 0 ? 0 : beta * to[c]);
        }
    }
    return 0;
}
