#pragma once

// The functions of a device's driver, its compiler, its linear algebra library and NCCL as tables that are filled when the
// program runs: by `dlopen` of the vendor's libraries, or by the stand-in of `CDeviceKernels`. The prototypes are our
// own reading of the public interface; no header of the vendor is needed to build, and none of its libraries to run.

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// An address in the memory of a device.
typedef uint64_t cdd_address;
typedef struct cdd_stream_s *cdd_stream;
typedef struct cdd_event_s *cdd_event;
typedef struct cdd_module_s *cdd_module;
typedef struct cdd_function_s *cdd_function;
typedef struct cdd_context_s *cdd_context;
/// Work that a stream was told while it was recorded, and the same made ready to be told again.
typedef struct cdd_graph_s *cdd_graph;
typedef struct cdd_graph_exec_s *cdd_graph_exec;
/// Physical memory that is not mapped to addresses yet.
typedef uint64_t cdd_memory_handle;

/// What physical memory is to be; laid out as `CUmemAllocationProp`.
typedef struct {
    int32_t type;
    int32_t handle_types;
    int32_t location_type;
    int32_t location_id;
    void *windows_metadata;
    uint8_t flags[8];
} cdd_memory_properties;

/// Who may use mapped memory; laid out as `CUmemAccessDesc`.
typedef struct {
    int32_t location_type;
    int32_t location_id;
    int32_t access;
} cdd_memory_access;

enum {
    CDD_SUCCESS = 0,
    CDD_INVALID_VALUE = 1,
    CDD_OUT_OF_MEMORY = 2,
    CDD_NO_DEVICE = 100,
    CDD_INVALID_DEVICE = 101,
    CDD_INVALID_HANDLE = 400,
    CDD_NOT_FOUND = 500,
    CDD_NOT_READY = 600,
    CDD_ILLEGAL_ADDRESS = 700,
    CDD_LAUNCH_FAILED = 719,
    CDD_NOT_WHILE_RECORDING = 900,
    /// Of ours: a device that has failed is asked for nothing more.
    CDD_REFUSED = 100000,
};

/// Attributes of a device that we ask for.
enum { CDD_ATTRIBUTE_MAJOR = 75, CDD_ATTRIBUTE_MINOR = 76 };

/// Every function answers with a code; 0 is success. Comments name what each is in `libcuda.so.1`.
typedef struct {
    int (*init)(unsigned flags);                                                    // cuInit
    int (*driver_version)(int *version);                                            // cuDriverGetVersion
    int (*device_count)(int *count);                                                // cuDeviceGetCount
    int (*device_get)(int *device, int ordinal);                                    // cuDeviceGet
    int (*device_name)(char *name, int length, int device);                         // cuDeviceGetName
    int (*device_attribute)(int *value, int attribute, int device);                 // cuDeviceGetAttribute
    int (*device_memory)(size_t *bytes, int device);                                // cuDeviceTotalMem_v2
    int (*device_identity)(uint8_t bytes[16], int device);                          // cuDeviceGetUuid_v2
    int (*context_retain)(cdd_context *context, int device);                        // cuDevicePrimaryCtxRetain
    int (*context_set)(cdd_context context);                                        // cuCtxSetCurrent
    int (*memory_info)(size_t *free, size_t *total);                                // cuMemGetInfo_v2
    int (*host_allocate)(void **memory, size_t bytes);                              // cuMemAllocHost_v2
    int (*host_free)(void *memory);                                                 // cuMemFreeHost
    int (*granularity)(size_t *bytes, const cdd_memory_properties *, int option);   // cuMemGetAllocationGranularity
    int (*address_reserve)(cdd_address *, size_t, size_t alignment, cdd_address wanted, unsigned long long flags);
    int (*address_free)(cdd_address, size_t);                                       // cuMemAddressFree
    int (*memory_create)(cdd_memory_handle *, size_t, const cdd_memory_properties *, unsigned long long flags);
    int (*memory_release)(cdd_memory_handle);                                       // cuMemRelease
    int (*memory_map)(cdd_address, size_t, size_t offset, cdd_memory_handle, unsigned long long flags);
    int (*memory_unmap)(cdd_address, size_t);                                       // cuMemUnmap
    int (*memory_access)(cdd_address, size_t, const cdd_memory_access *, size_t count);  // cuMemSetAccess
    int (*copy_up)(cdd_address to, const void *from, size_t bytes, cdd_stream);     // cuMemcpyHtoDAsync_v2
    int (*copy_down)(void *to, cdd_address from, size_t bytes, cdd_stream);         // cuMemcpyDtoHAsync_v2
    int (*copy)(cdd_address to, cdd_address from, size_t bytes, cdd_stream);        // cuMemcpyDtoDAsync_v2
    int (*fill_bytes)(cdd_address, unsigned char value, size_t count, cdd_stream);  // cuMemsetD8Async
    int (*fill_words)(cdd_address, unsigned value, size_t count, cdd_stream);       // cuMemsetD32Async
    int (*stream_create)(cdd_stream *, unsigned flags);                             // cuStreamCreate
    int (*stream_destroy)(cdd_stream);                                              // cuStreamDestroy_v2
    int (*stream_wait)(cdd_stream);                                                 // cuStreamSynchronize
    int (*event_create)(cdd_event *, unsigned flags);                               // cuEventCreate
    int (*event_destroy)(cdd_event);                                                // cuEventDestroy_v2
    int (*event_record)(cdd_event, cdd_stream);                                     // cuEventRecord
    int (*event_query)(cdd_event);                                                  // cuEventQuery
    int (*event_wait)(cdd_event);                                                   // cuEventSynchronize
    int (*event_elapsed)(float *milliseconds, cdd_event start, cdd_event end);      // cuEventElapsedTime
    int (*stream_wait_event)(cdd_stream, cdd_event, unsigned flags);                // cuStreamWaitEvent
    int (*module_load)(cdd_module *, const void *image);                            // cuModuleLoadData
    int (*module_unload)(cdd_module);                                               // cuModuleUnload
    int (*module_function)(cdd_function *, cdd_module, const char *name);           // cuModuleGetFunction
    int (*launch)(
        cdd_function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x, unsigned block_y,
        unsigned block_z, unsigned shared_bytes, cdd_stream, void **arguments, void **extra);  // cuLaunchKernel
    int (*capture_begin)(cdd_stream, int mode);                                     // cuStreamBeginCapture_v2
    int (*capture_end)(cdd_stream, cdd_graph *);                                    // cuStreamEndCapture
    int (*graph_instantiate)(cdd_graph_exec *, cdd_graph, unsigned long long flags);  // cuGraphInstantiateWithFlags
    int (*graph_launch)(cdd_graph_exec, cdd_stream);                                // cuGraphLaunch
    int (*graph_destroy)(cdd_graph);                                                // cuGraphDestroy
    int (*graph_exec_destroy)(cdd_graph_exec);                                      // cuGraphExecDestroy
    int (*error_name)(int code, const char **name);                                 // cuGetErrorName
    int (*error_text)(int code, const char **text);                                 // cuGetErrorString
} cdd_driver;

typedef struct cdd_blas_handle_s *cdd_blas_handle;

/// Products of column-major matrices, as in `libcublas`. `operation`: 0 plain, 1 transposed.
typedef struct {
    int (*create)(cdd_blas_handle *);                                               // cublasCreate_v2
    int (*destroy)(cdd_blas_handle);                                                // cublasDestroy_v2
    int (*set_stream)(cdd_blas_handle, cdd_stream);                                 // cublasSetStream_v2
    int (*set_workspace)(cdd_blas_handle, void *, size_t);                          // cublasSetWorkspace_v2
    int (*set_math_mode)(cdd_blas_handle, int);                                     // cublasSetMathMode
    int (*product)(
        cdd_blas_handle, int operation_a, int operation_b, int m, int n, int k, const float *alpha, const float *a,
        int lda, const float *b, int ldb, const float *beta, float *c, int ldc);    // cublasSgemm_v2
    int (*batched_product)(
        cdd_blas_handle, int operation_a, int operation_b, int m, int n, int k, const float *alpha, const float *a,
        int lda, long long stride_a, const float *b, int ldb, long long stride_b, const float *beta, float *c, int ldc,
        long long stride_c, int count);                                             // cublasSgemmStridedBatched
    /// Operands of the types given, multiplied as `compute` says; `algorithm` -1 leaves the choice to the library.
    int (*rounded_product)(
        cdd_blas_handle, int operation_a, int operation_b, int m, int n, int k, const void *alpha, const void *a,
        int type_a, int lda, long long stride_a, const void *b, int type_b, int ldb, long long stride_b,
        const void *beta, void *c, int type_c, int ldc, long long stride_c, int count, int compute,
        int algorithm);                                                             // cublasGemmStridedBatchedEx
} cdd_blas;

/// The type of single precision, and how its products may be computed: with operands rounded to bf16 or TF32 first.
enum { CDD_TYPE_FLOAT = 0, CDD_COMPUTE_FAST_BF16 = 75, CDD_COMPUTE_FAST_TF32 = 77 };

typedef struct cdd_program_s *cdd_program;

/// The compiler, `libnvrtc`.
typedef struct {
    int (*version)(int *major, int *minor);
    int (*create)(
        cdd_program *, const char *source, const char *name, int header_count, const char *const *headers,
        const char *const *header_names);
    int (*destroy)(cdd_program *);
    int (*compile)(cdd_program, int option_count, const char *const *options);
    int (*log_size)(cdd_program, size_t *);
    int (*log)(cdd_program, char *);
    int (*cubin_size)(cdd_program, size_t *);
    int (*cubin)(cdd_program, char *);
    /// The text that drivers compile for cards to come (PTX).
    int (*portable_size)(cdd_program, size_t *);
    int (*portable)(cdd_program, char *);
    /// Cards that it compiles for: 90 is sm_90.
    int (*architecture_count)(int *count);
    int (*architectures)(int *list);
    const char *(*error_text)(int code);
} cdd_compiler;

typedef struct cdd_communicator_s *cdd_communicator;

/// What the ranks of a communicator find each other by; laid out as `ncclUniqueId`.
typedef struct {
    char bytes[128];
} cdd_nccl_id;

/// How a communicator is to work: `ncclConfig_t` of version 2.14, which all later ones take. Not blocking: calls return
/// at once, and whether what they began has been told to the stream is asked for by `async_error`.
typedef struct {
    size_t size;
    unsigned magic;
    unsigned version;
    int blocking;
} cdd_nccl_config;

enum { CDD_NCCL_MAGIC = 0xcafebeef, CDD_NCCL_CONFIG_VERSION = 21400 };

/// Codes of NCCL, which are not the driver's.
enum {
    CDD_NCCL_SUCCESS = 0,
    CDD_NCCL_SYSTEM_ERROR = 2,
    CDD_NCCL_INVALID_ARGUMENT = 4,
    CDD_NCCL_INVALID_USAGE = 5,
    CDD_NCCL_REMOTE_ERROR = 6,
    CDD_NCCL_IN_PROGRESS = 7,
};

/// Types of numbers, and how they are joined.
enum { CDD_NCCL_FLOAT = 7, CDD_NCCL_DOUBLE = 8, CDD_NCCL_SUM = 0 };

/// Sums over the cards of several processes, `libnccl`.
typedef struct {
    int (*version)(int *version);                                                   // ncclGetVersion
    int (*unique_id)(cdd_nccl_id *);                                                // ncclGetUniqueId
    int (*init)(cdd_communicator *, int ranks, cdd_nccl_id, int rank, cdd_nccl_config *);  // ncclCommInitRankConfig
    int (*all_reduce)(
        const void *from, void *to, size_t count, int type, int operation, cdd_communicator, cdd_stream);  // ncclAllReduce
    int (*group_start)(void);                                                       // ncclGroupStart
    int (*group_end)(void);                                                         // ncclGroupEnd
    int (*async_error)(cdd_communicator, int *code);                                // ncclCommGetAsyncError
    int (*finalize)(cdd_communicator);                                              // ncclCommFinalize
    int (*destroy)(cdd_communicator);                                               // ncclCommDestroy
    int (*abort)(cdd_communicator);                                                 // ncclCommAbort
    const char *(*error_text)(int code);                                            // ncclGetErrorString
    const char *(*last_error)(cdd_communicator);                                    // ncclGetLastError
} cdd_nccl;

/// Fills a table of `bytes` with a function that does nothing and answers `CDD_REFUSED`, for a device that has failed:
/// whoever still calls it must neither wait nor touch memory that was never given.
void cdd_refuse(void *table, size_t bytes);

/// What became of opening a library: `CDD_OPENED`, or why not, with a detail in `message`.
typedef enum { CDD_OPENED = 0, CDD_NO_LIBRARY, CDD_NO_SYMBOL } cdd_opening;

/// Fills the table from `libcuda.so.1`.
///
/// - message: receives the loader's words, or the name of the function that is missing (an older driver has not all).
cdd_opening cdd_open_driver(cdd_driver *driver, char *message, size_t length);
/// The same from `libcublas`, of any of the versions we know.
cdd_opening cdd_open_blas(cdd_blas *blas, char *message, size_t length);
/// The same from `libnvrtc`.
///
/// - folder: where the library lies; NULL for the loader's own search.
cdd_opening cdd_open_compiler(cdd_compiler *compiler, const char *folder, char *message, size_t length);
/// The same from `libnccl.so.2`.
cdd_opening cdd_open_nccl(cdd_nccl *nccl, const char *folder, char *message, size_t length);

#ifdef __cplusplus
}
#endif
