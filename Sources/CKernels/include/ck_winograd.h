#pragma once

#include <stddef.h>

// The minimal filtering algorithm F(4 x 4, 3 x 3) (Winograd; Lavin and Gray, arXiv:1509.09308): a 3 x 3 convolution
// of a tile of 4 x 4 outputs with 36 instead of 144 products per channel pair.
//
//     output = A' [ (G weight G') * (B' input B) ] A
//
// The 36 numbers of a tile are its values at 6 x 6 points; per point the sum over channels is a matrix product.
// The points of an axis are 0, +-1/sqrt(2), +-sqrt(2) and infinity, for which single precision loses about five times
// what a direct sum loses; with the more common 0, +-1, +-2 it would be ten times.
//
// Tiles are counted over the batch in row order, `tiles_h * tiles_w` a map. Transformed values are
// [36, tiles, channels], points and tiles with strides. Channels must be multiples of 16.

/// How maps [B, height, width, channels] are cut into tiles.
typedef struct {
    size_t height, width, channels;
    size_t tiles_h, tiles_w;  ///< cover the outputs: ceil(output / 4)
    size_t padding_h, padding_w;  ///< zeros before the first pixel; tile (0, 0) starts there
} ck_tiling;

/// Floats from one point, and from one tile of a point, to the next.
typedef struct {
    size_t point, tile;
} ck_point_strides;

/// `B' input B` for `tile_count` tiles from `first_tile` on; tile (y, x) reads 6 x 6 pixels from `(4y, 4x) - padding`.
void ck_winograd_input(
    const float *maps, const ck_tiling *tiling, size_t first_tile, size_t tile_count, ck_point_strides strides,
    float *transformed);

/// `A' products A + bias` into output maps (`padding` 0); what lies beyond their edges is dropped. `bias` may be null.
void ck_winograd_output(
    const float *products, ck_point_strides strides, const ck_tiling *tiling, size_t first_tile, size_t tile_count,
    const float *bias, float *maps);

/// `A upstream A'`, the adjoint of `ck_winograd_output`.
void ck_winograd_upstream(
    const float *maps, const ck_tiling *tiling, size_t first_tile, size_t tile_count, ck_point_strides strides,
    float *transformed);

/// Some channels of some filters.
typedef struct {
    size_t first_filter, filter_count;
    size_t first_channel, channel_count;  ///< multiples of 16
} ck_weight_part;

/// `G weight G'` for a part of `[filters, 3, 3, channels]`, into `[36, filter_count, channel_count]`. `reversed` turns
/// the filters by 180 degrees first.
void ck_winograd_weight(
    const float *weight, size_t channels, int reversed, ck_weight_part part, float *transformed);

/// `G' gradient G`, the adjoint of `ck_winograd_weight` without reversal; added to what is there where `adding`.
void ck_winograd_weight_gradient(
    const float *transformed, size_t filters, size_t channels, size_t first, size_t count, int adding,
    float *weight_gradient);
