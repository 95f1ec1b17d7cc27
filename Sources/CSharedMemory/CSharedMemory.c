#define _GNU_SOURCE
#include "CSharedMemory.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int open_backing(enum cshm_backing backing, const char *name, int flags) {
    return backing == CSHM_MEMORY ? shm_open(name, flags | O_CLOEXEC, 0600) : open(name, flags | O_CLOEXEC, 0600);
}

int cshm_create(enum cshm_backing backing, const char *name, size_t bytes, int *descriptor) {
    int file = open_backing(backing, name, O_RDWR | O_CREAT | O_EXCL);
    if (file < 0) return errno;
    int status;
    do status = posix_fallocate(file, 0, (off_t)bytes);
    while (status == EINTR);
    if (status != 0) {
        close(file);
        cshm_unlink(backing, name);
        return status;
    }
    *descriptor = file;
    return 0;
}

int cshm_open(enum cshm_backing backing, const char *name, size_t bytes, int *descriptor) {
    int file = open_backing(backing, name, O_RDWR);
    if (file < 0) return errno;
    struct stat facts;
    int status = fstat(file, &facts) != 0 ? errno : (size_t)facts.st_size < bytes ? EINVAL : 0;
    if (status != 0) {
        close(file);
        return status;
    }
    *descriptor = file;
    return 0;
}

int cshm_unlink(enum cshm_backing backing, const char *name) {
    int result = backing == CSHM_MEMORY ? shm_unlink(name) : unlink(name);
    return result == 0 ? 0 : errno;
}

int cshm_map(int descriptor, size_t bytes, void **address) {
    void *mapped = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    int status = mapped == MAP_FAILED ? errno : 0;
    close(descriptor);
    if (status == 0) *address = mapped;
    return status;
}

int cshm_map_private(size_t bytes, void **address) {
    void *mapped = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapped == MAP_FAILED) return errno;
    *address = mapped;
    return 0;
}

int cshm_unmap(void *address, size_t bytes) { return munmap(address, bytes) == 0 ? 0 : errno; }

int cshm_store_init(struct cshm_store *store) {
    memset(store, 0, sizeof *store);
    store->first = store->before_head = -1;
    pthread_mutexattr_t attributes;
    int status = pthread_mutexattr_init(&attributes);
    if (status != 0) return status;
    status = pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    if (status == 0) status = pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    if (status == 0) status = pthread_mutex_init(&store->lock, &attributes);
    pthread_mutexattr_destroy(&attributes);
    return status;
}

int cshm_lock(struct cshm_store *store) {
    int status = pthread_mutex_lock(&store->lock);
    if (status == EOWNERDEAD) {
        pthread_mutex_consistent(&store->lock);
        store->is_broken = 1;
    }
    return status;
}

void cshm_unlock(struct cshm_store *store) { pthread_mutex_unlock(&store->lock); }

uint32_t cshm_load(const uint32_t *counter) {
    return atomic_load_explicit((const _Atomic uint32_t *)counter, memory_order_acquire);
}

void cshm_increment(uint32_t *counter) {
    atomic_fetch_add_explicit((_Atomic uint32_t *)counter, 1, memory_order_acq_rel);
    syscall(SYS_futex, counter, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

void cshm_wait(const uint32_t *counter, uint32_t seen, int milliseconds) {
    struct timespec limit = {milliseconds / 1000, (milliseconds % 1000) * 1000000L};
    syscall(SYS_futex, counter, FUTEX_WAIT, seen, &limit, NULL, 0);
}

int cshm_process_exists(int32_t process) { return kill(process, 0) == 0 || errno == EPERM; }

