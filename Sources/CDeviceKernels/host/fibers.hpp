// Threads of a group as fibers: each has a stack of its own and runs until it waits for the others.
#pragma once

#include <cstdint>

namespace cdk {

enum { kMostThreads = 1024 };

/// What the running thread of the running group sees.
struct State {
    int current;
    int threads;
    unsigned group[3];
    /// Whether kernels of `EACH` run from the end.
    bool backwards;
    /// Where warps exchange numbers.
    float box[kMostThreads];
    /// The same for the words of tensor cores.
    uint32_t words[kMostThreads][6];
};
extern thread_local constinit State state;

/// Lets the other threads of the group run until they wait as well.
void yield();

/// Runs a kernel for every group of the grid.
///
/// - each: whether it loops over all numbers itself.
/// - seed: which order threads run in; 0 is ascending.
void run(
    void (*body)(void **), void **arguments, int threads, bool each, unsigned grid_x, unsigned grid_y, unsigned grid_z,
    uint64_t seed);

}  // namespace cdk
