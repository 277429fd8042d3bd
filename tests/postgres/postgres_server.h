// A real PostgreSQL server of the tests' own: in a folder that goes with the program, on a Unix socket there and with
// TLS on a port of localhost. It dies with the program, however that ends.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "gtest/gtest.h"
#include "proto/accord/v1/site.pb.h"

namespace accord {

class PostgresServer {
 public:
  static constexpr char kDatabase[] = "ward";
  static constexpr char kReader[] = "reader";  // may read the table patients, and nothing else
  static constexpr char kPassword[] = "not 'this' \\ one";

  // One for all tests of a program, with the table patients of three rows (tests/client/trainer/sqlite_test.cc). Null
  // where the server's programs are not installed.
  static PostgresServer* Shared();
  ~PostgresServer();

  const std::string& folder() const { return folder_; }
  // Of a mapping, without its query. Through the socket no password is asked for; across TLS it is.
  v1::PostgresqlSource OverSocket(const std::string& user = kReader) const;
  v1::PostgresqlSource OverTls(const std::string& user = kReader) const;
  // The same as it stands in a mapping file.
  std::string Yaml(const v1::PostgresqlSource& source) const;
  // A file of the server's folder that this program wrote.
  std::string Write(const std::string& name, const std::string& content, int mode = 0600) const;

  // As the superuser "owner"; the test fails when the server refuses. Returns the first value of the last result.
  std::string Run(const std::string& sql, const std::string& database = kDatabase) const;

 private:
  PostgresServer() = default;
  bool MakeFiles(const std::string& programs);
  bool Start(const std::string& programs);
  void Fill() const;

  std::string folder_;
  int port_ = 0;
  pid_t pid_ = -1;
  std::thread log_reader_;
  absl::Mutex mutex_;
  std::string log_ ABSL_GUARDED_BY(mutex_);
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
};

#define ACCORD_SKIP_WITHOUT_POSTGRES()                                                                           \
  if (PostgresServer::Shared() == nullptr) {                                                                     \
    GTEST_SKIP() << "there is no PostgreSQL server here: apt-get install postgresql (deploy/packages-test.txt)"; \
  }

}  // namespace accord
