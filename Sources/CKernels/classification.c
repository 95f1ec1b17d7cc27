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
