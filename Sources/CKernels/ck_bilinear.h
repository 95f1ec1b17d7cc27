#pragma once

// One axis of a bilinear sample between the cells of a map, with zeros outside: in both directions of sampling, and in
// that of positions, the same cells must have the same shares.

#include <math.h>
#include <stdint.h>

#include "ck_platform.h"

/// The two neighbouring cells along an axis: names of cells that are there, and shares that are 0 for those outside.
/// `slopes` are the derivatives of the shares.
typedef struct {
    int32_t cells[2];
    float shares[2], slopes[2];
} ck_axis_sample;

/// A position in cells, the centre of the first at 0. One that is not a number gives shares that are none either.
CK_INLINE ck_axis_sample ck_sample_axis(float position, int32_t length) {
    const float last = (float)length + 1;
    float inside = position < -2 ? -2 : position;
    inside = inside > last ? last : inside;
    const float low = floorf(inside), fraction = inside - low;
    const int32_t first = (int32_t)(low == low ? low : 0), second = first + 1;
    const int has_first = first >= 0 && first < length, has_second = second >= 0 && second < length;
    const int32_t end = length - 1;
    const int32_t near = first < 0 ? 0 : first, far = second < 0 ? 0 : second;
    // 0, but no number where the position is none.
    const float none = inside - inside;
    return (ck_axis_sample){
        .cells = {near > end ? end : near, far > end ? end : far},
        .shares = {has_first ? 1 - fraction : none, has_second ? fraction : none},
        .slopes = {has_first ? -1 : none, has_second ? 1 : none},
    };
}
