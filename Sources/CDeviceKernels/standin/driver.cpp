// The driver's functions as the stand-in has them. Work on a stream is queued and runs when the host waits or asks, so
// that a result which is read too early, or memory that is given back too early, shows as it would on a card.

#include <sys/mman.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "../host/fibers.hpp"
#include "../host/registry.hpp"
#include "standin.hpp"

namespace cdk {

StandIn &stand_in() {
    static StandIn *state = new StandIn;  // never destroyed: arrays may outlive static objects
    return *state;
}

namespace {

using Lock = std::lock_guard<std::recursive_mutex>;

// MARK: devices

int init(unsigned) { return stand_in().options.devices > 0 ? CDD_SUCCESS : CDD_NO_DEVICE; }

int driver_version(int *version) {
    *version = stand_in().options.driver_version;
    return CDD_SUCCESS;
}

int device_count(int *count) {
    *count = stand_in().options.devices;
    return CDD_SUCCESS;
}

int device_get(int *device, int ordinal) {
    if (ordinal < 0 || ordinal >= stand_in().options.devices) return CDD_INVALID_DEVICE;
    *device = ordinal;
    return CDD_SUCCESS;
}

int device_name(char *name, int length, int) {
    std::snprintf(name, (size_t)length, "stand-in on the host");
    return CDD_SUCCESS;
}

int device_attribute(int *value, int attribute, int) {
    if (attribute == CDD_ATTRIBUTE_MAJOR) *value = 9;
    else if (attribute == CDD_ATTRIBUTE_MINOR) *value = 0;
    else return CDD_INVALID_VALUE;
    return CDD_SUCCESS;
}

int device_memory(size_t *bytes, int) {
    *bytes = stand_in().options.memory_bytes;
    return CDD_SUCCESS;
}

int device_identity(uint8_t bytes[16], int device) {
    memset(bytes, 0, 16);
    bytes[15] = (uint8_t)device;
    return CDD_SUCCESS;
}

int context_retain(cdd_context *context, int device) {
    *context = reinterpret_cast<cdd_context>((uintptr_t)device + 1);
    return CDD_SUCCESS;
}

int context_set(cdd_context context) { return context ? CDD_SUCCESS : CDD_INVALID_VALUE; }

// MARK: memory

int memory_info(size_t *free_bytes, size_t *total) {
    StandIn &s = stand_in();
    Lock guard(s.lock);
    *total = s.options.memory_bytes;
    *free_bytes = s.bytes_created < *total ? *total - s.bytes_created : 0;
    return CDD_SUCCESS;
}

/// Where something is to fail, the device has done all it was told before anybody asks for memory, so that this call
/// tells of it.
int error_so_far(StandIn &s) {
    if (s.options.failing_launch != 0) {
        for (const auto &queue : s.queues) s.run({queue, queue->queued});
    }
    return s.error;
}

int host_allocate(void **memory, size_t bytes) {
    StandIn &s = stand_in();
    Lock guard(s.lock);
    if (int error = error_so_far(s)) return error;
    *memory = std::aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
    if (!*memory) return CDD_OUT_OF_MEMORY;
    s.counters.host_blocks++;
    return CDD_SUCCESS;
}

int host_free(void *memory) {
    StandIn &s = stand_in();
    Lock guard(s.lock);
    s.counters.host_blocks--;
    std::free(memory);
    return CDD_SUCCESS;
}

enum : size_t { kGranularity = 2 << 20 };

int granularity(size_t *bytes, const cdd_memory_properties *, int) {
    *bytes = kGranularity;
    return CDD_SUCCESS;
}

int address_reserve(cdd_address *address, size_t bytes, size_t, cdd_address, unsigned long long) {
    StandIn &s = stand_in();
    Lock guard(s.lock);
    void *start = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (start == MAP_FAILED) return CDD_OUT_OF_MEMORY;
    *address = (cdd_address)(uintptr_t)start;
    s.reserved[*address] = bytes;
    return CDD_SUCCESS;
}

int address_free(cdd_address address, size_t bytes) {
    StandIn &s = stand_in();
    Lock guard(s.lock);
    if (s.reserved.erase(address) == 0) return CDD_INVALID_VALUE;
    munmap((void *)(uintptr_t)address, bytes);
    return CDD_SUCCESS;
}

int memory_create(cdd_memory_handle *handle, size_t bytes, const cdd_memory_properties *, unsigned long long) {
    StandIn &s = stand_in();
    Lock guard(s.lock);
    if (bytes == 0 || bytes % kGranularity != 0) return CDD_INVALID_VALUE;
    if (int error = error_so_far(s)) return error;
    if (s.bytes_created + bytes > s.options.memory_bytes) return CDD_OUT_OF_MEMORY;
    *handle = s.next_handle++;
    s.handles[*handle] = bytes;
    s.bytes_created += bytes;
    return CDD_SUCCESS;
}

/// Nobody frees a handle before its mapping: memory is mapped, its handle let go, and unmapped at the end.
int memory_release(cdd_memory_handle handle) {
    StandIn &s = stand_in();
    Lock guard(s.lock);
    return s.handles.erase(handle) == 1 ? CDD_SUCCESS : CDD_INVALID_VALUE;
}

int memory_map(cdd_address, size_t bytes, size_t, cdd_memory_handle handle, unsigned long long) {
    StandIn &s = stand_in();
    Lock guard(s.lock);
    auto found = s.handles.find(handle);
    if (found == s.handles.end() || found->second != bytes) return CDD_INVALID_VALUE;
    s.counters.bytes_mapped += bytes;
    return CDD_SUCCESS;
}

int memory_access(cdd_address address, size_t bytes, const cdd_memory_access *, size_t) {
    void *start = (void *)(uintptr_t)address;
    if (mprotect(start, bytes, PROT_READ | PROT_WRITE) != 0) return CDD_OUT_OF_MEMORY;
    memset(start, 0xff, bytes);  // not a number: what reads it before it is written shows
    return CDD_SUCCESS;
}

int memory_unmap(cdd_address address, size_t bytes) {
    StandIn &s = stand_in();
    Lock guard(s.lock);
    open_guards(address, bytes);
    s.bytes_created -= bytes;
    s.counters.bytes_mapped -= bytes;
    madvise((void *)(uintptr_t)address, bytes, MADV_DONTNEED);
    return mprotect((void *)(uintptr_t)address, bytes, PROT_NONE) == 0 ? CDD_SUCCESS : CDD_INVALID_VALUE;
}

// MARK: copies

int copy_up(cdd_address to, const void *from, size_t bytes, cdd_stream stream) {
    StandIn &s = stand_in();
    Lock guard(s.lock);
    s.counters.uploads++;
    return s.queue(stream, [=] { memcpy((void *)(uintptr_t)to, from, bytes); });
}

int copy_down(void *to, cdd_address from, size_t bytes, cdd_stream stream) {
    StandIn &s = stand_in();
    Lock guard(s.lock);
    s.counters.downloads++;
    return s.queue(stream, [=] { memcpy(to, (const void *)(uintptr_t)from, bytes); });
}

int copy(cdd_address to, cdd_address from, size_t bytes, cdd_stream stream) {
    StandIn &s = stand_in();
    Lock guard(s.lock);
    return s.tell(stream, [=, &s](cdd_stream stream) {
        return s.queue(stream, [=] { memmove((void *)(uintptr_t)to, (const void *)(uintptr_t)from, bytes); });
    });
}

int fill_bytes(cdd_address to, unsigned char value, size_t count, cdd_stream stream) {
    StandIn &s = stand_in();
    Lock guard(s.lock);
    return s.tell(stream, [=, &s](cdd_stream stream) {
        return s.queue(stream, [=] { memset((void *)(uintptr_t)to, value, count); });
    });
}

int fill_words(cdd_address to, unsigned value, size_t count, cdd_stream stream) {
    if (to % 4 != 0) return CDD_INVALID_VALUE;
    StandIn &s = stand_in();
    Lock guard(s.lock);
    return s.tell(stream, [=, &s](cdd_stream stream) {
        return s.queue(stream, [=] {
            unsigned *words = (unsigned *)(uintptr_t)to;
            for (size_t i = 0; i < count; i++) words[i] = value;
        });
    });
}

// MARK: kernels

int module_load(cdd_module *module, const void *) {
    *module = reinterpret_cast<cdd_module>(1);
    return CDD_SUCCESS;
}

int module_unload(cdd_module) { return CDD_SUCCESS; }

int module_function(cdd_function *function, cdd_module, const char *name) {
    const Kernel *kernel = find(name);
    *function = reinterpret_cast<cdd_function>(const_cast<Kernel *>(kernel));
    return kernel ? CDD_SUCCESS : CDD_NOT_FOUND;
}

/// The arguments as they were when the kernel was launched.
struct KeptArguments {
    std::vector<uint64_t> words;
    std::vector<size_t> starts;

    KeptArguments(const Kernel &kernel, void **arguments) {
        for (size_t i = 0; i < kernel.parameters.size(); i++) {
            const size_t bytes = kernel.parameters[i].bytes;
            starts.push_back(words.size());
            words.resize(words.size() + (bytes + 7) / 8);
            memcpy(&words[starts.back()], arguments[i], bytes);
        }
    }

    std::vector<void *> pointers() {
        std::vector<void *> list;
        for (size_t start : starts) list.push_back(&words[start]);
        return list;
    }
};

int launch(
    cdd_function function, unsigned x, unsigned y, unsigned z, unsigned block_x, unsigned block_y, unsigned block_z,
    unsigned shared_bytes, cdd_stream stream, void **arguments, void **) {
    StandIn &s = stand_in();
    Lock guard(s.lock);
    const Kernel *kernel = reinterpret_cast<const Kernel *>(function);
    if (!kernel || x == 0 || y == 0 || z == 0 || x > 0x7fffffffu || y > 65535 || z > 65535) return CDD_INVALID_VALUE;
    if ((int)block_x != kernel->threads || block_y != 1 || block_z != 1 || shared_bytes > 48 << 10) {
        return CDD_INVALID_VALUE;
    }
    const KeptArguments kept(*kernel, arguments);
    return s.tell(stream, [=, &s](cdd_stream stream) {
        s.counters.launches++;
        kernel->launches++;
        s.launches_since_set++;
        s.launches_of_step++;
        const bool fails = s.is_chosen(s.options.failing_launch, s.launches_since_set, s.launches_of_step);
        if (s.skipped_kernel == kernel->name) return s.queue(stream, [] {});
        const uint64_t seed = order_of_thread(s.options.seed);
        return s.queue(stream, [=, &s] {
            if (fails) {
                s.error = CDD_LAUNCH_FAILED;
                return;
            }
            KeptArguments own = kept;
            std::vector<void *> pointers = own.pointers();
            run(kernel->body, pointers.data(), kernel->threads, kernel->each, x, y, z, seed);
        });
    });
}

// MARK: errors

const char *name_of(int code) {
    switch (code) {
    case CDD_SUCCESS: return "CUDA_SUCCESS";
    case CDD_INVALID_VALUE: return "CUDA_ERROR_INVALID_VALUE";
    case CDD_OUT_OF_MEMORY: return "CUDA_ERROR_OUT_OF_MEMORY";
    case CDD_NO_DEVICE: return "CUDA_ERROR_NO_DEVICE";
    case CDD_INVALID_DEVICE: return "CUDA_ERROR_INVALID_DEVICE";
    case CDD_NOT_FOUND: return "CUDA_ERROR_NOT_FOUND";
    case CDD_NOT_READY: return "CUDA_ERROR_NOT_READY";
    case CDD_LAUNCH_FAILED: return "CUDA_ERROR_LAUNCH_FAILED";
    case CDD_NOT_WHILE_RECORDING: return "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED";
    default: return nullptr;
    }
}

int error_name(int code, const char **name) {
    *name = name_of(code);
    return *name ? CDD_SUCCESS : CDD_INVALID_VALUE;
}

int error_text(int code, const char **text) {
    *text = code == CDD_LAUNCH_FAILED ? "a failure that the stand-in was told to make" : "as the stand-in has it";
    return CDD_SUCCESS;
}

}  // namespace
}  // namespace cdk

extern "C" {

void cdk_standin_set(cdk_standin_options options) {
    cdk::StandIn &s = cdk::stand_in();
    std::lock_guard<std::recursive_mutex> guard(s.lock);
    s.options = options;
    s.launches_since_set = s.event_waits_since_set = 0;
    s.steps = s.launches_of_step = s.sums_since_set = s.sums_of_step = 0;
    s.error = CDD_SUCCESS;
}

void cdk_standin_begin_step(void) {
    cdk::StandIn &s = cdk::stand_in();
    std::lock_guard<std::recursive_mutex> guard(s.lock);
    s.steps++;
    s.launches_of_step = s.sums_of_step = 0;
}

void cdk_standin_skip(const char *kernel) {
    cdk::StandIn &s = cdk::stand_in();
    std::lock_guard<std::recursive_mutex> guard(s.lock);
    s.skipped_kernel = kernel ? kernel : "";
}

cdk_standin_options cdk_standin_get(void) { return cdk::stand_in().options; }

cdk_standin_counters cdk_standin_count(void) {
    cdk::StandIn &s = cdk::stand_in();
    std::lock_guard<std::recursive_mutex> guard(s.lock);
    return s.counters;
}

void cdk_standin_driver(cdd_driver *driver) {
    using namespace cdk;
    *driver = {
        .init = init, .driver_version = driver_version, .device_count = device_count, .device_get = device_get,
        .device_name = device_name, .device_attribute = device_attribute, .device_memory = device_memory,
        .device_identity = device_identity, .context_retain = context_retain, .context_set = context_set,
        .memory_info = memory_info, .host_allocate = host_allocate, .host_free = host_free,
        .granularity = granularity, .address_reserve = address_reserve, .address_free = address_free,
        .memory_create = memory_create, .memory_release = memory_release, .memory_map = memory_map,
        .memory_unmap = memory_unmap, .memory_access = memory_access, .copy_up = copy_up, .copy_down = copy_down,
        .copy = copy, .fill_bytes = fill_bytes, .fill_words = fill_words, .module_load = module_load,
        .module_unload = module_unload, .module_function = module_function, .launch = launch,
        .error_name = error_name, .error_text = error_text,
    };
    add_streams(*driver);
}

}
