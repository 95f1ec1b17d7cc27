#pragma once

#include <stddef.h>

// Bilinear samples of one map [height, width] at points (x, y) in 0...1 of its extent: in cells a point is
// `x * width - 0.5`, and cells outside of the map are 0.

void ck_point_samples(
    const float *map, size_t height, size_t width, const float *points, size_t count, float *samples);

/// Adds the gradient to that of the map.
void ck_point_samples_gradient(
    const float *upstream, size_t height, size_t width, const float *points, size_t count, float *map_gradient);
