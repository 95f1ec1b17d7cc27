#pragma once

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

// Memory that the processes of a node share: segments, a lock that survives the death of its holder, and waiting for a
// counter to change. Functions return 0 or an errno value unless they say otherwise.

// Where a segment's bytes live.
enum cshm_backing {
    CSHM_MEMORY = 0, // POSIX shared memory; the name is "/name"
    CSHM_FILE = 1,   // a file; the name is its path
};

// Creates and reserves a segment for this user alone. All its bytes exist afterwards, so that touching them cannot
// raise SIGBUS on a full /dev/shm; ENOSPC says that it does not fit. Nothing is left behind on failure.
int cshm_create(enum cshm_backing backing, const char *name, size_t bytes, int *descriptor);
int cshm_open(enum cshm_backing backing, const char *name, size_t bytes, int *descriptor);
int cshm_unlink(enum cshm_backing backing, const char *name);
// Maps and closes the descriptor, also on failure.
int cshm_map(int descriptor, size_t bytes, void **address);
// Memory of this process and its threads alone.
int cshm_map_private(size_t bytes, void **address);
int cshm_unmap(void *address, size_t bytes);

// What one item of the store is doing.
enum cshm_state {
    CSHM_EMPTY = 0,
    CSHM_DECODING = 1,
    CSHM_READY = 2,
    CSHM_TOO_LARGE = 3, // larger than the store; every rank decodes it for itself
};

// One item. Touched under the store's lock.
struct cshm_entry {
    uint32_t state;
    int32_t owner;       // process that decodes
    int64_t since;       // second at which it began
    uint64_t offset;     // of the record in the ring
    uint64_t bytes;
    uint32_t pins;       // readers at the moment
    int32_t next;        // following record in the ring, -1 at the end
    int32_t height, width;
    int32_t file_height, file_width;
    int32_t has_labels;
    int64_t object_bytes; // -1 when no objects are kept
};

// The head of a segment; entries and then the ring follow it.
struct cshm_store {
    uint64_t magic;
    uint64_t entry_count;
    uint64_t ring_bytes;
    pthread_mutex_t lock;
    uint32_t changes;    // counts publications; waited for
    uint32_t is_broken;  // a process died while it held the lock
    // The ring: records in order of offset, linked; the next one is written at `head`.
    uint64_t head;
    int32_t first;       // record at the lowest offset, -1 for none
    int32_t before_head; // record that ends at or before head, -1 for none
    // Counters.
    uint64_t decoded, reused, evicted, unshared;
};

int cshm_store_init(struct cshm_store *store);
// EOWNERDEAD when the holder died: the lock is held, and is_broken is set.
int cshm_lock(struct cshm_store *store);
void cshm_unlock(struct cshm_store *store);

uint32_t cshm_load(const uint32_t *counter);
// Adds one and wakes everybody who waits for the counter, in all processes.
void cshm_increment(uint32_t *counter);
// Returns when the counter is no longer `seen`, or after the given time, or for no reason.
void cshm_wait(const uint32_t *counter, uint32_t seen, int milliseconds);

// 1 while a process with this id lives, 0 after.
int cshm_process_exists(int32_t process);
