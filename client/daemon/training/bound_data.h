// The files of one data set: where they lie here, and how the trainer sees them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/accord/v1/site.pb.h"

namespace accord {

struct BoundFile {
  std::string outside;  // absolute path at this machine
  std::string inside;   // path in the sandbox
  bool may_go = false;  // need not be there any more when the sandbox is made
};

struct BoundData {
  v1::DatasetMapping mapping;  // with the paths that the trainer opens
  std::string opt_out_list;    // empty: none is held against this data set
  std::vector<BoundFile> files;
};

// `mapping` and `opt_out_list` (empty: the site has none): with absolute paths. In a sandbox each file gets a path of
// its own ("/data/0/heart.csv"), a folder too; without one (`sandboxed` false) paths stay as they are. A database
// brings the journal of a transaction along, where there is one. A database server stays out of it: the trainer is told
// that its rows come from a reader, not from where.
BoundData BindData(v1::DatasetMapping mapping, const std::string& opt_out_list, bool sandboxed);

// Of a data set that a database server holds: what its reader is asked with, with the paths that it opens, and its
// files.
struct BoundQuery {
  v1::PostgresqlSource source;
  std::vector<BoundFile> files;
};

// `source`: with absolute paths. In a sandbox the password's file and the certificates get a path of their own, and so
// does the server's Unix socket.
BoundQuery BindQuery(const v1::PostgresqlSource& source, bool sandboxed);

// Changes when one of the files is replaced, rewritten or touched: a running sandbox would go on seeing the old one.
// Only asks the file system for facts about the files; their content is for the trainer alone.
std::string FilesVersion(const std::vector<BoundFile>& files);

}  // namespace accord
