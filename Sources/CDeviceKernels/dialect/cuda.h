// The dialect for the card: what the kernels are written in, as CUDA C++ that NVRTC compiles. `host.hpp` has the same
// words for the host. Rules: every thread of a group reaches every BARRIER and every operation of a warp; shared
// arrays stand at the top of a kernel; literals have an f; no recursion; no vendor's header.
typedef long long i64;
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef int i32;

/// A kernel of groups of so many threads, with barriers or without.
#define KERNEL(name, threads, ...) extern "C" __global__ void __launch_bounds__(threads) name(__VA_ARGS__)
/// A kernel that does `EACH` number of a range on its own, with no barrier.
#define EACH_KERNEL(name, ...) extern "C" __global__ void __launch_bounds__(256) name(__VA_ARGS__)
#define EACH(i, count) \
    for (i64 i = (i64)blockIdx.x * 256 + threadIdx.x; i < (i64)(count); i += (i64)gridDim.x * 256)
#define DEVICE static __device__ __forceinline__
#define SHARED(type, name, count) __shared__ type name[count]
#define BARRIER() __syncthreads()
#define THREAD ((int)threadIdx.x)
#define GROUP ((i64)blockIdx.x)
#define GROUP_Y ((i64)blockIdx.y)
#define GROUP_Z ((i64)blockIdx.z)

/// Rounded on its own, never fused with what follows: for positions that must be the host's to the bit.
DEVICE float d_mul(float a, float b) { return __fmul_rn(a, b); }
DEVICE float d_add(float a, float b) { return __fadd_rn(a, b); }
DEVICE void d_count(i32 *word, i32 amount) { atomicAdd(word, amount); }
DEVICE void d_raise(i32 *word, i32 value) { atomicMax(word, value); }
DEVICE float d_shuffle(float v, int mask) { return __shfl_xor_sync(0xffffffffu, v, mask); }
/// The sum over a warp, the same in each of its threads.
DEVICE float d_warp_sum(float v) {
    for (int mask = 16; mask > 0; mask /= 2) v += d_shuffle(v, mask);
    return v;
}
DEVICE float d_warp_max(float v) {
    for (int mask = 16; mask > 0; mask /= 2) v = fmaxf(v, d_shuffle(v, mask));
    return v;
}
#define UNROLL _Pragma("unroll")
/// Loops that stay loops, as a program of copies of them takes long to compile.
#define ROLLED _Pragma("unroll 1")
// Cards before the eighth generation have no such words: what uses them is not launched there.
#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 800
#define TENSOR_CORES(...) asm(__VA_ARGS__)
#else
#define TENSOR_CORES(...)
#endif
/// A number as tensor cores read it, rounded to TF32: half away from zero.
DEVICE u32 d_tf32(float v) {
    u32 word = 0;
    TENSOR_CORES("cvt.rna.tf32.f32 %0, %1;" : "=r"(word) : "f"(v));
    return word;
}
/// Two numbers rounded to bf16, half to even; the first in the low half.
DEVICE u32 d_bf16_pair(float low, float high) {
    u32 word = 0;
    TENSOR_CORES("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(word) : "f"(high), "f"(low));
    return word;
}
/// `d += a b` by a warp: 16 x 8 sums over 8 words of each row of `a` and each column of `b`. The thread of lane `4 q +
/// p` holds the words `(q, p)`, `(q + 8, p)`, `(q, p + 4)`, `(q + 8, p + 4)` of `a`, `(p, q)`, `(p + 4, q)` of `b`, and
/// the sums `(q, 2 p)`, `(q, 2 p + 1)`, `(q + 8, 2 p)`, `(q + 8, 2 p + 1)`.
DEVICE void d_mma_tf32(float *d, const u32 *a, const u32 *b) {
    TENSOR_CORES(
        "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
        "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
/// The same for words of two bf16.
DEVICE void d_mma_bf16(float *d, const u32 *a, const u32 *b) {
    TENSOR_CORES(
        "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
        "{%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
#define D_INFINITY __int_as_float(0x7f800000)
#define D_NAN __int_as_float(0x7fc00000)
