#include "tests/models/python.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace accord {
namespace {

// Says whether there is PyTorch; then runs the scripts whose paths come, each in a child of its own and in its folder,
// and says how each ended.
constexpr char kServer[] = R"(
import os, runpy, sys, traceback
try:
    import torch
except ImportError:
    print("no torch", flush=True)
    sys.exit()
print("torch", flush=True)

def run(script):
    os.chdir(os.path.dirname(script))
    output = os.open(script + ".output", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    try:
        runpy.run_path(script, run_name="__main__")
        return 0
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1

for line in sys.stdin:
    child = os.fork()
    if child == 0:
        code = run(line.rstrip("\n"))
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
)";

// One process for all tests of this one, since importing PyTorch takes longer than they do. It ends with its input.
class PythonServer {
 public:
  static PythonServer& Get() {
    static PythonServer server;
    return server;
  }
  bool has_torch() const { return has_torch_; }
  // The script's exit code; -1 when there is none.
  int Run(const std::string& script) {
    const std::string line = script + "\n";
    if (send(socket_, line.data(), line.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(line.size())) return -1;
    const std::string code = ReadLine();
    return code.empty() ? -1 : std::atoi(code.c_str());
  }

 private:
  PythonServer() {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return;
    const pid_t child = fork();
    if (child == 0) {
      dup2(ends[1], STDIN_FILENO);
      dup2(ends[1], STDOUT_FILENO);
      execl("/usr/bin/python3", "python3", "-W", "ignore", "-c", kServer, nullptr);
      _exit(127);
    }
    close(ends[1]);
    socket_ = ends[0];
    has_torch_ = ReadLine() == "torch";
  }
  // Empty at the end of what comes.
  std::string ReadLine() {
    std::string line;
    for (char c; read(socket_, &c, 1) == 1 && c != '\n';) line.push_back(c);
    return line;
  }

  int socket_ = -1;
  bool has_torch_ = false;
};

std::string ReadWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

void PythonTest::SetUp() {
  std::string pattern = std::filesystem::temp_directory_path() / "accord-models-XXXXXX";
  ASSERT_NE(mkdtemp(pattern.data()), nullptr);
  folder_ = pattern;
  if (!PythonServer::Get().has_torch()) {
    GTEST_SKIP() << "/usr/bin/python3 cannot import torch: apt-get install python3-torch";
  }
}

void PythonTest::TearDown() { std::filesystem::remove_all(folder_); }

std::string PythonTest::Read(const std::string& name) const { return ReadWhole(Path(name)); }

PythonResult PythonTest::Python(const std::string& code) const {
  const std::string script = Path("script.py");
  std::ofstream(script) << code;
  const int exit_code = PythonServer::Get().Run(script);
  return {exit_code, ReadWhole(script + ".output")};
}

}  // namespace accord
