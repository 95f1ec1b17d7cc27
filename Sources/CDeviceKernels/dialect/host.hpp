// The dialect for the host. A group's threads are fibers, which switch at barriers and at operations of a warp; a
// kernel of `EACH` is one loop. Every kernel enters itself in the registry with the kinds of its parameters.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include "../host/fibers.hpp"
#include "../host/registry.hpp"
#include "../host/rounding.hpp"

typedef long long i64;
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef int i32;

#define CDK_KERNEL(name, threads, each, ...)                                                                    \
    static void name(__VA_ARGS__);                                                                              \
    static const cdk::Registration registration_##name(                                                         \
        #name, threads, each, cdk::Invoke<decltype(&name), &name>::body,                                        \
        cdk::Invoke<decltype(&name), &name>::kinds());                                                          \
    static void name(__VA_ARGS__)
#define KERNEL(name, threads, ...) CDK_KERNEL(name, threads, false, __VA_ARGS__)
#define EACH_KERNEL(name, ...) CDK_KERNEL(name, 256, true, __VA_ARGS__)
// In one of two orders: what depends on the order of threads shows.
#define EACH(i, count)                                                                                          \
    for (i64 cdk_n = (i64)(count), cdk_step = cdk::state.backwards ? -1 : 1,                                     \
             i = cdk::state.backwards ? cdk_n - 1 : 0;                                                          \
         cdk_n > 0; cdk_n--, i += cdk_step)
#define DEVICE [[maybe_unused]] static inline
#if defined(__has_feature) && __has_feature(address_sanitizer)
// One for all threads of the host, which run kernels one at a time: the sanitizer guards no array of a single thread.
#define SHARED(type, name, count) static type name[count]
#else
#define SHARED(type, name, count) static thread_local type name[count]
#endif
#define BARRIER() cdk::yield()
#define THREAD (cdk::state.current)
#define GROUP ((i64)cdk::state.group[0])
#define GROUP_Y ((i64)cdk::state.group[1])
#define GROUP_Z ((i64)cdk::state.group[2])

DEVICE float d_mul(float a, float b) {
#pragma clang fp contract(off)
    return a * b;
}
DEVICE float d_add(float a, float b) {
#pragma clang fp contract(off)
    return a + b;
}
DEVICE void d_count(i32 *word, i32 amount) { *word += amount; }
DEVICE void d_raise(i32 *word, i32 value) { *word = *word > value ? *word : value; }

// Every thread of the group must come to an operation of a warp together: the fibers switch as at a barrier.
template <class Combine> static inline float cdk_warp(float v, Combine combine) {
    const int t = cdk::state.current, base = t & ~31;
    cdk::state.box[t] = v;
    cdk::yield();
    // The tree of the shuffles, so that sums have the card's order.
    float values[32];
    for (int lane = 0; lane < 32; lane++) values[lane] = cdk::state.box[base + lane];
    for (int mask = 16; mask > 0; mask /= 2) {
        for (int lane = 0; lane < mask; lane++) values[lane] = combine(values[lane], values[lane + mask]);
    }
    cdk::yield();
    return values[0];
}
DEVICE float d_warp_sum(float v) {
    return cdk_warp(v, [](float a, float b) { return a + b; });
}
DEVICE float d_warp_max(float v) {
    return cdk_warp(v, [](float a, float b) { return std::fmax(a, b); });
}
#define UNROLL
#define ROLLED
DEVICE u32 d_tf32(float v) { return cdk::tf32(v); }
DEVICE u32 d_bf16_pair(float low, float high) { return cdk::bf16(low) | cdk::bf16(high) << 16; }

// `numbers` of a word, at `place` of them, as a float.
template <int numbers> static inline float cdk_number(u32 word, int place) {
    return cdk::from_bits(numbers == 1 ? word : place == 0 ? word << 16 : word & 0xffff0000u);
}
// Words are exchanged as those of a warp are; what each thread holds is said in `cuda.h`.
template <int numbers> static inline void cdk_mma(float *d, const u32 *a, const u32 *b) {
    const int t = cdk::state.current, base = t & ~31, quad = (t & 31) / 4, pair = t & 3;
    for (int i = 0; i < 4; i++) cdk::state.words[t][i] = a[i];
    for (int i = 0; i < 2; i++) cdk::state.words[t][4 + i] = b[i];
    cdk::yield();
    for (int q = 0; q < 4; q++) {
        const int row = quad + q / 2 * 8, column = pair * 2 + q % 2;
        float sum = 0;
        for (int k = 0; k < 8; k++) {
            const u32 left = cdk::state.words[base + row % 8 * 4 + k % 4][row / 8 + k / 4 * 2];
            const u32 right = cdk::state.words[base + column * 4 + k % 4][4 + k / 4];
            for (int n = 0; n < numbers; n++) sum += cdk_number<numbers>(left, n) * cdk_number<numbers>(right, n);
        }
        d[q] += sum;
    }
    cdk::yield();
}
DEVICE void d_mma_tf32(float *d, const u32 *a, const u32 *b) { cdk_mma<1>(d, a, b); }
DEVICE void d_mma_bf16(float *d, const u32 *a, const u32 *b) { cdk_mma<2>(d, a, b); }
#define D_INFINITY __builtin_inff()
#define D_NAN __builtin_nanf("")
