// The state of the stand-in driver: its memory, its queues and what it was told to do wrong.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "../include/CDeviceKernels.h"

namespace cdk {

struct Queue;

/// A place in a queue.
struct Place {
    std::shared_ptr<Queue> queue;
    /// Reached once the queue has done this many.
    uint64_t count = 0;

    bool is_reached() const;
};

/// What a stream was told and has not done. Queues know nothing of each other but by the places that their work waits
/// for.
struct Queue {
    struct Work {
        std::function<void()> run;
        /// Before it runs.
        Place after;
        /// In the place of `run` where other processes take part: is asked again and again, until it says that it is
        /// done.
        std::function<bool()> is_done;
    };

    std::deque<Work> work;
    /// Pieces of work that were ever queued, and that are done.
    uint64_t queued = 0, done = 0;
};

inline bool Place::is_reached() const { return !queue || queue->done >= count; }

}  // namespace cdk

/// What a stream was told, to be told again.
struct cdd_graph_s {
    std::vector<std::function<int(cdd_stream_s *)>> nodes;
};

struct cdd_graph_exec_s {
    std::vector<std::function<int(cdd_stream_s *)>> nodes;
};

struct cdd_stream_s {
    std::shared_ptr<cdk::Queue> queue = std::make_shared<cdk::Queue>();
    /// While what it is told is recorded, and not done.
    std::unique_ptr<cdd_graph_s> recording;
};

struct cdd_event_s {
    cdk::Place place;
    /// When its turn came, in seconds; absent in events without times. Work that is queued holds it too.
    std::shared_ptr<double> seconds;
};

namespace cdk {

/// A copy or kernel that waits for its turn holds no reference to what the host gave it but pinned memory, as on a
/// card.
struct StandIn {
    std::recursive_mutex lock;
    cdk_standin_options options = {
        .memory_bytes = 8ull << 30, .seed = 0, .failing_launch = 0, .devices = 1, .driver_version = 12090,
        .failing_step = 0, .forgotten_wait = 0, .nccl_version = 22105, .failing_sum = 0, .failing_join = false,
    };
    cdk_standin_counters counters = {};
    int64_t launches_since_set = 0, event_waits_since_set = 0;
    /// Steps that have begun, and launches and sums over ranks in the last of them.
    int64_t steps = 0, launches_of_step = 0, sums_since_set = 0, sums_of_step = 0;
    /// Does nothing when it is launched.
    std::string skipped_kernel;
    /// What went wrong in queued work; told at every wait from then on, as a card does.
    int error = CDD_SUCCESS;
    size_t bytes_created = 0;
    std::map<cdd_memory_handle, size_t> handles;
    std::map<cdd_address, size_t> reserved;
    cdd_memory_handle next_handle = 1;
    /// Of the streams there are.
    std::vector<std::shared_ptr<Queue>> queues;
    /// Draws which stream works next, where a seed says so.
    uint64_t turns = 0;

    /// Tells a stream something that may be recorded.
    int tell(cdd_stream_s *stream, std::function<int(cdd_stream_s *)> what);
    /// Queues work, which a wait runs.
    int queue(cdd_stream_s *stream, std::function<void()> work);
    /// Runs what is queued up to a place, and of other streams what that waits for. With a seed others may work on
    /// before: as on a card, only what was told to wait does.
    int run(const Place &place);
    /// Goes one piece of work further on the way to a place, and with a seed one of some other stream.
    bool go_on(const Place &place);
    /// Runs one piece of work on the way to a place: of another stream where that is waited for.
    ///
    /// Returns false where another process has to go on first.
    bool advance(Queue &queue);
    /// Whether the work that is now told, by its number since the options were set and in its step, is the one that is
    /// to fail.
    bool is_chosen(int64_t chosen, int64_t since_set, int64_t of_step) const;
    /// Lets other threads of this process have the lock for a moment.
    void pause();
};

StandIn &stand_in();

/// Fills in the functions of streams, events and graphs.
void add_streams(cdd_driver &driver);

/// The order of threads that this thread of the host has asked for, or else the one given.
uint64_t order_of_thread(uint64_t otherwise);
/// Lets everybody read and write memory whose addresses are given back.
void open_guards(cdd_address address, size_t bytes);

}  // namespace cdk
