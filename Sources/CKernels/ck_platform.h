#pragma once

// What every kernel file needs to be compiled once per CPU level and chosen when the program is loaded.
//
// Put CK_CLONES on a kernel's definition, never on its prototype, and
//     #pragma clang fp reassociate(on) contract(fast)
// as the first line of a body whose sums may be reordered.

#include <stddef.h>

#if defined(__x86_64__) && !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
#define CK_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CK_CLONES
#endif

/// A helper that must be compiled with the CPU level of the kernel that calls it.
#define CK_INLINE static inline __attribute__((always_inline))
