#include "registry.hpp"

#include <cstring>

namespace cdk {

std::vector<Kernel> &kernels() {
    static std::vector<Kernel> list;
    return list;
}

const Kernel *find(const char *name) {
    for (const Kernel &kernel : kernels()) {
        if (std::strcmp(kernel.name, name) == 0) return &kernel;
    }
    return nullptr;
}

Registration::Registration(
    const char *name, int threads, bool each, void (*body)(void **), std::vector<cdk_parameter> parameters) {
    kernels().push_back({name, threads, each, body, std::move(parameters), 0});
}

}  // namespace cdk

extern "C" {

int cdk_kernel_count(void) { return (int)cdk::kernels().size(); }

cdk_kernel cdk_kernel_at(int index) {
    const cdk::Kernel &kernel = cdk::kernels()[(size_t)index];
    return {kernel.name, kernel.threads, kernel.each, kernel.parameters.data(), (int)kernel.parameters.size()};
}

}
