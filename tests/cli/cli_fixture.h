// Runs `accord` in this process against a fake coordinator on a free port, with a profile in a folder of its own.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "base/clock.h"
#include "cli/environment.h"
#include "cli/run.h"
#include "grpcpp/server.h"
#include "tests/cli/fake_operations.h"

namespace accord {

class CliTest : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  // Starts the fake coordinator and logs in to it.
  void StartCoordinator();
  // The profile then names a port on which nothing listens.
  void StopCoordinator();
  // `input` is what the command reads from standard input.
  ExitCode Run(const std::vector<std::string>& arguments, const std::string& input = "");

  std::string Output() const { return out_.str(); }
  std::string Errors() const { return err_.str(); }
  std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  std::string WriteFile(const std::string& name, const std::string& content) const;
  std::string ReadBack(const std::string& name) const;

  FakeOperations service_;
  ManualClock clock_;
  bool terminal_ = false;
  std::vector<absl::Duration> pauses_;
  std::string enrolled_at_;  // the address that the last login asked

 private:
  std::string folder_;
  std::unique_ptr<grpc::Server> server_;
  std::ostringstream out_, err_;
};

// A logistic regression on two features, drawn up so that building its model costs nothing.
std::string SmallJobYaml();
// A drill of `num_parameters`.
std::string DrillYaml(int num_parameters);

}  // namespace accord
