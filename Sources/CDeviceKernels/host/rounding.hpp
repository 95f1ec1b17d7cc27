// Numbers as tensor cores read them: TF32 and bf16 have the exponent of a float and fewer digits.
#pragma once

#include <cstdint>
#include <cstring>

namespace cdk {

inline uint32_t bits_of(float value) {
    uint32_t bits;
    std::memcpy(&bits, &value, 4);
    return bits;
}

inline float from_bits(uint32_t bits) {
    float value;
    std::memcpy(&value, &bits, 4);
    return value;
}

inline bool is_none(uint32_t bits) { return (bits & 0x7fffffffu) > 0x7f800000u; }

/// Ten digits behind the point, half away from zero, in the place of a float; what is no number stays none.
inline uint32_t tf32(float value) {
    const uint32_t bits = bits_of(value);
    return is_none(bits) ? 0x7fffe000u : (bits + 0x1000u) & ~0x1fffu;
}

/// Seven digits behind the point, half to even, in the low half.
inline uint32_t bf16(float value) {
    const uint32_t bits = bits_of(value);
    return is_none(bits) ? 0x7fffu : (bits + 0x7fffu + (bits >> 16 & 1)) >> 16;
}

}  // namespace cdk
