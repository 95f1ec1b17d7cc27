#pragma once
#include <mpi.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

// MPI names its constants by macros with casts, which Swift cannot import. Only MPICollectives includes this.

static inline MPI_Comm cmpi_comm_world(void) { return MPI_COMM_WORLD; }
static inline MPI_Comm cmpi_comm_null(void) { return MPI_COMM_NULL; }
static inline MPI_Request cmpi_request_null(void) { return MPI_REQUEST_NULL; }
static inline MPI_Errhandler cmpi_errors_return(void) { return MPI_ERRORS_RETURN; }
static inline int cmpi_thread_funneled(void) { return MPI_THREAD_FUNNELED; }
static inline void *cmpi_in_place(void) { return MPI_IN_PLACE; }

static inline MPI_Datatype cmpi_uint8(void) { return MPI_UINT8_T; }
static inline MPI_Datatype cmpi_int32(void) { return MPI_INT32_T; }
static inline MPI_Datatype cmpi_int64(void) { return MPI_INT64_T; }
static inline MPI_Datatype cmpi_uint64(void) { return MPI_UINT64_T; }
static inline MPI_Datatype cmpi_float32(void) { return MPI_FLOAT; }
static inline MPI_Datatype cmpi_float64(void) { return MPI_DOUBLE; }

static inline MPI_Op cmpi_sum(void) { return MPI_SUM; }
static inline MPI_Op cmpi_min(void) { return MPI_MIN; }
static inline MPI_Op cmpi_max(void) { return MPI_MAX; }

/// Splits off the processes that share a node's memory, in order of rank.
static inline int cmpi_comm_split_node(MPI_Comm comm, int key, MPI_Comm *node) {
    return MPI_Comm_split_type(comm, MPI_COMM_TYPE_SHARED, key, MPI_INFO_NULL, node);
}

/// Whether a message is waiting, and its length in bytes.
static inline int cmpi_probe(int source, int tag, MPI_Comm comm, int *waiting, int *bytes) {
    MPI_Status status;
    *bytes = 0;
    int code = MPI_Iprobe(source, tag, comm, waiting, &status);
    if (code != MPI_SUCCESS || !*waiting) return code;
    return MPI_Get_count(&status, MPI_BYTE, bytes);
}

/// Moves a request on; when it has finished, tells how many bytes it received (meaningful for receives).
static inline int cmpi_test(MPI_Request *request, int *finished, int *bytes) {
    MPI_Status status;
    *bytes = 0;
    int code = MPI_Test(request, finished, &status);
    if (code != MPI_SUCCESS || !*finished) return code;
    return MPI_Get_count(&status, MPI_BYTE, bytes);
}

/// Takes a message of exactly `length` bytes from any rank, if one is waiting; `source` is -1 where none is.
static inline int cmpi_take_any(void *bytes, int length, MPI_Comm comm, int *source, int *tag) {
    MPI_Status status;
    int waiting = 0;
    *source = -1;
    int code = MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, comm, &waiting, &status);
    if (code != MPI_SUCCESS || !waiting) return code;
    *source = status.MPI_SOURCE;
    *tag = status.MPI_TAG;
    return MPI_Recv(bytes, length, MPI_BYTE, *source, *tag, comm, MPI_STATUS_IGNORE);
}

/// Whether the kernel lets a process read memory through process_vm_readv, tried on ourselves.
static inline int cmpi_may_read_processes(void) {
    char source = 1, copy = 0;
    struct iovec remote = {&source, 1}, local = {&copy, 1};
    return syscall(SYS_process_vm_readv, getpid(), &local, 1UL, &remote, 1UL, 0UL) == 1;
}

/// Ends `process`, if it is still there after `seconds`, from a process of its own that outlives the caller and holds
/// none of its files open.
static inline void cmpi_end_later(pid_t process, unsigned seconds) {
    if (fork() != 0) return;
    setsid();
    signal(SIGTERM, SIG_IGN);
    for (int file = 0; file < 4096; file++) close(file);
    for (unsigned tenth = 0; tenth < 10 * seconds; tenth++) {
        usleep(100000);
        if (kill(process, 0) != 0) _exit(0);
    }
    kill(process, SIGKILL);
    _exit(0);
}
