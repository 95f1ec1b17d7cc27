#include "ck_region_align.h"

#include <math.h>
#include <string.h>

#include "ck_platform.h"
#include "ck_vector.h"

// MARK: bins

/// Adds one sample at `position` to a bin whose samples come in ascending order.
static void add_sample(float position, size_t length, float weight, ck_bin *bin, float *weights) {
    if (position < -1 || position > (float)length) return;
    const float inside = position > 0 ? position : 0;
    size_t low = (size_t)inside;
    float fraction = inside - (float)low;
    if (low >= length - 1) {
        low = length - 1;
        fraction = 0;
    }
    if (bin->count == 0) bin->first = low;
    const size_t last = fraction > 0 ? low + 1 : low;
    while (bin->count < last - bin->first + 1) weights[bin->count++] = 0;
    weights[low - bin->first] += weight * (1 - fraction);
    if (fraction > 0) weights[last - bin->first] += weight * fraction;
}

void ck_region_bins(
    float start, float end, float scale, size_t length, size_t size, ck_bin *bins, float *weights) {
#pragma clang fp contract(off)
    const float low = start * scale - 0.5f;
    const float extent = (end * scale - 0.5f) - low;
    const float bin_length = extent / (float)size;
    const float samples = ceilf(extent / (float)size);
    for (size_t b = 0; b < size; b++) {
        bins[b] = (ck_bin){.first = 0, .count = 0, .weights = weights};
        if (length == 0 || samples <= 0) continue;
        const float bin_low = low + (float)b * bin_length;
        if (!isfinite(samples) || !isfinite(low)) {
            bins[b].count = 1;
            *weights++ = NAN;
            continue;
        }
        // Only those that may lie inside are looked at: a region may be any times as large as the map.
        const double spacing = (double)bin_length / samples;
        const double first = fmax(0, floor((-1.0 - bin_low) / spacing) - 2);
        const double last = fmin((double)samples - 1, ceil(((double)length - bin_low) / spacing) + 2);
        const size_t count = last >= first ? (size_t)(last - first) + 1 : 0;
        for (size_t i = 0; i < count; i++) {
            const float position = bin_low + ((float)(first + (double)i) + 0.5f) * bin_length / samples;
            add_sample(position, length, 1 / samples, &bins[b], weights);
        }
        weights += bins[b].count;
    }
}

/// The cells that any of the bins reads.
CK_INLINE ck_bin all_cells(const ck_bin *bins, size_t size) {
    size_t begin = (size_t)-1, end = 0;
    for (size_t b = 0; b < size; b++) {
        if (bins[b].count == 0) continue;
        if (bins[b].first < begin) begin = bins[b].first;
        if (bins[b].first + bins[b].count > end) end = bins[b].first + bins[b].count;
    }
    return end == 0 ? (ck_bin){0} : (ck_bin){.first = begin, .count = end - begin};
}

// MARK: values

/// `output[i] = sum over k < count of weights[k] * input[k * stride + i]`
CK_INLINE void weighted_sum(
    const float *input, size_t stride, const float *weights, size_t count, size_t length, float *restrict output) {
#pragma clang fp contract(fast)
    size_t i = 0;
    for (; i + 32 <= length; i += 32) {
        ck_float16 left = {0}, right = {0};
        for (size_t k = 0; k < count; k++) {
            const float *from = input + k * stride + i;
            left += weights[k] * CK_LOAD16(from);
            right += weights[k] * CK_LOAD16(from + 16);
        }
        CK_STORE16(output + i, left);
        CK_STORE16(output + i + 16, right);
    }
    for (; i < length; i++) {
        float sum = 0;
        for (size_t k = 0; k < count; k++) sum += weights[k] * input[k * stride + i];
        output[i] = sum;
    }
}

CK_CLONES void ck_region_align(
    const float *map, size_t width, size_t channels, const ck_bin *rows, const ck_bin *columns, size_t size,
    float *scratch, float *output) {
    const ck_bin cells = all_cells(columns, size);
    for (size_t y = 0; y < size; y++) {
        const ck_bin row = rows[y];
        float *to = output + y * size * channels;
        if (row.count == 0 || cells.count == 0) {
            memset(to, 0, size * channels * sizeof(float));
            continue;
        }
        weighted_sum(
            map + (row.first * width + cells.first) * channels, width * channels, row.weights, row.count,
            cells.count * channels, scratch);
        for (size_t x = 0; x < size; x++, to += channels) {
            const ck_bin column = columns[x];
            const size_t skipped = column.count == 0 ? 0 : column.first - cells.first;
            weighted_sum(scratch + skipped * channels, channels, column.weights, column.count, channels, to);
        }
    }
}

// MARK: gradient

/// `to += weight * from`
CK_INLINE void add_scaled(const float *from, float weight, size_t count, float *restrict to) {
#pragma clang fp contract(fast)
    for (size_t i = 0; i < count; i++) to[i] += weight * from[i];
}

CK_CLONES void ck_region_align_gradient(
    const float *upstream, size_t width, size_t channels, size_t first_channel, size_t channel_count,
    const ck_bin *rows, const ck_bin *columns, size_t size, float *scratch, float *map_gradient) {
    const ck_bin cells = all_cells(columns, size);
    for (size_t y = 0; y < size; y++) {
        const ck_bin row = rows[y];
        if (row.count == 0 || cells.count == 0) continue;
        memset(scratch, 0, cells.count * channel_count * sizeof(float));
        for (size_t x = 0; x < size; x++) {
            const float *from = upstream + (y * size + x) * channels + first_channel;
            for (size_t k = 0; k < columns[x].count; k++) {
                float *to = scratch + (columns[x].first - cells.first + k) * channel_count;
                add_scaled(from, columns[x].weights[k], channel_count, to);
            }
        }
        for (size_t k = 0; k < row.count; k++) {
            float *to = map_gradient + ((row.first + k) * width + cells.first) * channels + first_channel;
            for (size_t x = 0; x < cells.count; x++) {
                add_scaled(scratch + x * channel_count, row.weights[k], channel_count, to + x * channels);
            }
        }
    }
}
