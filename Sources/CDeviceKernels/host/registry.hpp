// Which kernels there are, how many threads their groups have, and what they take.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <type_traits>
#include <utility>
#include <vector>

#include "../include/CDeviceKernels.h"

namespace cdk {

/// Enters a kernel in the registry when the program starts.
struct Registration {
    Registration(
        const char *name, int threads, bool each, void (*body)(void **), std::vector<cdk_parameter> parameters);
};

struct Kernel {
    const char *name;
    int threads;
    bool each;
    void (*body)(void **);
    std::vector<cdk_parameter> parameters;
    /// Launches on the stand-in.
    mutable int64_t launches = 0;
};

/// By the order of their definition.
std::vector<Kernel> &kernels();
const Kernel *find(const char *name);

template <class T> constexpr cdk_parameter parameter() {
    using Plain = std::remove_cv_t<T>;
    if (std::is_pointer_v<Plain>) return {CDK_POINTER, 8};
    if (std::is_same_v<Plain, int>) return {CDK_INT32, 4};
    if (std::is_same_v<Plain, long long>) return {CDK_INT64, 8};
    if (std::is_same_v<Plain, float>) return {CDK_FLOAT, 4};
    if (std::is_same_v<Plain, double>) return {CDK_DOUBLE, 8};
    return {CDK_VALUE, sizeof(Plain)};
}

/// Calls a kernel with arguments behind an array of pointers, as a driver does.
template <class F, F f> struct Invoke;
template <class... A, void (*f)(A...)> struct Invoke<void (*)(A...), f> {
    template <size_t... I> static void expand(void **arguments, std::index_sequence<I...>) {
        f(*static_cast<std::remove_cv_t<A> *>(arguments[I])...);
    }
    static void body(void **arguments) { expand(arguments, std::index_sequence_for<A...>{}); }
    static std::vector<cdk_parameter> kinds() { return {parameter<A>()...}; }
};

}  // namespace cdk
