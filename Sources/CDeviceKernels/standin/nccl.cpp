// NCCL's functions as the stand-in has them: processes of one machine add up what is in their memory, in the order of
// their streams and with the sums in the order of ranks, through shared memory that is named after the identity.
//
// A sum goes in pieces. A rank puts its piece down, says that it has arrived, and takes the sum once all have. There are
// two places for each rank, used in turns: who arrives at piece n has read all of piece n - 1.
//
// A card works on while its host waits for another process; so a thread of ours goes on with a sum that others are at.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <thread>

#include "standin.hpp"

namespace cdk {
namespace {

enum : size_t { kMostRanks = 16, kPieceBytes = 256 << 10 };

/// What all ranks of a communicator see.
struct Shared {
    struct Seat {
        alignas(64) std::atomic<uint64_t> arrived;
        /// What the rank adds up at the last two pieces: they must be the same.
        std::atomic<uint64_t> what[2];
    };
    std::atomic<uint32_t> mapped;
    Seat seats[kMostRanks];
    alignas(4096) char places[];

    char *place(uint64_t piece, int rank, int ranks) {
        return places + ((piece % 2) * (uint64_t)ranks + (uint64_t)rank) * kPieceBytes;
    }
    static size_t bytes(int ranks) { return sizeof(Shared) + 2 * (size_t)ranks * kPieceBytes; }
};

/// A rank's side.
struct Communicator {
    int rank = 0, ranks = 1;
    Shared *shared = nullptr;
    std::string name;
    /// Pieces at which this rank has arrived.
    uint64_t arrived = 0;
    int error = CDD_NCCL_SUCCESS;
    bool is_aborted = false;
    /// Sums that the stream was told and has not done.
    int unfinished = 0;
    std::shared_ptr<Queue> queue;
    /// What the stream is told when somebody asks whether it was: the library does so on a thread of its own.
    std::vector<std::function<void()>> untold;
    /// Whether the next answer is that it is still at it.
    bool is_busy = false;

    ~Communicator() {
        if (!shared) return;
        if (shared->mapped.load() < (uint32_t)ranks) shm_unlink(name.c_str());
        munmap(shared, Shared::bytes(ranks));
    }

    bool have_all_arrived() const {
        for (int other = 0; other < ranks; other++) {
            if (shared->seats[other].arrived.load(std::memory_order_acquire) < arrived) return false;
        }
        return true;
    }

    /// Whether another rank is at a piece that this one has not come to.
    bool is_waited_for() const {
        for (int other = 0; other < ranks; other++) {
            if (shared->seats[other].arrived.load(std::memory_order_acquire) > arrived) return true;
        }
        return false;
    }
};

/// A sum on its way.
struct Sum {
    char *address;
    size_t count;
    int type;
    bool fails;
    size_t done = 0;
    bool is_put = false;

    size_t width() const { return type == CDD_NCCL_FLOAT ? 4 : 8; }
    uint64_t what() const { return (uint64_t)count << 8 | (uint64_t)type; }
};

template <class Number> void add_up(Number *to, Communicator &c, size_t count) {
    const Number *first = (const Number *)c.shared->place(c.arrived, 0, c.ranks);
    memcpy(to, first, count * sizeof(Number));
    for (int rank = 1; rank < c.ranks; rank++) {
        const Number *from = (const Number *)c.shared->place(c.arrived, rank, c.ranks);
        for (size_t i = 0; i < count; i++) to[i] += from[i];
    }
}

/// Goes on with a sum as far as the other ranks have come. Returns whether it is done, or was given up.
bool advance(Communicator &c, Sum &sum) {
    while (!c.is_aborted && sum.done < sum.count) {
        if (sum.fails) c.error = CDD_NCCL_REMOTE_ERROR;
        if (c.error != CDD_NCCL_SUCCESS) return false;
        const size_t count = std::min(sum.count - sum.done, kPieceBytes / sum.width());
        char *place = sum.address + sum.done * sum.width();
        Shared::Seat &seat = c.shared->seats[c.rank];
        if (!sum.is_put) {
            c.arrived++;
            memcpy(c.shared->place(c.arrived, c.rank, c.ranks), place, count * sum.width());
            seat.what[c.arrived % 2].store(sum.what(), std::memory_order_relaxed);
            seat.arrived.store(c.arrived, std::memory_order_release);
            sum.is_put = true;
        }
        if (!c.have_all_arrived()) return false;
        for (int other = 0; other < c.ranks; other++) {
            const Shared::Seat &theirs = c.shared->seats[other];
            if (theirs.what[c.arrived % 2].load(std::memory_order_relaxed) != sum.what()) {
                c.error = CDD_NCCL_INVALID_USAGE;
                return false;
            }
        }
        if (sum.type == CDD_NCCL_FLOAT) add_up((float *)place, c, count);
        else add_up((double *)place, c, count);
        sum.done += count;
        sum.is_put = false;
    }
    return true;
}

using Lock = std::lock_guard<std::recursive_mutex>;

std::vector<std::weak_ptr<Communicator>> &communicators() {
    static auto *list = new std::vector<std::weak_ptr<Communicator>>;
    return *list;
}

/// Works on for the others, as a card does, and for nobody else: what this process waits for it works on itself.
void work_for_others() {
    for (;;) {
        usleep(200);
        StandIn &s = stand_in();
        Lock guard(s.lock);
        std::erase_if(communicators(), [](const auto &one) { return one.expired(); });
        for (const auto &one : communicators()) {
            const auto c = one.lock();
            while (c && !c->is_aborted && c->unfinished > 0 && !c->queue->work.empty() && c->is_waited_for()) {
                if (!s.advance(*c->queue)) break;
            }
        }
    }
}

void add(const std::shared_ptr<Communicator> &c) {
    communicators().push_back(c);
    static std::once_flag once;
    std::call_once(once, [] { std::thread(work_for_others).detach(); });
}

}  // namespace
}  // namespace cdk

struct cdd_communicator_s {
    std::shared_ptr<cdk::Communicator> state;
};

namespace cdk {
namespace {

int version(int *version) {
    *version = stand_in().options.nccl_version;
    return CDD_NCCL_SUCCESS;
}

int unique_id(cdd_nccl_id *id) {
    memset(id, 0, sizeof *id);
    return getrandom(id->bytes, 16, 0) == 16 ? CDD_NCCL_SUCCESS : CDD_NCCL_SYSTEM_ERROR;
}

std::string name_of(const cdd_nccl_id &id) {
    std::string name = "/causeway-nccl-";
    for (int i = 0; i < 16; i++) {
        char digits[3];
        std::snprintf(digits, sizeof digits, "%02x", (unsigned char)id.bytes[i]);
        name += digits;
    }
    return name;
}

/// Whoever comes first makes the memory, which is zeros; whoever comes last takes its name away, so that nothing is left
/// of it however the processes end.
int init(cdd_communicator *communicator, int ranks, cdd_nccl_id id, int rank, cdd_nccl_config *config) {
    StandIn &s = stand_in();
    Lock guard(s.lock);
    if (s.options.failing_join) return CDD_NCCL_SYSTEM_ERROR;
    if (ranks < 1 || ranks > (int)kMostRanks || rank < 0 || rank >= ranks) return CDD_NCCL_INVALID_ARGUMENT;
    if (config->magic != CDD_NCCL_MAGIC || config->blocking != 0) return CDD_NCCL_INVALID_ARGUMENT;
    auto state = std::make_shared<Communicator>();
    state->rank = rank;
    state->ranks = ranks;
    state->name = name_of(id);
    const int file = shm_open(state->name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return CDD_NCCL_SYSTEM_ERROR;
    const size_t bytes = Shared::bytes(ranks);
    void *memory = ftruncate(file, (off_t)bytes) == 0
                       ? mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
                       : MAP_FAILED;
    close(file);
    if (memory == MAP_FAILED) {
        shm_unlink(state->name.c_str());
        return CDD_NCCL_SYSTEM_ERROR;
    }
    state->shared = (Shared *)memory;
    if (state->shared->mapped.fetch_add(1) + 1 == (uint32_t)ranks) shm_unlink(state->name.c_str());
    add(state);
    *communicator = new cdd_communicator_s{state};
    return CDD_NCCL_IN_PROGRESS;
}

int all_reduce(
    const void *from, void *to, size_t count, int type, int operation, cdd_communicator communicator,
    cdd_stream stream) {
    StandIn &s = stand_in();
    Lock guard(s.lock);
    if (from != to || operation != CDD_NCCL_SUM || (type != CDD_NCCL_FLOAT && type != CDD_NCCL_DOUBLE)) {
        return CDD_NCCL_INVALID_ARGUMENT;
    }
    s.counters.sums++;
    s.sums_since_set++;
    s.sums_of_step++;
    const auto c = communicator->state;
    const bool fails = s.is_chosen(s.options.failing_sum, s.sums_since_set, s.sums_of_step);
    const auto sum = std::make_shared<Sum>(Sum{(char *)to, count, type, fails});
    c->untold.push_back([=] {
        c->unfinished++;
        c->queue = stream->queue;
        stream->queue->work.push_back({[c] { c->unfinished--; }, {}, [c, sum] { return advance(*c, *sum); }});
        stream->queue->queued++;
    });
    c->is_busy = true;
    return CDD_NCCL_IN_PROGRESS;
}

int group_start() { return CDD_NCCL_SUCCESS; }
int group_end() { return CDD_NCCL_IN_PROGRESS; }

int async_error(cdd_communicator communicator, int *code) {
    StandIn &s = stand_in();
    Lock guard(s.lock);
    Communicator &c = *communicator->state;
    for (const auto &tell : c.untold) tell();
    c.untold.clear();
    const bool is_joining = c.shared->mapped.load() < (uint32_t)c.ranks;
    *code = c.error != CDD_NCCL_SUCCESS ? c.error : c.is_busy || is_joining ? CDD_NCCL_IN_PROGRESS : CDD_NCCL_SUCCESS;
    c.is_busy = false;
    return CDD_NCCL_SUCCESS;
}

int finalize(cdd_communicator communicator) {
    StandIn &s = stand_in();
    Lock guard(s.lock);
    return communicator->state->unfinished == 0 ? CDD_NCCL_SUCCESS : CDD_NCCL_INVALID_USAGE;
}

int destroy(cdd_communicator communicator) {
    StandIn &s = stand_in();
    Lock guard(s.lock);
    delete communicator;
    return CDD_NCCL_SUCCESS;
}

/// What is under way ends without a result.
int abort(cdd_communicator communicator) {
    StandIn &s = stand_in();
    Lock guard(s.lock);
    communicator->state->is_aborted = true;
    communicator->state->untold.clear();
    delete communicator;
    return CDD_NCCL_SUCCESS;
}

const char *error_text(int code) {
    switch (code) {
    case CDD_NCCL_SYSTEM_ERROR: return "unhandled system error";
    case CDD_NCCL_INVALID_ARGUMENT: return "invalid argument";
    case CDD_NCCL_INVALID_USAGE: return "invalid usage";
    case CDD_NCCL_REMOTE_ERROR: return "remote process exited or there was a network error";
    default: return "unknown result code";
    }
}

const char *last_error(cdd_communicator) { return "as the stand-in has it"; }

}  // namespace
}  // namespace cdk

extern "C" void cdk_standin_nccl(cdd_nccl *nccl) {
    using namespace cdk;
    *nccl = {
        .version = version, .unique_id = unique_id, .init = init, .all_reduce = all_reduce,
        .group_start = group_start, .group_end = group_end, .async_error = async_error, .finalize = finalize,
        .destroy = destroy, .abort = abort, .error_text = error_text, .last_error = last_error,
    };
}
