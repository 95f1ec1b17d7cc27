#pragma once

#include <stddef.h>

// Between one row of pixels with four times the channels, [width, 2, 2, channels], and the two rows of twice the width
// that these channels stand for, [2, 2 * width, channels].

/// Makes the two rows, and adds `bias`, `[channels]`, that may be null.
void ck_unfold_pixels(const float *pixels, size_t width, size_t channels, const float *bias, float *rows);

/// The inverse, without a bias.
void ck_fold_pixels(const float *rows, size_t width, size_t channels, float *pixels);
