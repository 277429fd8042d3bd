// Who could answer in a database server's place at its Unix socket.
//
// Over a Unix socket there is no certificate: libpq sends the password to whoever answers. Who that is, is known by the
// folder of the socket alone, and the folder by those above it: whoever may rename a folder on the way, or has made one
// where everybody may make one, has every folder below it. So all of them are looked at, from the root on, links too.
//
// Whose word counts is that of root, of the daemon's own user and of the server's owner, who is the owner of the last
// folder, provided that one of those three has put it where it is.
//   - In the last folder nobody else may make anything: the sticky bit keeps others from taking a socket away, and not
//     from making one while the server is down.
//   - Higher up a folder may be open to all if it has the sticky bit (/tmp): what is in it can be renamed by its owner
//     alone. But anybody may have made it, the last time the machine began anew, so that what is entered from there has
//     to be of root or of the daemon's own user. A server's own folder right under /tmp does not do.
//   - What the group may write counts as open, unless the owner is alone in it: a group of the owner's name with no
//     other member, which is nobody else's primary one, and no access list, as Debian's /run/postgresql (mode 2775,
//     postgres:postgres) has it. Where the machine's own list of users (/etc/passwd) does not tell, it counts as open.
//
// Adversary: another user of the site's machine, who waits until the server is down. Not root, and not whoever can
// write as the server's owner. Asked at each start of a reader; between this look and libpq's connection none but those
// three could change anything.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "proto/accord/v1/site.pb.h"

namespace accord {

// One folder or link on the way from the root to the socket's folder, as the system tells of it.
struct WayPart {
  std::string path;
  uid_t owner = 0;
  mode_t mode = S_IFDIR;
  bool owner_is_alone_in_group = false;
  size_t holder = 0;  // index in the way of the folder that it lies in; of the root itself 0
};

// Pure. `way`: the root first, then each part behind its holder; the last is the socket's folder, or, where that is not
// there, the folder in which it or what leads to it could be made. FAILED_PRECONDITION names the part at fault, for the
// operator alone (confined_words.h): what leaves the site says that its database did not give the rows. `self`: the
// daemon's user.
absl::Status JudgeSocketWay(absl::Span<const WayPart> way, uid_t self);

// Is it the primary group of `owner` and of no other user? By the list of users in the file `users` (passwd(5)), since
// a group's entry names only those who have it beside their primary one. False too where that cannot be told: the file
// cannot be read, does not list the owner, or points to other lists. Thread-safe.
bool IsPrimaryGroupOfOwnerAlone(const std::string& users, uid_t owner, gid_t group);

// OK where no password is given, over a network, and where the folder is not there and nobody else can make one: then
// nobody answers, and the reader says so. Asked by the daemon, because the reader's sandbox holds the socket without
// its folder. As JudgeSocketWay. Thread-safe.
absl::Status CheckSocketFolder(const v1::PostgresqlSource& source);

}  // namespace accord
