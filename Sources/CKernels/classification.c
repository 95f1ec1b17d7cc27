#include "ck_classification.h"
#include "ck_math.h"
#include "ck_platform.h"

CK_CLONES void ck_classify(const float *scores, size_t pixels, size_t classes, uint8_t *labels, float *confidence) {
#pragma clang fp reassociate(on) contract(fast)
    for (size_t pixel = 0; pixel < pixels; pixel++) {
        const float *row = scores + pixel * classes;
        float largest = row[0];
        size_t winner = 0;
        for (size_t c = 1; c < classes; c++) {
            if (row[c] > largest) {
                largest = row[c];
                winner = c;
            }
        }
        float sum = 0;
        for (size_t c = 0; c < classes; c++) sum += ck_exp(row[c] - largest);
        labels[pixel] = (uint8_t)winner;
        confidence[pixel] = 1.0f / sum;
    }
}

CK_CLONES size_t ck_count_at_least(const float *values, size_t count, float threshold) {
    size_t result = 0;
    for (size_t i = 0; i < count; i++) result += values[i] >= threshold;
    return result;
}

void ck_mask_cells(
    const int32_t *labels, size_t height, size_t width, size_t cells, const int32_t *counting, float least,
    float *mask) {
    for (size_t cell = 0; cell < cells; cell++) {
        size_t histogram[256] = {0};
        for (size_t y = 0; y < height; y++) {
            const int32_t *row = labels + (y * cells + cell) * width;
            for (size_t x = 0; x < width; x++) {
                if (row[x] >= 0 && row[x] < 256) histogram[row[x]]++;
            }
        }
        size_t winner = 0;
        for (size_t label = 1; label < 256; label++) {
            if (histogram[label] > histogram[winner]) winner = label;
        }
        mask[cell] = counting[winner] && (float)histogram[winner] >= least ? 1 : 0;
    }
}
