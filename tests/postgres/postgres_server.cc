#include "tests/postgres/postgres_server.h"

#include <fcntl.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/file.h"

namespace accord {
namespace {

constexpr uid_t kNobody = 65534;  // a server does not run as root
constexpr absl::Duration kStartLimit = absl::Seconds(120);
constexpr int kPortsToTry = 10;  // one that was free may be taken by the time the server wants it

// The folder of initdb and postgres, of the newest release that is installed.
std::string FindPrograms() {
  std::vector<std::string> found;
  std::error_code error;
  for (const auto& release : std::filesystem::directory_iterator("/usr/lib/postgresql", error)) {
    const std::string folder = release.path().string() + "/bin";
    if (access((folder + "/initdb").c_str(), X_OK) == 0 && access((folder + "/postgres").c_str(), X_OK) == 0) {
      found.push_back(folder);
    }
  }
  return found.empty() ? "" : *std::max_element(found.begin(), found.end());
}

// Runs `argv` as whom a server can run as; -1 when it cannot be started.
pid_t Spawn(const std::vector<std::string>& argv, int output) {
  std::vector<char*> pointers;
  for (const std::string& argument : argv) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child != 0) return child;
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  if (chdir("/") != 0) _exit(126);
  if (geteuid() == 0 && (setgid(kNobody) != 0 || setuid(kNobody) != 0)) _exit(126);
  // After setuid, which forgets it.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) _exit(126);
  execv(pointers[0], pointers.data());
  _exit(127);
}

bool RunToItsEnd(const std::vector<std::string>& argv) {
  const UniqueFd nothing(open("/dev/null", O_WRONLY | O_CLOEXEC));
  const pid_t child = Spawn(argv, nothing.get());
  int status = -1;
  return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

void GiveToServer(const std::string& path) {
  if (geteuid() != 0) return;
  EXPECT_EQ(chown(path.c_str(), kNobody, kNobody), 0) << path;
}

int FreePort() {
  const UniqueFd probe(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (bind(probe.get(), reinterpret_cast<sockaddr*>(&address), size) != 0) return 0;
  getsockname(probe.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

}  // namespace

PostgresServer* PostgresServer::Shared() {
  static const std::unique_ptr<PostgresServer> server = []() -> std::unique_ptr<PostgresServer> {
    const std::string programs = FindPrograms();
    if (programs.empty()) return nullptr;
    std::unique_ptr<PostgresServer> made(new PostgresServer);
    const bool runs = made->MakeFiles(programs) && made->Start(programs);
    EXPECT_TRUE(runs) << "a PostgreSQL server is installed but does not run";
    if (!runs) return nullptr;
    made->Fill();
    return made;
  }();
  return server.get();
}

PostgresServer::~PostgresServer() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  if (log_reader_.joinable()) log_reader_.join();
  if (!folder_.empty()) std::filesystem::remove_all(folder_);
}

std::string PostgresServer::Write(const std::string& name, const std::string& content, int mode) const {
  const std::string path = absl::StrCat(folder_, "/", name);
  std::ofstream(path, std::ios::binary) << content;
  EXPECT_EQ(chmod(path.c_str(), static_cast<mode_t>(mode)), 0);
  return path;
}

bool PostgresServer::MakeFiles(const std::string& programs) {
  // Short: a socket's path has at most 107 bytes.
  std::string folder = "/tmp/accord-pg-XXXXXX";
  folder_ = mkdtemp(folder.data());
  for (const char* name : {"", "/data", "/socket"}) {
    std::filesystem::create_directories(folder_ + name);
    EXPECT_EQ(chmod((folder_ + name).c_str(), name[0] == '/' ? 0700 : 0755), 0);
    if (name[0] == '/') GiveToServer(folder_ + name);
  }
  // Whoever may connect is told below; the folder of the socket is open to all.
  EXPECT_EQ(chmod((folder_ + "/socket").c_str(), 0755), 0);
  if (!RunToItsEnd({programs + "/initdb", "-D", folder_ + "/data", "-U", "owner", "--auth=trust", "-E", "UTF8",
                    "--locale=C", "--no-sync"})) {
    return false;
  }
  const std::string quiet = " >/dev/null 2>&1";
  for (const char* name : {"server", "other"}) {
    const std::string command = absl::StrCat(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -addext "
        "subjectAltName=DNS:localhost -keyout ",
        folder_, "/", name, ".key -out ", folder_, "/", name, ".pem", quiet);
    if (std::system(command.c_str()) != 0) return false;
  }
  EXPECT_EQ(chmod((folder_ + "/server.key").c_str(), 0600), 0);
  GiveToServer(folder_ + "/server.key");
  Write("password", absl::StrCat(kPassword, "\n"));
  GiveToServer(Write("data/pg_hba.conf",
                     "local all all trust\n"
                     "hostssl all plain localhost password\n"
                     "hostssl all all localhost scram-sha-256\n"));
  return true;
}

bool PostgresServer::Start(const std::string& programs) {
  for (int attempt = 0; attempt < kPortsToTry; ++attempt) {
    port_ = FreePort();
    GiveToServer(
        Write("data/postgresql.auto.conf",
              absl::StrCat("listen_addresses = 'localhost'\nport = ", port_, "\nunix_socket_directories = '", folder_,
                           "/socket'\nssl = on\nssl_cert_file = '", folder_, "/server.pem'\nssl_key_file = '", folder_,
                           "/server.key'\nfsync = off\nshared_buffers = 16MB\nmax_connections = 30\n"
                           "autovacuum = off\nlc_messages = 'C'\n")));
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return false;
    if (log_reader_.joinable()) log_reader_.join();
    {
      const absl::MutexLock lock(&mutex_);
      ended_ = false;
      log_.clear();
    }
    UniqueFd output(ends[1]);
    pid_ = Spawn({programs + "/postgres", "-D", folder_ + "/data"}, output.get());
    log_reader_ = std::thread([this, input = ends[0]] {
      const UniqueFd in(input);
      std::array<char, 4096> bytes;
      for (ssize_t got; (got = read(in.get(), bytes.data(), bytes.size())) > 0;) {
        const absl::MutexLock lock(&mutex_);
        log_.append(bytes.data(), static_cast<size_t>(got));
      }
      const absl::MutexLock lock(&mutex_);
      ended_ = true;
    });
    output.Reset();
    const auto tells = [this] {
      mutex_.AssertReaderHeld();
      return ended_ || absl::StrContains(log_, "ready to accept connections");
    };
    const absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithTimeout(absl::Condition(&tells), kStartLimit);
    if (absl::StrContains(log_, "ready to accept connections")) return true;
    if (!absl::StrContains(log_, "could not bind") && !absl::StrContains(log_, "could not create any TCP")) {
      ADD_FAILURE() << log_;
      return false;
    }
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  return false;
}

void PostgresServer::Fill() const {
  Run(absl::StrCat("CREATE DATABASE ", kDatabase), "postgres");
  Run(absl::StrCat("CREATE ROLE ", kReader, " LOGIN"));
  // As a string with a backslash, so escaped.
  Run(absl::StrCat("ALTER ROLE ", kReader, " PASSWORD E'not ''this'' \\\\ one'"));
  Run("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
  Run("CREATE TABLE patients (id integer, age double precision, pain text, ill text)");
  Run("INSERT INTO patients VALUES (1, 50, 'typical', 'yes'), (2, 60.5, 'none', 'no'), (3, 70, ' none ', 'no')");
  Run(absl::StrCat("GRANT SELECT ON patients TO ", kReader));
}

std::string PostgresServer::Run(const std::string& sql, const std::string& database) const {
  const std::unique_ptr<PGconn, void (*)(PGconn*)> connection(
      PQconnectdb(absl::StrCat("host=", folder_, "/socket port=", port_, " user=owner dbname=", database).c_str()),
      PQfinish);
  PQsetNoticeReceiver(
      connection.get(), [](void*, const PGresult*) {}, nullptr);
  const std::unique_ptr<PGresult, void (*)(PGresult*)> result(PQexec(connection.get(), sql.c_str()), PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  EXPECT_TRUE(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
      << sql << ": " << PQerrorMessage(connection.get());
  return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
}

v1::PostgresqlSource PostgresServer::OverSocket(const std::string& user) const {
  v1::PostgresqlSource source;
  source.set_host(folder_ + "/socket");
  source.set_port(static_cast<uint32_t>(port_));
  source.set_database(kDatabase);
  source.set_user(user);
  return source;
}

v1::PostgresqlSource PostgresServer::OverTls(const std::string& user) const {
  v1::PostgresqlSource source = OverSocket(user);
  source.set_host("localhost");
  source.set_password_file(folder_ + "/password");
  source.set_ca_file(folder_ + "/server.pem");
  return source;
}

std::string PostgresServer::Yaml(const v1::PostgresqlSource& source) const {
  std::string yaml = absl::StrCat("postgresql:\n  host: ", source.host(), "\n  port: ", source.port(),
                                  "\n  database: ", source.database(), "\n  user: ", source.user(), "\n");
  if (!source.password_file().empty()) absl::StrAppend(&yaml, "  password_file: ", source.password_file(), "\n");
  if (!source.ca_file().empty()) absl::StrAppend(&yaml, "  ca_file: ", source.ca_file(), "\n");
  absl::StrAppend(&yaml, "  query: |\n    ", source.query(), "\n");
  return yaml;
}

}  // namespace accord
