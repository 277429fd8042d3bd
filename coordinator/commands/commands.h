// The commands of accord-coordinator. Each returns what went wrong in words for the person who typed it.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace accord {

struct InitOptions {
  std::string folder;
  std::vector<std::string> names;  // under which sites reach the coordinator
  std::string listen;
};
// Makes the folder of a new coordinator and says what to do next.
absl::Status RunInit(const InitOptions& options);

// Serves until SIGTERM or SIGINT. The port that it listens on stands in the file `port` of state_dir while it runs.
absl::Status RunCoordinator(const std::string& config_path);

struct TokenOptions {
  std::string config;
  std::string identity;      // "site/ID" or "person/ID"
  std::string organisation;  // that a site belongs to; empty: its id
  absl::Duration validity;
};
// Prints a fresh one-time token to standard output, and nothing else there. Works while the coordinator runs.
absl::Status RunToken(const TokenOptions& options);

struct RosterOptions {
  std::string config;
  std::string federation;          // of draft: its name; empty: as in the published roster, else "Accord federation"
  std::vector<std::string> sites;  // of draft: empty for all that are enrolled
  std::string out;                 // of draft: the file to write
  std::vector<std::string> files;  // of publish: one roster, signed by some sites in each
};
// These three work while the coordinator runs.
//
// Writes the roster of enrolled sites, with the keys that they enrolled with, for them to sign. FAILED_PRECONDITION: a
// site that is not enrolled, or whose key is not on record.
absl::Status DraftRoster(const RosterOptions& options, std::ostream& out);
// Merges the files, checks that every listed site has signed, and puts the roster in force.
absl::Status PublishRoster(const RosterOptions& options, std::ostream& out);
// Says which roster is in force. NOT_FOUND: none.
absl::Status ShowPublishedRoster(const RosterOptions& options, std::ostream& out);

struct CharterOptions {
  std::string config;
  std::string file;    // of publish: the signed charter
  std::string former;  // of publish: the version before it; empty: the one in force, if it is that
};
// These two work while the coordinator runs (docs/governance.md).
//
// Checks that the charter is active under the roster in force, and that it is the first one or amends the one in force,
// and puts it in force.
absl::Status PublishCharter(const CharterOptions& options, std::ostream& out);
// Says which charter is in force, in words, and whether jobs run under it. NOT_FOUND: none.
absl::Status ShowPublishedCharter(const CharterOptions& options, std::ostream& out);

struct LogOptions {
  std::string config;
  std::string out;  // of export and names: the file to write
};
// These three work while the coordinator runs (docs/log.md).
//
// Says which log this coordinator keeps, and how far it goes.
absl::Status ShowLog(const LogOptions& options, std::ostream& out);
// Writes the file of the whole log.
absl::Status ExportLog(const LogOptions& options, std::ostream& out);
// Writes the openings of all names in it, for those who may know them; mode 0600.
absl::Status ExportLogNames(const LogOptions& options, std::ostream& out);

}  // namespace accord
