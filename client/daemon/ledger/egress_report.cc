#include "client/daemon/ledger/egress_report.h"

#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "client/daemon/ledger/egress_words.h"
#include "nlohmann/json.hpp"

namespace accord {
namespace {

using Json = nlohmann::ordered_json;

std::string TimeOf(const v1::EgressEntry& entry) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S", absl::FromUnixMillis(entry.unix_ms()), absl::UTCTimeZone());
}

std::string Dump(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

// RFC 4180. A cell that a spreadsheet would take for a formula begins with an apostrophe.
std::string CsvCell(const std::string& text) {
  const bool formula = !text.empty() && absl::string_view("=+-@\t\r").find(text[0]) != absl::string_view::npos;
  return absl::StrCat("\"", formula ? "'" : "", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

std::string CsvLine(const std::vector<std::string>& cells) {
  std::vector<std::string> written;
  written.reserve(cells.size());
  for (const std::string& cell : cells) written.push_back(CsvCell(cell));
  return absl::StrCat(absl::StrJoin(written, ","), "\r\n");
}

std::string Tail(const HashChain& end) {
  return absl::StrFormat("%d entries in all, unbroken; head %s\n", end.sequence(), HexDigest(end.head()));
}

class Filtered : public EgressReport {
 public:
  Filtered(EgressView view, std::ostream& out) : view_(std::move(view)), out_(out) {}

 protected:
  bool Wanted(const v1::EgressEntry& entry) const {
    if (!view_.job_id.empty() && entry.job_id() != view_.job_id) return false;
    return absl::FromUnixMillis(entry.unix_ms()) >= view_.since;
  }

  const EgressView view_;
  std::ostream& out_;
};

// ---- entry by entry ----

struct EntryFacts {
  uint64_t bytes = 0;
  std::string digest;
};

EntryFacts FactsOf(const v1::EgressEntry& entry) {
  switch (entry.kind_case()) {
    case v1::EgressEntry::kRequest:
      return {entry.request().bytes(), entry.request().sha256()};
    case v1::EgressEntry::kMessage:
      return {entry.message().bytes(), entry.message().sha256()};
    case v1::EgressEntry::kUpload:
      return {0, entry.upload().vector_name()};
    case v1::EgressEntry::kUploadEnd:
      return {entry.upload_end().bytes(), entry.upload_end().payload_digest()};
    default:
      return {};
  }
}

class Entries : public Filtered {
 public:
  using Filtered::Filtered;

  void Add(uint64_t sequence, const v1::EgressEntry& entry) override {
    if (!Wanted(entry) || ((entry.has_request() || entry.has_log_head()) && !view_.requests)) return;
    if (view_.format == EgressFormat::kTable) return AddLine(sequence, entry);
    const EntryFacts facts = FactsOf(entry);
    const std::string direction = HasLeft(entry) ? "left" : entry.has_request() ? "asked" : "";
    const std::string contents = entry.has_upload() ? absl::StrJoin(ContentsInWords(entry.upload()), "; ") : "";
    if (view_.format == EgressFormat::kCsv) {
      if (std::exchange(first_, false)) {
        out_ << CsvLine(
            {"entry", "time_utc", "job", "step", "attempt", "direction", "what", "bytes", "digest", "contents"});
      }
      out_ << CsvLine({absl::StrCat(sequence), TimeOf(entry), entry.job_id(), absl::StrCat(entry.step()),
                       absl::StrCat(entry.attempt()), direction, EgressInWords(entry), absl::StrCat(facts.bytes),
                       facts.digest, contents});
      return;
    }
    out_ << (std::exchange(first_, false) ? "[\n" : ",\n")
         << Dump({{"entry", sequence},
                  {"time_utc", TimeOf(entry)},
                  {"job", entry.job_id()},
                  {"step", entry.step()},
                  {"attempt", entry.attempt()},
                  {"direction", direction},
                  {"what", EgressInWords(entry)},
                  {"bytes", facts.bytes},
                  {"digest", facts.digest},
                  {"contents", contents}});
  }

  void Finish(const HashChain& end) override {
    if (view_.format == EgressFormat::kTable) out_ << Tail(end);
    if (view_.format == EgressFormat::kJson) out_ << (first_ ? "[]\n" : "\n]\n");
  }

 private:
  void AddLine(uint64_t sequence, const v1::EgressEntry& entry) {
    const std::string job = entry.job_id().empty() ? "-" : entry.job_id();
    if (std::exchange(first_, false)) {
      out_ << absl::StreamFormat("%6s  %-19s  %-16s  %12s  %s\n", "ENTRY", "TIME (UTC)", "JOB", "BYTES", "WHAT");
    }
    const uint64_t bytes = FactsOf(entry).bytes;
    out_ << absl::StreamFormat("%6d  %s  %-16s  %12s  %s\n", sequence, TimeOf(entry), job,
                               bytes == 0 ? "" : absl::StrCat(bytes), EgressInWords(entry));
    if (!entry.has_upload()) return;
    // Rounds of one kind hold the same; once is enough.
    const std::string contents = absl::StrJoin(ContentsInWords(entry.upload()), "\n");
    if (contents == std::exchange(last_contents_, contents)) return;
    for (const std::string& line : ContentsInWords(entry.upload())) out_ << std::string(61, ' ') << line << "\n";
  }

  bool first_ = true;
  std::string last_contents_;
};

// ---- totals ----

struct Total {
  uint64_t vectors = 0;
  uint64_t masked_bytes = 0;
  uint64_t plain_bytes = 0;
  uint64_t messages = 0;
  uint64_t message_bytes = 0;
};

// Days of UTC are written as soon as they are over.
class Totals : public Filtered {
 public:
  using Filtered::Filtered;

  void Add(uint64_t, const v1::EgressEntry& entry) override {
    if (entry.has_start()) {
      // What ended without a word is counted as if all of it had left.
      for (const auto& [job, begun] : begun_) Count(begun, begun.upload().bytes());
      begun_.clear();
    }
    if (!Wanted(entry)) return;
    if (entry.has_upload()) {
      const auto [place, is_new] = begun_.try_emplace(entry.job_id(), entry);
      if (!is_new) {
        Count(place->second, place->second.upload().bytes());
        place->second = entry;
      }
    } else if (entry.has_upload_end()) {
      const auto begun = begun_.extract(entry.job_id());
      if (!begun.empty()) Count(begun.mapped(), entry.upload_end().bytes());
    } else if (entry.has_message()) {
      Total& total = TotalOf(entry);
      total.messages += entry.message().count();
      total.message_bytes += entry.message().bytes();
    }
  }

  void Finish(const HashChain& end) override {
    for (const auto& [job, begun] : begun_) Count(begun, begun.upload().bytes());
    WriteDay();
    if (view_.format == EgressFormat::kTable) out_ << Tail(end);
    if (view_.format == EgressFormat::kJson) out_ << (first_ ? "[]\n" : "\n]\n");
  }

 private:
  Total& TotalOf(const v1::EgressEntry& entry) {
    const std::string day = TimeOf(entry).substr(0, 10);
    if (day != day_) {
      WriteDay();
      day_ = day;
    }
    return totals_[entry.job_id().empty() ? "-" : entry.job_id()];
  }

  void Count(const v1::EgressEntry& begun, uint64_t bytes) {
    Total& total = TotalOf(begun);
    ++total.vectors;
    (begun.upload().protection() == v1::EgressUpload::MASKED ? total.masked_bytes : total.plain_bytes) += bytes;
  }

  void WriteDay() {
    for (const auto& [job, total] : totals_) Write(job, total);
    totals_.clear();
  }

  void Write(const std::string& job, const Total& total) {
    const bool first = std::exchange(first_, false);
    switch (view_.format) {
      case EgressFormat::kTable:
        if (first) {
          out_ << absl::StreamFormat("%-10s  %-16s  %8s  %14s  %14s  %9s  %13s\n", "DAY (UTC)", "JOB", "VECTORS",
                                     "MASKED BYTES", "PLAIN BYTES", "MESSAGES", "THEIR BYTES");
        }
        out_ << absl::StreamFormat("%-10s  %-16s  %8d  %14d  %14d  %9d  %13d\n", day_, job, total.vectors,
                                   total.masked_bytes, total.plain_bytes, total.messages, total.message_bytes);
        break;
      case EgressFormat::kCsv:
        if (first) {
          out_ << CsvLine({"day_utc", "job", "vectors", "masked_bytes", "plain_bytes", "messages", "message_bytes"});
        }
        out_ << CsvLine({day_, job, absl::StrCat(total.vectors), absl::StrCat(total.masked_bytes),
                         absl::StrCat(total.plain_bytes), absl::StrCat(total.messages),
                         absl::StrCat(total.message_bytes)});
        break;
      case EgressFormat::kJson:
        out_ << (first ? "[\n" : ",\n")
             << Dump({{"day_utc", day_},
                      {"job", job},
                      {"vectors", total.vectors},
                      {"masked_bytes", total.masked_bytes},
                      {"plain_bytes", total.plain_bytes},
                      {"messages", total.messages},
                      {"message_bytes", total.message_bytes}});
        break;
    }
  }

  bool first_ = true;
  std::string day_;
  std::map<std::string, Total> totals_;           // of day_, by job
  std::map<std::string, v1::EgressEntry> begun_;  // vectors whose end has not come yet, by job
};

}  // namespace

std::unique_ptr<EgressReport> EgressReport::Make(const EgressView& view, std::ostream& out) {
  if (view.totals) return std::make_unique<Totals>(view, out);
  return std::make_unique<Entries>(view, out);
}

}  // namespace accord
