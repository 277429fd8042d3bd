// Settings of the whole process that its libraries leave to the program.
#pragma once

namespace accord {

// Keeps freed blocks of up to 32 MiB for the next allocation, instead of returning and fetching pages for every
// megabyte of a transfer, which costs more than copying it, in as many arenas as there are processors. Switches off the
// search for lock cycles that Debian's Abseil makes at every lock, except where assertions are on. First in main,
// before there are threads.
void TuneProcess();

// As many open files as the system lets the process have: where every connection and every transfer takes one.
void RaiseOpenFileLimit();

}  // namespace accord
