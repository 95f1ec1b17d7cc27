#include "ck_winograd.h"
#include "ck_platform.h"
#include "ck_vector.h"

// A tile is held for sixteen channels at a time. Each transform is a small matrix applied along both axes.

enum { POINTS = 6, OUTPUTS = 4, TAPS = 3 };

static const float A = 0.70710678118654752f;  // the points are 0, +-A, +-B, infinity
static const float B = 1.41421356237309505f;

typedef enum { INPUT, OUTPUT, UPSTREAM, WEIGHT, WEIGHT_GRADIENT } transform;

/// `B'`: 6 -> 6, rows are the Lagrange polynomials of the points.
CK_INLINE void transform_input(const ck_float16 *d, size_t from, ck_float16 *t, size_t to) {
    const ck_float16 d0 = d[0], d1 = d[from], d2 = d[2 * from], d3 = d[3 * from], d4 = d[4 * from], d5 = d[5 * from];
    const ck_float16 even_a = d4 - 2 * d2, odd_a = A * (d3 - 2 * d1);
    const ck_float16 even_b = d4 - 0.5f * d2, odd_b = B * (d3 - 0.5f * d1);
    t[0] = d0 - 2.5f * d2 + d4;
    t[to] = even_a + odd_a;
    t[2 * to] = even_a - odd_a;
    t[3 * to] = even_b + odd_b;
    t[4 * to] = even_b - odd_b;
    t[5 * to] = d1 - 2.5f * d3 + d5;
}

/// `A'`: 6 -> 4, powers of the points.
CK_INLINE void transform_output(const ck_float16 *m, size_t from, ck_float16 *y, size_t to) {
    const ck_float16 sum_a = m[from] + m[2 * from], difference_a = A * (m[from] - m[2 * from]);
    const ck_float16 sum_b = m[3 * from] + m[4 * from], difference_b = B * (m[3 * from] - m[4 * from]);
    y[0] = m[0] + sum_a + sum_b;
    y[to] = difference_a + difference_b;
    y[2 * to] = 0.5f * sum_a + 2 * sum_b;
    y[3 * to] = 0.5f * difference_a + 2 * difference_b + m[5 * from];
}

/// `A`: 4 -> 6.
CK_INLINE void transform_upstream(const ck_float16 *y, size_t from, ck_float16 *m, size_t to) {
    const ck_float16 y0 = y[0], y1 = y[from], y2 = y[2 * from], y3 = y[3 * from];
    const ck_float16 even_a = y0 + 0.5f * y2, odd_a = A * (y1 + 0.5f * y3);
    const ck_float16 even_b = y0 + 2 * y2, odd_b = B * (y1 + 2 * y3);
    m[0] = y0;
    m[to] = even_a + odd_a;
    m[2 * to] = even_a - odd_a;
    m[3 * to] = even_b + odd_b;
    m[4 * to] = even_b - odd_b;
    m[5 * to] = y3;
}

/// `G`: 3 -> 6, the filter's values at the points over the Lagrange denominators 1, -3/2, -3/2, 6, 6, 1.
CK_INLINE void transform_weight(const ck_float16 *g, size_t from, ck_float16 *u, size_t to) {
    const ck_float16 g0 = g[0], g1 = g[from], g2 = g[2 * from];
    const ck_float16 even_a = (g0 + 0.5f * g2) * (-2.0f / 3), odd_a = g1 * (-2.0f / 3 * A);
    const ck_float16 even_b = (g0 + 2 * g2) * (1.0f / 6), odd_b = g1 * (1.0f / 6 * B);
    u[0] = g0;
    u[to] = even_a + odd_a;
    u[2 * to] = even_a - odd_a;
    u[3 * to] = even_b + odd_b;
    u[4 * to] = even_b - odd_b;
    u[5 * to] = g2;
}

/// `G'`: 6 -> 3.
CK_INLINE void transform_weight_gradient(const ck_float16 *u, size_t from, ck_float16 *g, size_t to) {
    const ck_float16 sum_a = (u[from] + u[2 * from]) * (-2.0f / 3);
    const ck_float16 sum_b = (u[3 * from] + u[4 * from]) * (1.0f / 6);
    g[0] = u[0] + sum_a + sum_b;
    g[to] = (u[from] - u[2 * from]) * (-2.0f / 3 * A) + (u[3 * from] - u[4 * from]) * (1.0f / 6 * B);
    g[2 * to] = 0.5f * sum_a + 2 * sum_b + u[5 * from];
}

CK_INLINE void apply(transform kind, const ck_float16 *in, size_t from, ck_float16 *out, size_t to) {
    switch (kind) {
    case INPUT: transform_input(in, from, out, to); break;
    case OUTPUT: transform_output(in, from, out, to); break;
    case UPSTREAM: transform_upstream(in, from, out, to); break;
    case WEIGHT: transform_weight(in, from, out, to); break;
    case WEIGHT_GRADIENT: transform_weight_gradient(in, from, out, to); break;
    }
}

/// Applies a transform along both axes: `in` is [inputs, inputs], `out` [outputs, outputs].
CK_INLINE void apply_twice(transform kind, size_t inputs, size_t outputs, const ck_float16 *in, ck_float16 *out) {
    ck_float16 half[POINTS * POINTS];
    for (size_t y = 0; y < inputs; y++) apply(kind, in + y * inputs, 1, half + y * outputs, 1);
    for (size_t x = 0; x < outputs; x++) apply(kind, half + x, outputs, out + x, outputs);
}

/// The part of a tile that lies inside a map.
typedef struct {
    size_t map;  ///< floats before the map
    ptrdiff_t y, x;  ///< first pixel of the tile in the map, may be negative
} tile_place;

CK_INLINE tile_place place(const ck_tiling *t, size_t tile) {
    const size_t in_map = tile % (t->tiles_h * t->tiles_w);
    return (tile_place){
        .map = tile / (t->tiles_h * t->tiles_w) * t->height * t->width * t->channels,
        .y = (ptrdiff_t)(in_map / t->tiles_w * OUTPUTS) - (ptrdiff_t)t->padding_h,
        .x = (ptrdiff_t)(in_map % t->tiles_w * OUTPUTS) - (ptrdiff_t)t->padding_w,
    };
}

CK_INLINE int is_inside(const ck_tiling *t, ptrdiff_t y, ptrdiff_t x) {
    return y >= 0 && y < (ptrdiff_t)t->height && x >= 0 && x < (ptrdiff_t)t->width;
}

/// How far ahead of the channels at work those to come are fetched. A tile's pixels and points are dozens of places in
/// memory that advance together, more than the processor follows by itself.
enum { AHEAD = 32 };

/// Reads tiles of `size` x `size` pixels, transforms them and stores the values at the 36 points.
CK_INLINE void transform_tiles(
    transform kind, size_t size, const float *maps, const ck_tiling *tiling, size_t first_tile, size_t tile_count,
    ck_point_strides strides, float *transformed) {
    const ck_tiling t = *tiling;
    for (size_t tile = 0; tile < tile_count; tile++) {
        const tile_place at = place(&t, first_tile + tile);
        const float *map = maps + at.map;
        for (size_t c = 0; c < t.channels; c += 16) {
            ck_float16 pixels[POINTS * POINTS], points[POINTS * POINTS];
            for (size_t p = 0; p < size * size; p++) {
                const ptrdiff_t y = at.y + (ptrdiff_t)(p / size), x = at.x + (ptrdiff_t)(p % size);
                const ptrdiff_t pixel = y * (ptrdiff_t)t.width + x;
                pixels[p] = (ck_float16){0};
                if (!is_inside(&t, y, x)) continue;
                const float *from = map + pixel * (ptrdiff_t)t.channels + c;
                pixels[p] = CK_LOAD16(from);
                __builtin_prefetch(from + AHEAD, 0);
            }
            apply_twice(kind, size, POINTS, pixels, points);
            float *to = transformed + tile * strides.tile + c;
            for (size_t p = 0; p < POINTS * POINTS; p++) {
                CK_STORE16(to + p * strides.point, points[p]);
                __builtin_prefetch(to + p * strides.point + AHEAD, 1);
            }
        }
    }
}

CK_CLONES void ck_winograd_input(
    const float *maps, const ck_tiling *tiling, size_t first_tile, size_t tile_count, ck_point_strides strides,
    float *transformed) {
    transform_tiles(INPUT, POINTS, maps, tiling, first_tile, tile_count, strides, transformed);
}

CK_CLONES void ck_winograd_upstream(
    const float *maps, const ck_tiling *tiling, size_t first_tile, size_t tile_count, ck_point_strides strides,
    float *transformed) {
    transform_tiles(UPSTREAM, OUTPUTS, maps, tiling, first_tile, tile_count, strides, transformed);
}

CK_CLONES void ck_winograd_output(
    const float *products, ck_point_strides strides, const ck_tiling *tiling, size_t first_tile, size_t tile_count,
    const float *bias, float *maps) {
    const ck_tiling t = *tiling;
    for (size_t tile = 0; tile < tile_count; tile++) {
        const tile_place at = place(&t, first_tile + tile);
        float *map = maps + at.map;
        for (size_t c = 0; c < t.channels; c += 16) {
            ck_float16 points[POINTS * POINTS], pixels[OUTPUTS * OUTPUTS];
            const float *from = products + tile * strides.tile + c;
            for (size_t p = 0; p < POINTS * POINTS; p++) {
                points[p] = CK_LOAD16(from + p * strides.point);
                __builtin_prefetch(from + p * strides.point + AHEAD, 0);
            }
            apply_twice(OUTPUT, POINTS, OUTPUTS, points, pixels);
            const ck_float16 addend = bias ? CK_LOAD16(bias + c) : (ck_float16){0};
            for (size_t p = 0; p < OUTPUTS * OUTPUTS; p++) {
                const ptrdiff_t y = at.y + (ptrdiff_t)(p / OUTPUTS), x = at.x + (ptrdiff_t)(p % OUTPUTS);
                if (!is_inside(&t, y, x)) continue;
                CK_STORE16(map + (y * (ptrdiff_t)t.width + x) * (ptrdiff_t)t.channels + c, pixels[p] + addend);
            }
        }
    }
}

CK_CLONES void ck_winograd_weight(
    const float *weight, size_t channels, int reversed, ck_weight_part part, float *transformed) {
    for (size_t f = 0; f < part.filter_count; f++) {
        const float *filter = weight + (part.first_filter + f) * TAPS * TAPS * channels + part.first_channel;
        for (size_t c = 0; c < part.channel_count; c += 16) {
            ck_float16 taps[TAPS * TAPS], points[POINTS * POINTS];
            for (size_t t = 0; t < TAPS * TAPS; t++) {
                const size_t tap = reversed ? TAPS * TAPS - 1 - t : t;
                taps[t] = CK_LOAD16(filter + tap * channels + c);
            }
            apply_twice(WEIGHT, TAPS, POINTS, taps, points);
            for (size_t p = 0; p < POINTS * POINTS; p++) {
                CK_STORE16(transformed + (p * part.filter_count + f) * part.channel_count + c, points[p]);
            }
        }
    }
}

CK_CLONES void ck_winograd_weight_gradient(
    const float *transformed, size_t filters, size_t channels, size_t first, size_t count, int adding,
    float *weight_gradient) {
    for (size_t filter = first; filter < first + count; filter++) {
        for (size_t c = 0; c < channels; c += 16) {
            ck_float16 points[POINTS * POINTS], taps[TAPS * TAPS];
            for (size_t p = 0; p < POINTS * POINTS; p++) {
                points[p] = CK_LOAD16(transformed + (p * filters + filter) * channels + c);
            }
            apply_twice(WEIGHT_GRADIENT, POINTS, TAPS, points, taps);
            for (size_t t = 0; t < TAPS * TAPS; t++) {
                float *to = weight_gradient + (filter * TAPS * TAPS + t) * channels + c;
                CK_STORE16(to, adding ? CK_LOAD16(to) + taps[t] : taps[t]);
            }
        }
    }
}
