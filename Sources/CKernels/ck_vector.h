#pragma once

// Sixteen floats at any address. The compiler makes one, two or four registers of it, as the CPU level allows.

typedef float ck_float16 __attribute__((vector_size(64), aligned(4), may_alias));

#define CK_LOAD16(pointer) (*(const ck_float16 *)(pointer))
#define CK_STORE16(pointer, value) (*(ck_float16 *)(pointer) = (value))
