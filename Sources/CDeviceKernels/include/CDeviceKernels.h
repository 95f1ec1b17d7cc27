#pragma once

// The kernels of a device, their text for its compiler, and the stand-in driver that runs them on the host.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "CDeviceDriver.h"

#ifdef __cplusplus
extern "C" {
#endif

/// What a parameter of a kernel is.
typedef enum { CDK_POINTER, CDK_INT32, CDK_INT64, CDK_FLOAT, CDK_DOUBLE, CDK_VALUE } cdk_kind;

typedef struct {
    cdk_kind kind;
    size_t bytes;
} cdk_parameter;

typedef struct {
    const char *name;
    /// Threads of a group.
    int threads;
    /// Whether it takes any number of groups, as its threads loop over all there is to do.
    bool each;
    const cdk_parameter *parameters;
    int parameter_count;
} cdk_kernel;

int cdk_kernel_count(void);
cdk_kernel cdk_kernel_at(int index);

/// A program of kernels, as text for the device's compiler (which gets the dialect before it): a file, or a part of one.
typedef struct {
    const char *name;
    const char *text;
    size_t length;
    /// Lines between the dialect and the text, which choose the part; empty for all of the file.
    const char *part;
} cdk_source;

int cdk_source_count(void);
cdk_source cdk_source_at(int index);
cdk_source cdk_dialect(void);

// MARK: the stand-in driver

/// How the stand-in behaves; of the process.
typedef struct {
    /// Bytes of its memory; more is refused.
    size_t memory_bytes;
    /// Order of threads, and which stream works first; 0 is ascending, and a stream works only where somebody waits for
    /// it.
    uint64_t seed;
    /// The launch that fails, counted from 1 after setting, or after `failing_step` has begun; 0: none. The error is
    /// told at the next wait, as a card does.
    int64_t failing_launch;
    /// Devices it shows.
    int devices;
    /// As the driver tells it: 12090 is 12.9.
    int driver_version;
    /// The step of a training with the launch that fails, counted from 1; 0: whatever the step.
    int64_t failing_step;
    /// The wait of a stream for an event that is passed over, counted from 1 after setting, as if the program had
    /// forgotten it; 0: none.
    int64_t forgotten_wait;
    /// As its NCCL tells it: 22105 is 2.21.5.
    int nccl_version;
    /// The sum over ranks that meets an error and does not end, counted from 1 after setting, or in `failing_step`; 0:
    /// none.
    int64_t failing_sum;
    /// Whether this process cannot join others.
    bool failing_join;
} cdk_standin_options;

/// What it was asked for since the start.
typedef struct {
    int64_t launches, waits, uploads, downloads, products;
    size_t bytes_mapped;
    /// Questions whether an event has come, and blocks of the host's memory that were taken and not given back.
    int64_t queries, host_blocks;
    /// Graphs that were recorded, and how often one was replayed. What is replayed counts as launches and products too.
    int64_t graphs, replays;
    /// Sums over ranks that were told.
    int64_t sums;
} cdk_standin_counters;

void cdk_standin_set(cdk_standin_options options);
cdk_standin_options cdk_standin_get(void);
/// Has launches of a kernel do nothing, as if there were a mistake in it; NULL for none.
void cdk_standin_skip(const char *kernel);
/// Tells it that a step of a training begins.
void cdk_standin_begin_step(void);
cdk_standin_counters cdk_standin_count(void);
/// How often a kernel was launched on the stand-in since the start, by its place among `cdk_kernel_at`.
int64_t cdk_standin_launches(int index);
/// The order of threads in the launches that this thread of the host tells from now on; 0 is ascending. Goes before
/// the one of the options.
void cdk_standin_set_order(uint64_t seed);
/// Takes the order back.
void cdk_standin_reset_order(void);
/// Queues a change of which bytes of the stand-in's memory may be read and written: the first `used` of a block, and no
/// others of it. Does something only where the address sanitizer looks at each access.
void cdk_standin_guard(cdd_stream stream, cdd_address block, size_t bytes, size_t used);
/// Whether the address sanitizer looks, so that blocks need bytes behind them that nobody may touch.
bool cdk_standin_has_guards(void);
/// Fills the tables with the stand-in's functions.
void cdk_standin_driver(cdd_driver *driver);
void cdk_standin_blas(cdd_blas *blas);
/// A compiler that makes nothing a card could run.
void cdk_standin_compiler(cdd_compiler *compiler);
/// Sums over processes of this machine, through shared memory.
void cdk_standin_nccl(cdd_nccl *nccl);

#ifdef __cplusplus
}
#endif
