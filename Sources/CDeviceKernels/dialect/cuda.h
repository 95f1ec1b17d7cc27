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
#define D_INFINITY __int_as_float(0x7f800000)
#define D_NAN __int_as_float(0x7fc00000)
