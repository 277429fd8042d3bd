// What the kernel lets a reader ask for.
//
// Adversary: a database server that found a fault in libpq or OpenSSL, and runs code of its own here. It finds no file
// but the reader's libraries and declared files (the daemon's sandbox sees to that), can start and trace nothing, and
// once the query begins it has one connection and can make no other: what it sent it could send already, and what it
// gets is rows that it has.
#pragma once

#include "absl/status/status.h"

namespace accord {

// First: an allow-list with sockets (local, IPv4, IPv6) that connect, and no limit can be raised again. No program, no
// thread, no file opened for writing, no socket that listens.
absl::Status ConfineReader();

// Once the server has let us in: no further socket and no further file either.
absl::Status KeepToOneConnection();

}  // namespace accord
