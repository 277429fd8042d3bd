#include "client/daemon/training/socket_folder.h"

#include <grp.h>
#include <pwd.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <deque>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/printable.h"
#include "client/daemon/training/confined_words.h"

namespace accord {
namespace {

constexpr char kUsers[] = "/etc/passwd";
constexpr int kMostLinks = 40;                   // as Linux itself follows (path_resolution(7))
constexpr size_t kNamesBytes = size_t{1} << 16;  // of one user's or group's entry

bool IsLink(const WayPart& part) { return S_ISLNK(part.mode); }

// To others than its owner.
bool IsOpen(const WayPart& part) {
  return (part.mode & S_IWOTH) != 0 || ((part.mode & S_IWGRP) != 0 && !part.owner_is_alone_in_group);
}

absl::Status Refused(const WayPart& part, const std::string& fault, absl::string_view instead) {
  return ConfinedFailure(
      absl::StatusCode::kFailedPrecondition, absl::StrCat(Printable(part.path), " ", fault),
      absl::StrCat(", and the database server's socket (postgresql.host) is reached through it: whoever makes a socket "
                   "there while the server is away is given the password; expected ",
                   instead, ", or no postgresql.password_file and peer in pg_hba.conf"));
}

std::string OpenTo(const WayPart& part) {
  return (part.mode & S_IWOTH) != 0 ? "can be written in by everybody on this machine"
                                    : "can be written in by its group";
}

absl::Status JudgePart(const WayPart& part, const WayPart& holder, bool is_last, uid_t self, uid_t server) {
  const bool is_ours = part.owner == 0 || part.owner == self;
  if (IsOpen(holder) && !is_ours) {
    return Refused(part,
                   absl::StrCat("belongs to the user ", part.owner, " and lies in ", Printable(holder.path),
                                ", where others can make a folder too"),
                   "a folder that root has made (unix_socket_directories, for example below /run)");
  }
  if (IsLink(part)) return absl::OkStatus();
  if (!is_ours && part.owner != server) {
    return Refused(part, absl::StrCat("belongs to the user ", part.owner),
                   absl::StrCat("a folder of root's, of the server's or of the user ", self, " (chown root)"));
  }
  if (!IsOpen(part)) return absl::OkStatus();
  if (is_last)
    return Refused(part, OpenTo(part), "a folder of the server's alone (unix_socket_directories, chmod go-w)");
  if ((part.mode & S_ISVTX) == 0) return Refused(part, OpenTo(part), "one that is not (chmod go-w)");
  return absl::OkStatus();
}

// Nobody but the owner is in the group, as far as the machine's lists of users say.
bool OwnerIsAloneInGroup(const std::string& path, uid_t owner, gid_t group) {
  // Where there is an access list, the group's bits are its mask and speak of everybody who is named there.
  if (getxattr(path.c_str(), "system.posix_acl_access", nullptr, 0) >= 0) return false;
  std::vector<char> user_bytes(kNamesBytes), group_bytes(kNamesBytes);
  passwd user_entry, *user = nullptr;
  ::group group_entry, *found = nullptr;
  if (getpwuid_r(owner, &user_entry, user_bytes.data(), user_bytes.size(), &user) != 0 || user == nullptr) return false;
  if (getgrgid_r(group, &group_entry, group_bytes.data(), group_bytes.size(), &found) != 0 || found == nullptr) {
    return false;
  }
  const absl::string_view name = user->pw_name;
  if (user->pw_gid != group || found->gr_name != name) return false;
  for (char** member = found->gr_mem; *member != nullptr; ++member) {
    if (*member != name) return false;
  }
  return IsPrimaryGroupOfOwnerAlone(kUsers, owner, group);
}

// Goes one name at a time, as the kernel does.
class Walk {
 public:
  explicit Walk(const std::string& path) : rest_(absl::StrSplit(path, '/', absl::SkipEmpty())) {
    if (Add("/", 0)) Go();
  }
  std::vector<WayPart> Take() && { return std::move(way_); }

 private:
  bool Add(const std::string& path, size_t holder) {
    struct stat entry;
    if (lstat(path.c_str(), &entry) != 0) return false;
    way_.push_back({path, entry.st_uid, entry.st_mode,
                    (entry.st_mode & S_IWGRP) != 0 && !S_ISLNK(entry.st_mode) &&
                        OwnerIsAloneInGroup(path, entry.st_uid, entry.st_gid),
                    holder});
    return true;
  }

  void Go() {
    std::vector<size_t> folders = {0};  // where it stands: the root and each folder below, as indices of the way
    int links = 0;
    while (!rest_.empty()) {
      const std::string name = rest_.front();
      rest_.pop_front();
      if (name == ".") continue;
      if (name == "..") {
        if (folders.size() > 1) folders.pop_back();
        continue;
      }
      const size_t holder = folders.back();
      if (!Add(absl::StrCat(holder == 0 ? "" : way_[holder].path, "/", name), holder)) return EndIn(holder);
      if (!IsLink(way_.back())) {
        folders.push_back(way_.size() - 1);
        continue;
      }
      const std::string target = Target(way_.back().path);
      if (++links > kMostLinks || target.empty()) return EndIn(holder);
      if (target[0] == '/') folders.resize(1);
      const std::vector<std::string> names = absl::StrSplit(target, '/', absl::SkipEmpty());
      rest_.insert(rest_.begin(), names.begin(), names.end());
    }
    EndIn(folders.back());
  }

  // Makes the folder in which the way ends its last part, which behind a link it is not.
  void EndIn(size_t folder) {
    if (folder + 1 != way_.size()) way_.push_back(WayPart(way_[folder]));
  }

  static std::string Target(const std::string& link) {
    char target[PATH_MAX];
    const ssize_t size = readlink(link.c_str(), target, sizeof(target));
    return size < 0 ? "" : std::string(target, static_cast<size_t>(size));
  }

  std::deque<std::string> rest_;
  std::vector<WayPart> way_;
};

}  // namespace

absl::Status JudgeSocketWay(absl::Span<const WayPart> way, uid_t self) {
  if (way.empty()) return absl::OkStatus();
  const WayPart no_holder;  // the root lies in nothing
  for (size_t i = 0; i < way.size(); ++i) {
    const WayPart& holder = i == 0 ? no_holder : way[way[i].holder];
    if (absl::Status good = JudgePart(way[i], holder, i + 1 == way.size(), self, way.back().owner); !good.ok()) {
      return good;
    }
  }
  return absl::OkStatus();
}

bool IsPrimaryGroupOfOwnerAlone(const std::string& users, uid_t owner, gid_t group) {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(fopen(users.c_str(), "re"), &fclose);
  if (file == nullptr) return false;
  std::vector<char> bytes(kNamesBytes);
  passwd entry, *user = nullptr;
  bool is_owners = false;
  int error = 0;
  while ((error = fgetpwent_r(file.get(), &entry, bytes.data(), bytes.size(), &user)) == 0) {
    const absl::string_view name = user->pw_name;
    if (absl::StartsWith(name, "+") || absl::StartsWith(name, "-")) return false;  // users of other lists (nsswitch)
    if (user->pw_gid != group) continue;
    if (user->pw_uid != owner) return false;
    is_owners = true;
  }
  return is_owners && error == ENOENT && ferror(file.get()) == 0;
}

absl::Status CheckSocketFolder(const v1::PostgresqlSource& source) {
  if (source.password_file().empty() || !absl::StartsWith(source.host(), "/")) return absl::OkStatus();
  return JudgeSocketWay(Walk(source.host()).Take(), geteuid());
}

}  // namespace accord
