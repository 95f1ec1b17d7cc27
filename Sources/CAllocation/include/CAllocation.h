#pragma once

/// Does nothing: a program that calls it has this target's `malloc`, which ends the process with a sentence where
/// memory is refused (`cmem_refuse`), instead of handing out a null pointer that traps somewhere else.
void cmem_allocation_is_linked(void);
