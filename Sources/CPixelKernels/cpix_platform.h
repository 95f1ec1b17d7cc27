#pragma once

// What every file needs to be compiled once per CPU level and chosen when the program is loaded: CPIX_CLONES stands on
// definitions. The levels may not differ in rounding, so products are never fused with sums.

#include "include/CPixelKernels.h"
#include <string.h>

#pragma clang fp contract(off)

#if defined(__x86_64__) && !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
#define CPIX_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CPIX_CLONES
#endif

/// A helper that must be compiled with the CPU level of the function that calls it.
#define CPIX_INLINE static inline __attribute__((always_inline))

typedef float float4 __attribute__((vector_size(16)));
typedef float float8 __attribute__((vector_size(32), aligned(4), may_alias));
typedef int32_t int4 __attribute__((vector_size(16)));
typedef uint8_t byte4 __attribute__((vector_size(4)));
typedef uint8_t byte8 __attribute__((vector_size(8)));

/// Eight values at any address.
#define CPIX_LOAD8(pointer) (*(const float8 *)(pointer))
#define CPIX_STORE8(pointer, values) (*(float8 *)(pointer) = (values))
