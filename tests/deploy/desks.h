// People at desks of their own: folders in which they type the commands of a page, by real programs, and send each
// other files.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/file.h"
#include "base/random_stream.h"
#include "bench/federation/process.h"
#include "gtest/gtest.h"

namespace accord {

class Desks : public ::testing::Test {
 protected:
  static constexpr absl::Duration kLongestStep = absl::Minutes(2);

  // A port that nobody has now, below those that the kernel gives out by itself.
  static int FreePort() {
    RandomStream draw({static_cast<uint64_t>(getpid()), "", 0, "port"});
    for (;;) {
      const int port = 20'000 + static_cast<int>(draw.NextBelow(10'000));
      const UniqueFd probe(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      sockaddr_in address = {};
      address.sin_family = AF_INET;
      address.sin_port = htons(static_cast<uint16_t>(port));
      address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      if (bind(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) return port;
    }
  }

  // The folder in which somebody types.
  std::string Desk(const std::string& who) {
    const std::string folder = desks_.Path(who);
    EXPECT_TRUE(MakeFolders(folder, 0700).ok());
    return folder;
  }
  std::string At(const std::string& who, const std::string& file) { return Desk(who) + "/" + file; }
  std::string ReadAt(const std::string& who, const std::string& file) {
    const auto content = ReadFile(At(who, file));
    EXPECT_TRUE(content.ok()) << content.status();
    return content.value_or("");
  }
  void WriteAt(const std::string& who, const std::string& file, const std::string& content) {
    EXPECT_TRUE(WriteFileAtomically(At(who, file), content).ok()) << who << ": " << file;
  }
  void Mail(const std::string& from, const std::string& file, const std::string& to, const std::string& as = "") {
    std::error_code error;
    const std::string name = as.empty() ? std::filesystem::path(file).filename().string() : as;
    std::filesystem::copy_file(At(from, file), At(to, name), std::filesystem::copy_options::overwrite_existing, error);
    EXPECT_FALSE(error) << from << "'s " << file << ": " << error.message();
  }

  // What it prints; the test fails when it does.
  std::string Type(const std::string& who, const std::string& command) {
    const auto output = bench::RunProgram(Shell(who, command), kLongestStep);
    EXPECT_TRUE(output.ok()) << who << ": " << command << "\n" << output.status().message();
    return output.value_or("");
  }
  // A command that serves until it is stopped; back once it says so.
  void Serve(const std::string& who, const std::string& command, const std::string& until) {
    auto process = bench::Process::Start({.argv = Shell(who, "exec " + command), .output_path = Desk(who) + "/output"});
    ASSERT_TRUE(process.ok()) << process.status();
    bench::Process& running = serving_[who] = *std::move(process);
    const absl::Status ready = running.WaitForOutput(until, {kLongestStep, nullptr});
    EXPECT_TRUE(ready.ok()) << who << ": " << command << "\n" << ready;
  }
  bench::Process& Serving(const std::string& who) { return serving_[who]; }

 private:
  std::vector<std::string> Shell(const std::string& who, const std::string& command) {
    return {"/usr/bin/env", "ACCORD_PROFILE=" + Desk(who) + "/profile", "/bin/sh", "-c",
            absl::StrCat("cd '", Desk(who), "' && PATH=" ACCORD_BINARY_DIR ":$PATH && ", command)};
  }

  bench::TempFolder desks_;
  std::map<std::string, bench::Process> serving_;  // one of each; they end with the test
};

}  // namespace accord
