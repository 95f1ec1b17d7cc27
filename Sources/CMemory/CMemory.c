#define _GNU_SOURCE
#include "CMemory.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static char remedy[CMEM_TEXT_BYTES] = "use a machine with more memory, or raise the limit";
static char subject[CMEM_TEXT_BYTES];
static char before[CMEM_TEXT_BYTES] = "error: ";
static char record[CMEM_TEXT_BYTES];
static atomic_flag is_ending = ATOMIC_FLAG_INIT;
static _Thread_local int is_writer;

static void keep(char *place, const char *text) {
    place[0] = 0;
    if (text) strncat(place, text, CMEM_TEXT_BYTES - 1);
}

void cmem_set_remedy(const char *text) { keep(remedy, text); }
void cmem_set_subject(const char *text) { keep(subject, text); }
void cmem_set_report(const char *text, const char *fields) {
    keep(before, text);
    keep(record, fields);
}

// Text is put together by hand: printf may take memory.
typedef struct {
    char bytes[6 * CMEM_TEXT_BYTES];
    size_t count;
} sentence;

static void add(sentence *to, const char *text) {
    while (*text && to->count < sizeof to->bytes) to->bytes[to->count++] = *text++;
}

static void add_number(sentence *to, uint64_t value) {
    char digits[24];
    size_t place = sizeof digits - 1;
    digits[place] = 0;
    do digits[--place] = (char)('0' + value % 10);
    while (value /= 10);
    add(to, digits + place);
}

static void add_size(sentence *to, uint64_t bytes) {
    if (bytes < 1 << 20) {
        add_number(to, bytes);
        add(to, " bytes");
        return;
    }
    add_number(to, bytes >> 20);
    add(to, " MiB");
}

/// The number behind a word of a file of /proc or /sys, or the first one; 0 where there is none.
static uint64_t number(const char *path, const char *key) {
    char text[8192];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    ssize_t count = read(file, text, sizeof text - 1);
    close(file);
    if (count <= 0) return 0;
    text[count] = 0;
    const char *line = key ? strstr(text, key) : text;
    return line ? strtoull(line + (key ? strlen(key) : 0), NULL, 10) : 0;
}

/// The bytes in a line `key  123 kB`.
static uint64_t kilobytes(const char *path, const char *key) { return number(path, key) << 10; }

static uint64_t address_limit(void) {
    struct rlimit limit;
    return getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY ? limit.rlim_cur : UINT64_MAX;
}

static void end(sentence *text) {
    add(text, "; ");
    add(text, remedy);
    if (record[0]) {
        // A launcher reads lines: the sentence is one.
        for (size_t i = 0; i < text->count; i++)
            if (text->bytes[i] == '\n') text->bytes[i] = 0x1f;
        add(text, record);
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        add_number(text, (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec);
    }
    add(text, "\n");
    size_t written = 0;
    while (written < text->count) {
        ssize_t count = write(STDERR_FILENO, text->bytes + written, text->count - written);
        if (count <= 0) break;
        written += (size_t)count;
    }
    // Others that fail alike are heard before the launcher ends them.
    if (record[0]) usleep(300000);
    _exit(EXIT_FAILURE);
}

/// Lets one thread speak; the others wait for the end.
static void enter(void) {
    if (!atomic_flag_test_and_set(&is_ending)) {
        is_writer = 1;
        return;
    }
    if (is_writer) _exit(EXIT_FAILURE);
    for (;;) pause();
}

static void add_facts(sentence *text) {
    add(text, "; this process holds ");
    add_size(text, kilobytes("/proc/self/status", "VmRSS:"));
    uint64_t limit = address_limit();
    if (limit != UINT64_MAX) {
        add(text, " and has ");
        add_size(text, kilobytes("/proc/self/status", "VmSize:"));
        add(text, " of the ");
        add_size(text, limit);
        add(text, " of addresses that its limit (ulimit -v) allows");
    }
    uint64_t available = kilobytes("/proc/meminfo", "MemAvailable:");
    if (available) {
        add(text, ", the machine has ");
        add_size(text, available);
        add(text, " left");
    }
    if (subject[0]) {
        add(text, "; it was at work on ");
        add(text, subject);
    }
}

void cmem_refuse(size_t bytes, const char *what) {
    enter();
    static sentence text;
    add(&text, before);
    add(&text, "memory is exhausted: the system refused ");
    add_size(&text, bytes);
    add(&text, " more");
    if (what) {
        add(&text, " for ");
        add(&text, what);
    }
    add_facts(&text);
    end(&text);
    _exit(EXIT_FAILURE);
}

void cmem_give_up(const char *what) {
    enter();
    static sentence text;
    add(&text, before);
    add(&text, "memory is exhausted: the system refused ");
    add(&text, what);
    add_facts(&text);
    end(&text);
    _exit(EXIT_FAILURE);
}

/// Bytes that the container leaves (cgroup version 2, then 1), files in its cache not counted; UINT64_MAX without a
/// limit.
static uint64_t container_room(void) {
    uint64_t limit = number("/sys/fs/cgroup/memory.max", NULL), used = number("/sys/fs/cgroup/memory.current", NULL);
    uint64_t cached = number("/sys/fs/cgroup/memory.stat", "inactive_file ");
    if (limit == 0) {
        limit = number("/sys/fs/cgroup/memory/memory.limit_in_bytes", NULL);
        used = number("/sys/fs/cgroup/memory/memory.usage_in_bytes", NULL);
        cached = number("/sys/fs/cgroup/memory/memory.stat", "total_inactive_file ");
    }
    // "No limit" is no number, or one near 2^63.
    if (limit == 0 || limit >= (uint64_t)1 << 60) return UINT64_MAX;
    used -= cached < used ? cached : used;
    return used < limit ? limit - used : 0;
}

size_t cmem_address_room(void) {
    uint64_t limit = address_limit();
    if (limit == UINT64_MAX) return PTRDIFF_MAX;
    uint64_t used = kilobytes("/proc/self/status", "VmSize:");
    return used < limit ? (size_t)(limit - used) : 0;
}

static atomic_llong reserved_bytes;

void cmem_note_reserved(long long bytes) { atomic_fetch_add(&reserved_bytes, bytes); }

size_t cmem_available(void) {
    uint64_t room = cmem_address_room(), container = container_room();
    uint64_t machine = kilobytes("/proc/meminfo", "MemAvailable:");
    if (room != PTRDIFF_MAX) room += (uint64_t)atomic_load(&reserved_bytes);
    if (container < room) room = container;
    if (machine != 0 && machine < room) room = machine;
    return room < PTRDIFF_MAX ? (size_t)room : PTRDIFF_MAX;
}
