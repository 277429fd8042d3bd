// The commands of accord-coordinator. Each returns what went wrong in words for the person who typed it.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/clock.h"

namespace accord {

struct InitOptions {
  std::string folder;
  std::vector<std::string> names;  // under which sites reach the coordinator
  std::string listen;
  std::vector<std::string> sites = {};   // to invite at once, as InviteOptions has them
  std::vector<std::string> people = {};  // likewise
  std::string project = "federation";    // whose log it keeps
};
// Makes the folder of a new coordinator and says what to do next.
absl::Status RunInit(const InitOptions& options);

// Serves until SIGTERM or SIGINT. The port that it listens on stands in the file `port` of state_dir while it runs.
// Once no site's token is open any more and no roster was ever published, writes the first one, unsigned, into the
// file roster.txt beside the config.
// `after_gap`: the clock is right, although the federation's log was last added to long ago (federation_log.h).
absl::Status RunCoordinator(const std::string& config_path, bool after_gap = false);

struct TokenOptions {
  std::string config;
  std::string identity;      // "site/ID" or "person/ID"
  std::string organisation;  // that a site belongs to; empty: its id
  absl::Duration validity;
};
// Prints a fresh one-time token to standard output, and nothing else there. Works while the coordinator runs.
absl::Status RunToken(const TokenOptions& options);

struct RevokeOptions {
  std::string config;
  std::string identity;  // "site/ID" or "person/ID"
  std::string reason;    // which the member is told
};
// Shuts a member out until it enrols anew, with a token that is given out afterwards. Works while the coordinator runs,
// which closes the member's sessions within seconds. NOT_FOUND: it is not enrolled, and has no token.
absl::Status RunRevoke(const RevokeOptions& options, std::ostream& out);

struct InviteOptions {
  std::string config;
  std::vector<std::string> sites;   // "ID=ORGANISATION"
  std::vector<std::string> people;  // ids
  std::string out;                  // folder for the invitations, made where missing
  absl::Duration validity = absl::Hours(72);
};
// Writes a file with a one-time token and this coordinator's address for each. Works while the coordinator runs.
// INVALID_ARGUMENT with all faults of the options, and nobody is invited.
absl::Status RunInvite(const InviteOptions& options, std::ostream& out);
// The faults alone.
absl::Status CheckInvited(const InviteOptions& options);

struct RosterOptions {
  std::string config;
  std::string federation;          // of draft: its name; empty: as in the published roster, else "Accord federation"
  std::vector<std::string> sites;  // of draft: empty for all that are enrolled
  std::string people;              // of draft: a file of lines as in the roster; empty: as in the one in force
  std::vector<std::string> revoked_sites, revoked_people;  // of draft: "ID=REASON"
  uint32_t quorum = 0;                                     // of draft; 0: as in the one in force, else more than half
  uint32_t valid_days = 180;                               // of draft
  bool anew = false;                                       // of draft: a first one, whatever is in force
  std::string out;                                         // of draft: the file to write; of status: likewise, or empty
  std::vector<std::string> files;  // of publish and status: one roster, signed by some sites in each
};
// These four work while the coordinator runs.
//
// Writes the roster of enrolled sites, with the keys that they enrolled with, for them to sign: the version that
// follows the one in force, or the first one. Without changes it renews. FAILED_PRECONDITION: a site that is not
// enrolled, or whose key is not on record; a revocation of who is not listed.
absl::Status DraftRoster(const RosterOptions& options, std::ostream& out);
// Merges the files, says who still must sign and what would change, and puts nothing in force.
absl::Status RosterStatus(const RosterOptions& options, std::ostream& out);
// Merges the files, checks that every listed site has signed or that the roster follows the one in force, and puts it
// in force.
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

struct ComplaintOptions {
  std::string config;
  bool colour = false;  // overdue ones in red
  Clock* clock = &Clock::System();
};
// Lists what ombudsmen complained of, newest first: open, OVERDUE or answered. Works while the coordinator runs.
absl::Status ShowComplaints(const ComplaintOptions& options, std::ostream& out);

struct LogOptions {
  std::string config;
  std::string out;         // but of show and receipt: the file to write
  std::string since = {};  // of hand-in: a file of the head that the federation tree has; empty: the last receipt's
  std::vector<std::string> files = {};  // of receipt
  std::string tree_id = {};             // of receipt: the federation tree's id in hex; may be empty once there is one
};
// These six work while the coordinator runs (docs/log.md).
//
// Says which log this coordinator keeps, and how far it goes.
absl::Status ShowLog(const LogOptions& options, std::ostream& out);
// Writes the file of the whole log.
absl::Status ExportLog(const LogOptions& options, std::ostream& out);
// Writes the openings of all names in it, for those who may know them; mode 0600.
absl::Status ExportLogNames(const LogOptions& options, std::ostream& out);
// Writes the last head, for an institution to add this project to its federation tree.
absl::Status WriteLogHeadFile(const LogOptions& options, std::ostream& out);
// Writes the last head with the proof that it continues the one that the federation tree has.
absl::Status HandInLog(const LogOptions& options, std::ostream& out);
// Enters a federation tree's receipts into the log. All of them are looked at before one is entered.
absl::Status TakeReceipts(const LogOptions& options, std::ostream& out);

struct TreeOptions {
  std::string folder;
  std::string name = "federation-tree";  // of init: the project id of the tree's log
  uint32_t slots = 64;                   // of init
  uint32_t cadence_s = 3600;             // of init
  std::string project;                   // of add, remove, restore: the name by which the institution knows it
  std::string head;                      // of add: the project's file of `log head`
  std::string out;                       // of export: the file to write
  bool after_gap = false;                // of tick, run: the first tick may be long after the last one
  Clock* clock = &Clock::System();
};
// A federation tree, which an institution keeps (docs/log.md). All but init work while one that runs has the folder.
absl::Status InitTree(const TreeOptions& options, std::ostream& out);
absl::Status AddTreeProject(const TreeOptions& options, std::ostream& out);
// Nothing of the project is committed to until it is restored; its slot stays its own.
absl::Status RemoveTreeProject(const TreeOptions& options, std::ostream& out);
absl::Status RestoreTreeProject(const TreeOptions& options, std::ostream& out);
// Makes the tick whose time it is, once.
absl::Status TickTree(const TreeOptions& options, std::ostream& out);
// Makes each tick when its time comes, until SIGTERM or SIGINT.
absl::Status RunTree(const TreeOptions& options, std::ostream& out);
// Writes the tree, which is for everybody.
absl::Status ExportTree(const TreeOptions& options, std::ostream& out);
// What nobody else is to see: the projects.
absl::Status ShowTree(const TreeOptions& options, std::ostream& out);

}  // namespace accord
