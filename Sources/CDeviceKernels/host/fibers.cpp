#include "fibers.hpp"

#include <cstdlib>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
/// Frames of the fibers before leave marks that the sanitizer would take for those of the next ones.
#define CLEAN_STACKS(start, bytes) __asan_unpoison_memory_region(start, bytes)
#endif
#endif
#ifndef CLEAN_STACKS
#define CLEAN_STACKS(start, bytes) ((void)0)
#endif

extern "C" void cdk_fiber_switch(void **save, void *to);

namespace cdk {

thread_local constinit State state = {};

namespace {

constexpr size_t kStack = 64 << 10;

/// The fibers of the group that this thread of the host works on.
struct Fibers {
    void (*body)(void **);
    void **arguments;
    void *scheduler;
    void *stack_pointers[kMostThreads];
    bool done[kMostThreads];
    char *stacks;
};
thread_local constinit Fibers fibers = {};

[[noreturn]] void enter() {
    fibers.body(fibers.arguments);
    fibers.done[state.current] = true;
    yield();
    __builtin_unreachable();
}

/// Lays out a stack from which the switch "returns" into `enter`.
void *fresh_stack(char *end) {
    void **top = reinterpret_cast<void **>(end);
#if defined(__x86_64__)
    *--top = nullptr;  // alignment, and the end of the frames
    *--top = reinterpret_cast<void *>(&enter);
    for (int saved = 0; saved < 6; saved++) *--top = nullptr;
#elif defined(__aarch64__)
    top -= 20;
    for (int saved = 0; saved < 20; saved++) top[saved] = nullptr;
    top[11] = reinterpret_cast<void *>(&enter);  // the link register
#else
#error "fibers: write the switch for this processor in fiber_switch.S"
#endif
    return top;
}

uint64_t next(uint64_t seed) { return seed == 0 ? 0 : seed * 6364136223846793005ull + 1442695040888963407ull; }

/// Every round runs the threads in another order, so that what works in one order alone is found.
uint64_t run_group(uint64_t seed) {
    CLEAN_STACKS(fibers.stacks, (size_t)state.threads * kStack);
    for (int t = 0; t < state.threads; t++) {
        fibers.stack_pointers[t] = fresh_stack(fibers.stacks + (size_t)(t + 1) * kStack);
        fibers.done[t] = false;
    }
    for (int live = state.threads; live > 0;) {
        seed = next(seed);
        const int start = (int)((seed >> 33) % (uint64_t)state.threads);
        const bool reverse = (seed >> 62) & 1;
        for (int i = 0; i < state.threads; i++) {
            const int turn = (start + i) % state.threads;
            const int t = reverse ? state.threads - 1 - turn : turn;
            if (fibers.done[t]) continue;
            state.current = t;
            cdk_fiber_switch(&fibers.scheduler, fibers.stack_pointers[t]);
            if (fibers.done[t]) live--;
        }
    }
    return seed;
}

}  // namespace

void yield() { cdk_fiber_switch(&fibers.stack_pointers[state.current], fibers.scheduler); }

void run(
    void (*body)(void **), void **arguments, int threads, bool each, unsigned grid_x, unsigned grid_y, unsigned grid_z,
    uint64_t seed) {
    state.backwards = (seed >> 1) & 1;
    if (each) return body(arguments);
    if (!fibers.stacks) fibers.stacks = static_cast<char *>(std::aligned_alloc(4096, (size_t)kMostThreads * kStack));
    fibers.body = body;
    fibers.arguments = arguments;
    state.threads = threads;
    // Groups come in one of two orders as well.
    const uint64_t plane = (uint64_t)grid_x * grid_y, count = plane * grid_z;
    for (uint64_t turn = 0; turn < count; turn++) {
        const uint64_t group = state.backwards ? count - 1 - turn : turn;
        state.group[0] = (unsigned)(group % grid_x);
        state.group[1] = (unsigned)(group % plane / grid_x);
        state.group[2] = (unsigned)(group / plane);
        seed = run_group(seed);
    }
}

}  // namespace cdk
