// Texts that somebody wrote to hurt whoever reads them, through each command that takes a file: it ends by itself,
// within bounded memory, and says which file it does not take, and why. Each fault is the only one of a text that is
// taken without it.
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/domain_hash.h"
#include "base/file.h"
#include "base/private_file.h"
#include "gmock/gmock.h"
#include "tests/integration/governed_federation.h"
#include "trust/charter/charter.h"
#include "trust/charter/signature_lines.h"
#include "trust/charter/signed_charter.h"
#include "trust/identity/key_pair.h"
#include "trust/identity/signing.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr char kLimiter[] = "/usr/bin/prlimit";  // of util-linux
constexpr char kMostMemory[] = "--as=2147483648";
constexpr uint64_t kGigabyte = uint64_t{1} << 30;
// No command reads more of a text that it does not take.
constexpr uint64_t kMostBytesRead = uint64_t{65} << 20;

struct Fault {
  const char* name;
  std::string from, to;  // of what is replaced in the valid text
  const char* words;     // of the reason
};

struct Command {
  const char* person;  // whose it is; of a site's operator it does not matter
  const char* program;
  std::vector<std::string> arguments;  // FILE: the file's name
};

// Text of a kind, each command that reads it, and where in it there is a list.
struct ReadText {
  const char* kind;
  std::string text;
  std::string list;
  std::string line;  // the last one that may stand only once
  std::vector<Command> commands;
};

std::string Repeated(const std::string& text, size_t times) {
  std::string all;
  all.reserve(text.size() * times);
  for (size_t i = 0; i < times; ++i) all += text;
  return all;
}

// Ten to the ninth, if somebody wrote them all out.
std::string Laughs() {
  std::string laughs = "[&a0 [lol, lol]";
  for (int i = 1; i < 30; ++i) absl::StrAppend(&laughs, ", &a", i, " [*a", i - 1, ", *a", i - 1, "]");
  return laughs + "]";
}

std::string Nested(size_t depth) { return Repeated("[", depth) + "x" + Repeated("]", depth); }

std::vector<Fault> YamlFaults(const ReadText& read) {
  static constexpr char kTooDeep[] = "sections and lists are nested more than 64 deep, the most that is read";
  return {{"bomb", read.list, Laughs(), "an anchor (&name) is set here; remove it, aliases are not read"},
          {"anchor", read.list, "&here " + read.list, "an anchor (&name) is set here; remove it"},
          {"alias", read.list, "[&here x, *here]", "an alias (*name) is used here; write the value out"},
          {"deep", read.list, Nested(65), kTooDeep},
          {"as much as is read of lists", read.list, Nested(500'000), kTooDeep},
          {"duplicate", read.line, read.line + read.line, "is written a second time"},
          {"not UTF-8", read.list, "[\xff\xfe]", "is not UTF-8"}};
}

// Lines, each in its place and of one form: what hurts a reader of YAML is a value that does not fit here.
std::vector<Fault> OrderFaults(const ReadText& read) {
  static constexpr char kNoName[] = "does not hold 1 to 63 lower-case letters, digits, hyphens and underscores";
  return {{"bomb", read.list, Laughs(), kNoName},
          {"anchor", read.list, "&here " + read.list, kNoName},
          {"alias", read.list, "*nowhere", kNoName},
          {"deep", read.list, Nested(65), kNoName},
          {"as much as is read of lists", read.list, Nested(30'000), kNoName},
          {"more than is read of lists", read.list, Nested(500'000), "the most that is read"},
          {"duplicate", read.line, read.line + read.line, "is not of the form"},
          {"not UTF-8", read.list, "\xff\xfe", kNoName}};
}

// A file that gives bytes as long as somebody reads them, up to a gigabyte after what it begins with.
class EndlessFile {
 public:
  EndlessFile(std::string path, std::string beginning) : path_(std::move(path)), beginning_(std::move(beginning)) {
    EXPECT_EQ(mkfifo(path_.c_str(), 0600), 0) << path_;
    writer_ = std::thread([this] { Write(); });
  }
  ~EndlessFile() {
    ended_ = true;
    // Lets the writer in, which waits for a reader.
    const UniqueFd reader(open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    writer_.join();
    std::filesystem::remove(path_);
  }
  // By the readers so far, each for itself.
  uint64_t most_read() const { return most_read_; }

 private:
  void Write() {
    sigset_t no_reader;
    sigemptyset(&no_reader);
    sigaddset(&no_reader, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &no_reader, nullptr);
    const std::string lists(size_t{1} << 16, '[');
    while (!ended_) {
      const UniqueFd fd(open(path_.c_str(), O_WRONLY | O_CLOEXEC));
      uint64_t written = 0;
      bool is_read = WriteAll(fd.get(), beginning_, written);
      while (is_read && !ended_ && written < kGigabyte) is_read = WriteAll(fd.get(), lists, written);
      most_read_ = std::max<uint64_t>(most_read_, written);
    }
  }
  // False: nobody reads any more.
  static bool WriteAll(int fd, absl::string_view bytes, uint64_t& written) {
    while (!bytes.empty()) {
      const ssize_t n = write(fd, bytes.data(), bytes.size());
      if (n < 0) return false;
      written += static_cast<uint64_t>(n);
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return true;
  }

  const std::string path_;
  const std::string beginning_;
  std::atomic<bool> ended_ = false;
  std::atomic<uint64_t> most_read_ = 0;
  std::thread writer_;
};

class HostileTexts : public GovernedFederation {
 protected:
  void SetUp() override {
    SetUpPeople();
    if (HasFatalFailure()) return;
    charter_ = SignedCharterWith({});
    config_ = Path("sites/" + federation_->site_name(0) + "/client.yaml");
    out_ = Path("never");
  }
  std::vector<ReadText> Texts() {
    bench::TrivialJob job;
    job.min_sites = job.target_sites = kSites;
    const OrderedJob ordered = Order(job.Yaml(), charter_);
    return {
        {"charter",
         ReadWhole(Path("charter-1.yaml")),
         "[quality]",
         "\nversion: 1",
         {{"bela", "accord", {"charter", "show", "FILE"}},
          {"bela", "accord", {"charter", "sign", "FILE", "-o", out_}},
          {"", "accord-client", {"charter", "sign", "FILE", "--out", out_, "--config", config_}}}},
        {"policy",
         "data_sets: [{name: trivial, purposes: [measure-rounds]}]\nrefused_tags: [policing]\n",
         "[policing]",
         "refused_tags: [policing]\n",
         {{"bela", "accord", {"policy", "check", "FILE", "--charter", charter_, "--site", "site-1"}}}},
        {"job",
         job.Yaml(),
         "[low, high]",
         "\nseed: 1",
         {{"engineer", "accord", {"job", "validate", "FILE"}},
          {"engineer",
           "accord",
           {"order", "write", "FILE", "--charter", charter_, "--purpose", "measure-rounds", "-o", out_}}}},
        {"order",
         ReadWhole(ordered.order),
         "measure-rounds",
         "\nengineer: engineer",
         {{"bela", "accord", {"order", "show", "FILE"}},
          {"bela",
           "accord",
           {"order", "approve", "FILE", "--charter", charter_, "--job", ordered.yaml, "--as", "lead", "-o", out_}}}}};
  }
  std::string FileOf(const ReadText& read, const std::string& name) {
    return Path(absl::StrCat("hostile-", read.kind, "-", absl::StrReplaceAll(name, {{" ", "-"}}), ".yaml"));
  }
  std::string Written(const ReadText& read, const Fault& fault) {
    EXPECT_THAT(read.text, HasSubstr(fault.from));
    std::string file = FileOf(read, fault.name);
    EXPECT_TRUE(WriteFileAtomically(file, absl::StrReplaceAll(read.text, {{fault.from, fault.to}})).ok());
    return file;
  }

  absl::StatusOr<std::string> Run(const Command& command, const std::string& file) {
    std::vector<std::string> argv = {"/usr/bin/env", absl::StrCat("ACCORD_PROFILE=", Path(command.person))};
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    if (std::filesystem::exists(kLimiter)) argv.insert(argv.end(), {kLimiter, kMostMemory});
#endif
    argv.push_back(federation_->Binary(command.program));
    for (const std::string& argument : command.arguments) argv.push_back(argument == "FILE" ? file : argument);
    return bench::RunProgram(argv, absl::Seconds(60) * kSlowdown);
  }
  // Exits with 1, which no signal does, and leaves nothing behind.
  void ExpectRefused(const Command& command, const std::string& file, const std::string& reason) {
    const auto output = Run(command, file);
    ASSERT_FALSE(output.ok()) << command.program << " took " << file;
    const std::string words(output.status().message());
    const size_t exited = words.find(" exited with status 1:\n");
    ASSERT_NE(exited, std::string::npos) << words;
    EXPECT_THAT(words.substr(exited), AllOf(HasSubstr(file), HasSubstr(reason)))
        << command.program << " " << command.arguments[0] << " " << command.arguments[1];
    EXPECT_FALSE(std::filesystem::exists(out_));
  }
  void ExpectRefusedByEach(const std::vector<Command>& commands, const std::string& file, const std::string& reason) {
    for (const Command& command : commands) ExpectRefused(command, file, reason);
  }

  // A charter with these bytes, under which every site's signature is good: whoever signs it reads it with own eyes.
  std::string SignedByAll(const std::string& bytes, const std::string& name) {
    const Sha256Digest hash = HashUnder(kCharterDomain, bytes);
    SignaturesByIdentity signatures;
    for (size_t site = 0; site < kSites; ++site) {
      const auto file = ReadPrivateFile(federation_->SiteTls(site).key, size_t{64} << 10);
      EXPECT_TRUE(file.ok()) << file.status();
      const auto signer = KeyPairSigner::Create(*KeyPair::FromPem(file->content));
      const auto signature = signer->Sign(kCharterDomain, AsMessage(hash));
      EXPECT_TRUE(signature.ok()) << signature.status();
      signatures["site/" + federation_->site_name(site)] = signature.value_or("");
    }
    const std::string file = Path(name);
    EXPECT_TRUE(WriteFileAtomically(file, absl::StrCat(bytes, "signatures\n", WriteSignatureLines(signatures))).ok());
    return file;
  }

  void ExpectLookAlikesInACharterRefused();
  void ExpectLookAlikesInARosterRefused();

  std::string config_;  // of site-1
  std::string out_;     // what no command writes of a text that it refuses
};

TEST_F(HostileTexts, InAnOtherwiseValidTextEndEachCommandThatReadsItWithTheReason) {
  ASSERT_FALSE(HasFailure());
  for (const ReadText& read : Texts()) {
    SCOPED_TRACE(read.kind);
    const std::string valid = FileOf(read, "valid");
    ASSERT_TRUE(WriteFileAtomically(valid, read.text).ok());
    for (const Command& command : read.commands) {
      const auto taken = Run(command, valid);
      EXPECT_TRUE(taken.ok()) << taken.status().message();
      std::filesystem::remove(out_);
    }
    for (const Fault& fault : read.kind == std::string("order") ? OrderFaults(read) : YamlFaults(read)) {
      SCOPED_TRACE(fault.name);
      ExpectRefusedByEach(read.commands, Written(read, fault), fault.words);
    }
  }
  // Through the readers of what is signed, where it is not even of the kind that they expect.
  for (const auto& [name, text] : {std::pair("lists", Nested(100'000)), std::pair("bomb", "a: " + Laughs() + "\n"),
                                   std::pair("not-utf8", std::string("name: \xff\xfe\n"))}) {
    SCOPED_TRACE(name);
    const std::string file = Path(absl::StrCat("hostile-", name));
    ASSERT_TRUE(WriteFileAtomically(file, text).ok());
    ExpectRefusedByEach(
        {{"bela", "accord", {"release", "show", "FILE", "--charter", charter_, "--roster", Path("roster")}},
         {"bela", "accord", {"audit", "refusal", "FILE", "--roster", Path("roster")}},
         {"", "accord-client", {"charter", "pin", "FILE", "--config", config_}},
         {"", "accord-client", {"roster", "pin", "FILE", "--replace", "--config", config_}}},
        file, "");
  }
}

// Real bytes, as long as anybody asks for more: whoever reads stops early, and does not take up memory with them.
TEST_F(HostileTexts, OfAGigabyteOfNestedListsAreReadNoFurtherThanTheLargestThatIsTaken) {
  ASSERT_FALSE(HasFailure());
  for (const ReadText& read : Texts()) {
    SCOPED_TRACE(read.kind);
    const std::string file = FileOf(read, "gigabyte");
    const size_t begins = read.text.find(read.list);
    ASSERT_NE(begins, std::string::npos);
    const EndlessFile endless(file, read.text.substr(0, begins));
    ExpectRefusedByEach(read.commands, file, "the most that is read");
    EXPECT_GT(endless.most_read(), begins) << "nobody read it";
    EXPECT_LT(endless.most_read(), kMostBytesRead);
  }
}

// ---- names that look like another ----

void HostileTexts::ExpectLookAlikesInACharterRefused() {
  const std::string valid = ReadWhole(Path("charter-1.yaml"));
  const std::string organisation = "  - {name: Organisation of site-3}\n", person = "id: clara, name: clara";
  for (const Fault& fault : std::vector<Fault>{
           {"digit-for-a-letter", organisation, organisation + "  - {name: 0rganisation of site-3}\n",
            "organisations[3].name: looks like the name of another organisation in this charter"},
           // CYRILLIC CAPITAL LETTER O
           {"one-letter-of-another-script", organisation, organisation + "  - {name: \xd0\x9erganisation of site-3}\n",
            "organisations[3].name: has letters of two scripts in one word (U+0072 is of the second)"},
           // The whole name in Cyrillic letters, which look like those of the Latin one: COBET and its twin.
           {"a-word-of-another-script", organisation,
            organisation + "  - {name: COBET}\n  - {name: \xd0\xa1\xd0\x9e\xd0\x92\xd0\x95\xd0\xa2}\n",
            "organisations[4].name: looks like the name of another organisation in this charter"},
           // COMBINING ACUTE ACCENT
           {"two-spellings", organisation, organisation + "  - {name: Organisation of si\xcc\x81te-3}\n",
            "has the combining mark U+0301"},
           // ZERO WIDTH SPACE
           {"nothing-to-be-seen", organisation, organisation + "  - {name: Organisation of\xe2\x80\x8b site-3}\n",
            "U+200B, which cannot be read on a screen"},
           {"a-person-like-another", person, "id: clara, name: be1a",
            "people[2].name: looks like the name of another person in this charter"},
           {"an-id-like-another", person, "id: be1a, name: clara",
            "people[2].id: looks like the name of another person in this charter"}}) {
    SCOPED_TRACE(fault.name);
    ASSERT_THAT(valid, HasSubstr(fault.from));
    const std::string text = absl::StrReplaceAll(valid, {{fault.from, fault.to}});
    const std::string file = Path(absl::StrCat("hostile-", fault.name));
    ASSERT_TRUE(WriteFileAtomically(file, text).ok());
    ExpectRefused({"bela", "accord", {"charter", "show", "FILE"}}, file, fault.words);
    ExpectRefused({"bela", "accord", {"charter", "sign", "FILE", "-o", out_}}, file, fault.words);
    ExpectRefused({"", "accord-client", {"charter", "sign", "FILE", "--out", out_, "--config", config_}}, file,
                  fault.words);
    const std::string signed_by_all = SignedByAll(text, absl::StrCat(fault.name, ".signed"));
    ExpectRefused({"", "accord-client", {"charter", "pin", "FILE", "--config", config_}}, signed_by_all, fault.words);
    const auto published = federation_->Coordinator({"charter", "publish", signed_by_all});
    ASSERT_FALSE(published.ok()) << *published;
    EXPECT_THAT(std::string(published.status().message()), HasSubstr(fault.words));
  }
  // Nothing else is wrong with a charter that is signed so.
  AtSite(0, {"charter", "pin", SignedByAll(valid, "valid.signed")});
}

void HostileTexts::ExpectLookAlikesInARosterRefused() {
  const std::string valid = ReadWhole(Path("roster")), third = "Organisation of site-3";
  for (const Fault& fault : std::vector<Fault>{
           {"letter-for-a-digit", third, "Organisation of site-l",
            "has an organisation that looks like Organisation of site-1"},
           // CYRILLIC SMALL LETTER BYELORUSSIAN-UKRAINIAN I
           {"another-script", third, "Organisation of s\xd1\x96te-1",
            "has letters of two scripts in one word (U+0456 is of the second)"},
           // RIGHT-TO-LEFT OVERRIDE
           {"backwards", third, "Organisation of site-3\xe2\x80\xae", "U+202E, which cannot be read on a screen"}}) {
    SCOPED_TRACE(fault.name);
    ASSERT_THAT(valid, HasSubstr(fault.from));
    const std::string file = Path(absl::StrCat("hostile-roster-", fault.name));
    ASSERT_TRUE(WriteFileAtomically(file, absl::StrReplaceAll(valid, {{fault.from, fault.to}})).ok());
    ExpectRefused({"", "accord-client", {"roster", "show", "FILE", "--config", config_}}, file, fault.words);
    ExpectRefused({"", "accord-client", {"roster", "sign", "FILE", "--out", out_, "--config", config_}}, file,
                  fault.words);
    ExpectRefused({"", "accord-client", {"roster", "pin", "FILE", "--replace", "--config", config_}}, file,
                  fault.words);
  }
}

TEST_F(HostileTexts, WithANameThatLooksLikeAnotherAreNeitherSignedNorPublishedNorPinned) {
  ASSERT_FALSE(HasFailure());
  ExpectLookAlikesInACharterRefused();
  ExpectLookAlikesInARosterRefused();
}

}  // namespace
}  // namespace accord
