#include "CAllocation.h"

#include "CMemory.h"

#include <errno.h>
#include <stdlib.h>

// The C library's own functions, under the names that it keeps for programs that bring a malloc.
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static void *checked(void *memory, size_t bytes) {
    if (!memory && bytes) cmem_refuse(bytes, NULL);
    return memory;
}

void *malloc(size_t bytes) { return checked(__libc_malloc(bytes), bytes); }

void *calloc(size_t count, size_t bytes) {
    size_t all;
    if (__builtin_mul_overflow(count, bytes, &all)) all = (size_t)-1;
    return checked(__libc_calloc(count, bytes), all);
}

void *realloc(void *memory, size_t bytes) { return checked(__libc_realloc(memory, bytes), bytes); }

void *memalign(size_t alignment, size_t bytes) { return checked(__libc_memalign(alignment, bytes), bytes); }

void *aligned_alloc(size_t alignment, size_t bytes) { return checked(__libc_memalign(alignment, bytes), bytes); }

int posix_memalign(void **memory, size_t alignment, size_t bytes) {
    if (alignment < sizeof(void *) || (alignment & (alignment - 1)) != 0) return EINVAL;
    *memory = checked(__libc_memalign(alignment, bytes), bytes);
    return 0;
}

void cmem_allocation_is_linked(void) {}
