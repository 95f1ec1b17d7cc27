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
#define SHARED(type, name, count) static thread_local type name[count]
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
#define D_INFINITY __builtin_inff()
#define D_NAN __builtin_nanf("")
