#pragma once

// Elementary functions as polynomials without branches, so that the loops around them vectorise (a call of `expf`
// stops the vectoriser). They keep the rounding of their own expressions: a caller's `reassociate(on)` does not reach
// into them. Errors are in units in the last place (ulp); the tests compare with libm.

#include <stdint.h>
#include <string.h>

#include "ck_platform.h"

CK_INLINE float ck_from_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

CK_INLINE uint32_t ck_to_bits(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

CK_INLINE float ck_absolute(float x) { return ck_from_bits(ck_to_bits(x) & 0x7fffffffu); }

/// 2^n for -126 <= n <= 127.
CK_INLINE float ck_power_of_two(int32_t n) { return ck_from_bits((uint32_t)(n + 127) << 23); }

/// `e^x`, error below 2 ulp; denormal results, 0, infinity and NaN as `expf` gives them.
///
/// `x = n ln 2 + r`, `|r| <= ln 2 / 2`, with ln 2 in two parts; `e^r = 1 + r + r^2 q(r)`, q fitted to 3e-9.
CK_INLINE float ck_exp(float x) {
    const float to_integer = 0x1.8p23f;  // adding it leaves the nearest integer in the low bits
    const float limited = x < -104.0f ? -104.0f : (x > 89.0f ? 89.0f : x);
    const float shifted = limited * 0x1.715476p0f + to_integer;
    const int32_t n = (int32_t)(ck_to_bits(shifted) - ck_to_bits(to_integer));
    const float k = shifted - to_integer;
    const float r = (limited - k * 0x1.62e4p-1f) - k * 0x1.7f7d1cp-20f;
    float q = 0x1.6a2352p-10f;
    q = q * r + 0x1.123a6cp-7f;
    q = q * r + 0x1.5558f4p-5f;
    q = q * r + 0x1.555490p-3f;
    q = q * r + 0x1.fffffcp-2f;
    const float p = q * (r * r) + r + 1.0f;
    // Two factors: one power of two reaches neither the denormals nor past the largest float. NaN stays in p.
    const int32_t half = n / 2;
    return p * ck_power_of_two(half) * ck_power_of_two(n - half);
}

/// Natural logarithm, error below 2 ulp; of 0 minus infinity, of negative numbers NaN.
///
/// `x = m 2^n` with m around 1; `log m = f - f^2/2 + f^3 P(f)`, `f = m - 1` (the polynomial is that of Cephes `logf`).
CK_INLINE float ck_log(float x) {
    const int is_denormal = x < 0x1p-126f;
    const float scaled = is_denormal ? x * 0x1p23f : x;
    const uint32_t bits = ck_to_bits(scaled) - 0x3f3504f3u;  // counts exponents from sqrt(1/2)
    const float n = (float)((int32_t)bits >> 23) - (is_denormal ? 23.0f : 0.0f);
    const float f = ck_from_bits((bits & 0x7fffffu) + 0x3f3504f3u) - 1.0f;
    float p = 7.0376836292e-2f;
    p = p * f - 1.1514610310e-1f;
    p = p * f + 1.1676998740e-1f;
    p = p * f - 1.2420140846e-1f;
    p = p * f + 1.4249322787e-1f;
    p = p * f - 1.6668057665e-1f;
    p = p * f + 2.0000714765e-1f;
    p = p * f - 2.4999993993e-1f;
    p = p * f + 3.3333331174e-1f;
    const float square = f * f;
    const float small = p * f * square - 2.12194440e-4f * n - 0.5f * square;
    const float result = f + small + 0.693359375f * n;
    const float special = x == 0 ? -__builtin_inff() : (x > 0 ? x : __builtin_nanf(""));
    return x > 0 && x < __builtin_inff() ? result : special;
}

/// A standard normal variable Z at one place.
typedef struct {
    float distribution;  ///< `P(Z <= x)`, absolute error below 2e-7
    float density;       ///< `e^(-x^2 / 2) / sqrt(2 pi)`
} ck_normal_values;

/// `P(Z <= -|x|) = e^(-x^2 / 2) p(t)`, `t = 1 / (1 + |x| / (2 sqrt 2))`, p fitted with a relative error of 4e-8 (the
/// form of Abramowitz and Stegun, 7.1.26, with more terms). One exponential serves both values, and nothing cancels on
/// the left.
CK_INLINE ck_normal_values ck_normal(float x) {
    const float bell = ck_exp(-0.5f * x * x);
    const float t = 1.0f / (1.0f + ck_absolute(x) * 0x1.6a09e6p-2f);
    float p = -2.94454284e-2f;
    p = p * t + 1.41851171e-1f;
    p = p * t - 2.42692247e-1f;
    p = p * t + 1.37989506e-1f;
    p = p * t - 1.25891184e-2f;
    p = p * t + 1.01035021e-1f;
    p = p * t + 1.21630482e-1f;
    p = p * t + 1.41176745e-1f;
    p = p * t + 1.41043842e-1f;
    const float tail = bell * (p * t);
    return (ck_normal_values){.distribution = x < 0 ? tail : 1.0f - tail, .density = bell * 0x1.988454p-2f};
}
