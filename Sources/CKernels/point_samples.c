#include "ck_point_samples.h"

#include "ck_bilinear.h"

CK_CLONES void ck_point_samples(
    const float *map, size_t height, size_t width, const float *points, size_t count, float *samples) {
    for (size_t i = 0; i < count; i++) {
        const ck_axis_sample x = ck_sample_axis(points[2 * i] * (float)width - 0.5f, (int32_t)width);
        const ck_axis_sample y = ck_sample_axis(points[2 * i + 1] * (float)height - 0.5f, (int32_t)height);
        const float *top = map + (size_t)y.cells[0] * width, *bottom = map + (size_t)y.cells[1] * width;
        const float upper = x.shares[0] * top[x.cells[0]] + x.shares[1] * top[x.cells[1]];
        const float lower = x.shares[0] * bottom[x.cells[0]] + x.shares[1] * bottom[x.cells[1]];
        samples[i] = y.shares[0] * upper + y.shares[1] * lower;
    }
}

CK_CLONES void ck_point_samples_gradient(
    const float *upstream, size_t height, size_t width, const float *points, size_t count, float *map_gradient) {
    for (size_t i = 0; i < count; i++) {
        const ck_axis_sample x = ck_sample_axis(points[2 * i] * (float)width - 0.5f, (int32_t)width);
        const ck_axis_sample y = ck_sample_axis(points[2 * i + 1] * (float)height - 0.5f, (int32_t)height);
        for (int row = 0; row < 2; row++) {
            float *to = map_gradient + (size_t)y.cells[row] * width;
            const float share = upstream[i] * y.shares[row];
            to[x.cells[0]] += share * x.shares[0];
            to[x.cells[1]] += share * x.shares[1];
        }
    }
}
