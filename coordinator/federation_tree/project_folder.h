// One folder of a project below a federation tree's folder: in/NAME or out/NAME (tree_keeper.h).
//
// Files in it appear whole and are dated as the caller says, never by when they were written: the order in which a
// keeper comes to its projects would show a project how many are before it. Only the system's time of the change of an
// inode (ctime) cannot be set; docs/log.md says what it shows.
//
// Adversary: whoever can write into the folder, or put a link in its place: it is held open, and neither it nor
// anything in it is followed. Not thread-safe.
#pragma once

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/file.h"

namespace accord {

class ProjectFolder {
 public:
  // NOT_FOUND: there is none. FAILED_PRECONDITION: a link or a file is in its place.
  static absl::StatusOr<ProjectFolder> Open(const std::string& path);
  // Makes it where it is missing, and all above it.
  static absl::StatusOr<ProjectFolder> OpenOrMake(const std::string& path);
  // One below this one, likewise.
  absl::StatusOr<ProjectFolder> Below(const std::string& name) const;

  // Writes a file under a temporary name; Publish gives it its own in one step. It is on the disk when Publish returns.
  absl::Status Prepare(const std::string& name, absl::string_view content, absl::Time dated) const;
  absl::Status Publish(const std::string& name, absl::Time dated) const;
  // Both.
  absl::Status Write(const std::string& name, absl::string_view content, absl::Time dated) const;

  bool Has(const std::string& name) const;
  // The last name, in the order of bytes, among those with this beginning; empty: there is none.
  absl::StatusOr<std::string> LastNameWith(absl::string_view beginning) const;

  // Moves an ordinary file out of the folder to `path`, in the place of what is there, and dates the folder where it
  // may. NOT_FOUND:
  // there is none of this name. INVALID_ARGUMENT: it is no ordinary file, and was removed if it could be.
  absl::Status MoveOut(const std::string& name, const std::string& path, absl::Time dated) const;

 private:
  ProjectFolder(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  static absl::StatusOr<ProjectFolder> OpenAt(int parent, const std::string& name, const std::string& path);
  absl::Status Date(absl::Time dated) const;
  std::string PathOf(const std::string& name) const;

  std::string path_;  // in messages
  UniqueFd fd_;
};

}  // namespace accord
