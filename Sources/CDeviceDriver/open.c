#include "CDeviceDriver.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

/// A field of a table and the name of its function in the library.
typedef struct {
    const char *name;
    size_t offset;
} entry;

// Called with the arguments of whatever it stands for: by the conventions of the platforms we run on (System V on x86-64,
// AAPCS64 on arm64) they are the caller's to put and to remove.
static int refuse(void) { return CDD_REFUSED; }

void cdd_refuse(void *table, size_t bytes) {
    int (*function)(void) = refuse;
    for (size_t at = 0; at + sizeof function <= bytes; at += sizeof function) {
        memcpy((char *)table + at, &function, sizeof function);
    }
}

static void describe(char *message, size_t length, const char *text) {
    if (length > 0) snprintf(message, length, "%s", text ? text : "");
}

static cdd_opening fill(
    void *library, void *table, const entry *entries, size_t count, char *message, size_t length) {
    for (size_t i = 0; i < count; i++) {
        void *symbol = dlsym(library, entries[i].name);
        if (!symbol) {
            describe(message, length, entries[i].name);
            return CDD_NO_SYMBOL;
        }
        memcpy((char *)table + entries[i].offset, &symbol, sizeof symbol);
    }
    return CDD_OPENED;
}

/// Opens the first of the names that is there. Libraries stay open until the process ends.
static void *open_first(const char *folder, const char *const *names, int flags, char *message, size_t length) {
    for (; *names; names++) {
        char path[4096];
        snprintf(path, sizeof path, "%s%s%s", folder ? folder : "", folder ? "/" : "", *names);
        void *library = dlopen(path, RTLD_NOW | flags);
        if (library) return library;
        describe(message, length, dlerror());
    }
    return NULL;
}

#define FIELD(table, field, symbol) {symbol, offsetof(table, field)}
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

cdd_opening cdd_open_driver(cdd_driver *driver, char *message, size_t length) {
    static const char *const names[] = {"libcuda.so.1", NULL};
    static const entry entries[] = {
        FIELD(cdd_driver, init, "cuInit"),
        FIELD(cdd_driver, driver_version, "cuDriverGetVersion"),
        FIELD(cdd_driver, device_count, "cuDeviceGetCount"),
        FIELD(cdd_driver, device_get, "cuDeviceGet"),
        FIELD(cdd_driver, device_name, "cuDeviceGetName"),
        FIELD(cdd_driver, device_attribute, "cuDeviceGetAttribute"),
        FIELD(cdd_driver, device_memory, "cuDeviceTotalMem_v2"),
        FIELD(cdd_driver, device_identity, "cuDeviceGetUuid_v2"),
        FIELD(cdd_driver, context_retain, "cuDevicePrimaryCtxRetain"),
        FIELD(cdd_driver, context_set, "cuCtxSetCurrent"),
        FIELD(cdd_driver, memory_info, "cuMemGetInfo_v2"),
        FIELD(cdd_driver, host_allocate, "cuMemAllocHost_v2"),
        FIELD(cdd_driver, host_free, "cuMemFreeHost"),
        FIELD(cdd_driver, granularity, "cuMemGetAllocationGranularity"),
        FIELD(cdd_driver, address_reserve, "cuMemAddressReserve"),
        FIELD(cdd_driver, address_free, "cuMemAddressFree"),
        FIELD(cdd_driver, memory_create, "cuMemCreate"),
        FIELD(cdd_driver, memory_release, "cuMemRelease"),
        FIELD(cdd_driver, memory_map, "cuMemMap"),
        FIELD(cdd_driver, memory_unmap, "cuMemUnmap"),
        FIELD(cdd_driver, memory_access, "cuMemSetAccess"),
        FIELD(cdd_driver, copy_up, "cuMemcpyHtoDAsync_v2"),
        FIELD(cdd_driver, copy_down, "cuMemcpyDtoHAsync_v2"),
        FIELD(cdd_driver, copy, "cuMemcpyDtoDAsync_v2"),
        FIELD(cdd_driver, fill_bytes, "cuMemsetD8Async"),
        FIELD(cdd_driver, fill_words, "cuMemsetD32Async"),
        FIELD(cdd_driver, stream_create, "cuStreamCreate"),
        FIELD(cdd_driver, stream_destroy, "cuStreamDestroy_v2"),
        FIELD(cdd_driver, stream_wait, "cuStreamSynchronize"),
        FIELD(cdd_driver, event_create, "cuEventCreate"),
        FIELD(cdd_driver, event_destroy, "cuEventDestroy_v2"),
        FIELD(cdd_driver, event_record, "cuEventRecord"),
        FIELD(cdd_driver, event_query, "cuEventQuery"),
        FIELD(cdd_driver, event_wait, "cuEventSynchronize"),
        FIELD(cdd_driver, event_elapsed, "cuEventElapsedTime"),
        FIELD(cdd_driver, stream_wait_event, "cuStreamWaitEvent"),
        FIELD(cdd_driver, module_load, "cuModuleLoadData"),
        FIELD(cdd_driver, module_unload, "cuModuleUnload"),
        FIELD(cdd_driver, module_function, "cuModuleGetFunction"),
        FIELD(cdd_driver, launch, "cuLaunchKernel"),
        FIELD(cdd_driver, capture_begin, "cuStreamBeginCapture_v2"),
        FIELD(cdd_driver, capture_end, "cuStreamEndCapture"),
        FIELD(cdd_driver, graph_instantiate, "cuGraphInstantiateWithFlags"),
        FIELD(cdd_driver, graph_launch, "cuGraphLaunch"),
        FIELD(cdd_driver, graph_destroy, "cuGraphDestroy"),
        FIELD(cdd_driver, graph_exec_destroy, "cuGraphExecDestroy"),
        FIELD(cdd_driver, error_name, "cuGetErrorName"),
        FIELD(cdd_driver, error_text, "cuGetErrorString"),
    };
    void *library = open_first(NULL, names, RTLD_LOCAL, message, length);
    return library ? fill(library, driver, entries, COUNT(entries), message, length) : CDD_NO_LIBRARY;
}

cdd_opening cdd_open_blas(cdd_blas *blas, char *message, size_t length) {
    static const char *const names[] = {"libcublas.so.13", "libcublas.so.12", "libcublas.so.11", NULL};
    static const entry entries[] = {
        FIELD(cdd_blas, create, "cublasCreate_v2"),
        FIELD(cdd_blas, destroy, "cublasDestroy_v2"),
        FIELD(cdd_blas, set_stream, "cublasSetStream_v2"),
        FIELD(cdd_blas, set_workspace, "cublasSetWorkspace_v2"),
        FIELD(cdd_blas, set_math_mode, "cublasSetMathMode"),
        FIELD(cdd_blas, product, "cublasSgemm_v2"),
        FIELD(cdd_blas, batched_product, "cublasSgemmStridedBatched"),
        FIELD(cdd_blas, rounded_product, "cublasGemmStridedBatchedEx"),
    };
    void *library = open_first(NULL, names, RTLD_LOCAL, message, length);
    return library ? fill(library, blas, entries, COUNT(entries), message, length) : CDD_NO_LIBRARY;
}

cdd_opening cdd_open_compiler(cdd_compiler *compiler, const char *folder, char *message, size_t length) {
    static const char *const names[] = {"libnvrtc.so.13", "libnvrtc.so.12", NULL};
    static const entry entries[] = {
        FIELD(cdd_compiler, version, "nvrtcVersion"),
        FIELD(cdd_compiler, create, "nvrtcCreateProgram"),
        FIELD(cdd_compiler, destroy, "nvrtcDestroyProgram"),
        FIELD(cdd_compiler, compile, "nvrtcCompileProgram"),
        FIELD(cdd_compiler, log_size, "nvrtcGetProgramLogSize"),
        FIELD(cdd_compiler, log, "nvrtcGetProgramLog"),
        FIELD(cdd_compiler, cubin_size, "nvrtcGetCUBINSize"),
        FIELD(cdd_compiler, cubin, "nvrtcGetCUBIN"),
        FIELD(cdd_compiler, portable_size, "nvrtcGetPTXSize"),
        FIELD(cdd_compiler, portable, "nvrtcGetPTX"),
        FIELD(cdd_compiler, architecture_count, "nvrtcGetNumSupportedArchs"),
        FIELD(cdd_compiler, architectures, "nvrtcGetSupportedArchs"),
        FIELD(cdd_compiler, error_text, "nvrtcGetErrorString"),
    };
    // The compiler looks for its helper by name alone, which fails where it was opened by a path: so it is open before.
    // A folder has that of one version.
    for (int version = 139; folder && version >= 120; version--) {
        char name[64];
        snprintf(name, sizeof name, "libnvrtc-builtins.so.%d.%d", version / 10, version % 10);
        const char *const helpers[] = {name, NULL};
        if (open_first(folder, helpers, RTLD_GLOBAL, message, length)) break;
    }
    void *library = open_first(folder, names, RTLD_LOCAL, message, length);
    return library ? fill(library, compiler, entries, COUNT(entries), message, length) : CDD_NO_LIBRARY;
}

cdd_opening cdd_open_nccl(cdd_nccl *nccl, const char *folder, char *message, size_t length) {
    static const char *const names[] = {"libnccl.so.2", NULL};
    static const entry entries[] = {
        FIELD(cdd_nccl, version, "ncclGetVersion"),
        FIELD(cdd_nccl, unique_id, "ncclGetUniqueId"),
        FIELD(cdd_nccl, init, "ncclCommInitRankConfig"),
        FIELD(cdd_nccl, all_reduce, "ncclAllReduce"),
        FIELD(cdd_nccl, group_start, "ncclGroupStart"),
        FIELD(cdd_nccl, group_end, "ncclGroupEnd"),
        FIELD(cdd_nccl, async_error, "ncclCommGetAsyncError"),
        FIELD(cdd_nccl, finalize, "ncclCommFinalize"),
        FIELD(cdd_nccl, destroy, "ncclCommDestroy"),
        FIELD(cdd_nccl, abort, "ncclCommAbort"),
        FIELD(cdd_nccl, error_text, "ncclGetErrorString"),
        FIELD(cdd_nccl, last_error, "ncclGetLastError"),
    };
    void *library = open_first(folder, names, RTLD_LOCAL, message, length);
    return library ? fill(library, nccl, entries, COUNT(entries), message, length) : CDD_NO_LIBRARY;
}
