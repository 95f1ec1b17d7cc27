// The state of the stand-in driver: its memory, its queues and what it was told to do wrong.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <mutex>

#include "../include/CDeviceKernels.h"

struct cdd_stream_s {
    std::deque<std::function<void()>> work;
    /// Pieces of work that were ever queued, and that are done.
    uint64_t queued = 0, done = 0;
};

struct cdd_event_s {
    cdd_stream_s *stream = nullptr;
    /// Done once the stream has done this many.
    uint64_t place = 0;
};

namespace cdk {

/// A copy or kernel that waits for its turn holds no reference to what the host gave it but pinned memory, as on a
/// card.
struct StandIn {
    std::recursive_mutex lock;
    cdk_standin_options options = {8ull << 30, 0, 0, 1};
    cdk_standin_counters counters = {};
    int64_t launches_since_set = 0;
    /// What went wrong in queued work; told at every wait from then on, as a card does.
    int error = CDD_SUCCESS;
    size_t bytes_created = 0;
    std::map<cdd_memory_handle, size_t> handles;
    std::map<cdd_address, size_t> reserved;
    cdd_memory_handle next_handle = 1;

    /// Queues work, which a wait runs.
    int queue(cdd_stream_s *stream, std::function<void()> work);
    /// Runs what is queued up to a place.
    int run(cdd_stream_s *stream, uint64_t place);
};

StandIn &stand_in();

/// The order of threads that this thread of the host has asked for, or else the one given.
uint64_t order_of_thread(uint64_t otherwise);
/// Lets everybody read and write memory whose addresses are given back.
void open_guards(cdd_address address, size_t bytes);

}  // namespace cdk
