#pragma once
#include <stddef.h>
#include <stdint.h>

// The end of a process that gets no more memory: one sentence with sizes and the remedy. Nothing here takes memory, and
// everything may be called from any thread.

#define CMEM_TEXT_BYTES 1024

/// What a user can do about it; ends the sentence. Copied, cut at CMEM_TEXT_BYTES.
void cmem_set_remedy(const char *text);
/// The file or part that the process works on, which the sentence names; NULL for none.
void cmem_set_subject(const char *text);
/// What stands before the sentence, such as "error on rank 1 of 2: ". `record` is NULL, or what follows the sentence
/// for a launcher that listens; the time in nanoseconds is added to it.
void cmem_set_report(const char *before, const char *record);
/// Ends the process with status 1, as `bytes` were refused for `what` (NULL where nobody knows).
void cmem_refuse(size_t bytes, const char *what) __attribute__((noreturn));
/// As above, for what is no memory but ends with it: a thread, addresses for a library.
void cmem_give_up(const char *what) __attribute__((noreturn));
/// Bytes that may still be taken: the least of what the machine, the container and the limit of addresses leave;
/// PTRDIFF_MAX where nothing says so.
size_t cmem_available(void);
/// Tells of addresses that were taken for memory that is still to be used (negative: that now is, or given back).
void cmem_note_reserved(long long bytes);
/// Bytes of addresses that the limit of the process (`ulimit -v`) leaves; PTRDIFF_MAX without one.
size_t cmem_address_room(void);
