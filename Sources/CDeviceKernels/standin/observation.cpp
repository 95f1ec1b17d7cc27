// What tests ask the stand-in for: launches of each kernel, orders of threads, and memory whose every access is looked
// at.

#include <optional>

#include "../host/registry.hpp"
#include "standin.hpp"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CDK_GUARDS 1
#include <sanitizer/asan_interface.h>
#endif
#endif

namespace cdk {
namespace {
thread_local std::optional<uint64_t> own_order;
}

uint64_t order_of_thread(uint64_t otherwise) { return own_order.value_or(otherwise); }

void open_guards([[maybe_unused]] cdd_address address, [[maybe_unused]] size_t bytes) {
#ifdef CDK_GUARDS
    __asan_unpoison_memory_region((void *)(uintptr_t)address, bytes);
#endif
}

}  // namespace cdk

extern "C" {

int64_t cdk_standin_launches(int index) {
    std::lock_guard<std::recursive_mutex> guard(cdk::stand_in().lock);
    return cdk::kernels()[(size_t)index].launches;
}

void cdk_standin_set_order(uint64_t seed) { cdk::own_order = seed; }
void cdk_standin_reset_order(void) { cdk::own_order.reset(); }

void cdk_standin_guard(
    [[maybe_unused]] cdd_stream stream, [[maybe_unused]] cdd_address block, [[maybe_unused]] size_t bytes,
    [[maybe_unused]] size_t used) {
#ifdef CDK_GUARDS
    cdk::StandIn &s = cdk::stand_in();
    std::lock_guard<std::recursive_mutex> guard(s.lock);
    s.queue(stream, [=] {
        void *start = (void *)(uintptr_t)block;
        __asan_unpoison_memory_region(start, used);
        __asan_poison_memory_region((char *)start + used, bytes - used);
    });
#endif
}

bool cdk_standin_has_guards(void) {
#ifdef CDK_GUARDS
    return true;
#else
    return false;
#endif
}

}
