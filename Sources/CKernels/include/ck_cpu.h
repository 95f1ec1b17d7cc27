#pragma once
#include <stdint.h>

/// Cores the process may run on (its affinity mask), at least 1.
int32_t ck_available_cores(void);
/// The instruction-set level the loader picks kernels for: "x86-64-v4", "x86-64-v3" or "baseline".
const char *ck_cpu_level(void);
/// Whether the processor has instructions that multiply bfloat16 numbers (AVX512-BF16; those with AMX have both).
int32_t ck_multiplies_bfloat16(void);
