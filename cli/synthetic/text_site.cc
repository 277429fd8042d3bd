// Texts of words that say nothing and, here and there, a word of their class.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status.h"
#include "cli/synthetic/array_files.h"
#include "cli/synthetic/ground_truth.h"
#include "cli/synthetic/label_shares.h"
#include "cli/synthetic/site_files.h"
#include "cli/synthetic/site_rows.h"

namespace accord {
namespace {

constexpr uint32_t kFillers = 40;
constexpr uint32_t kSigns = 3;       // words of each class
constexpr double kSignShare = 0.25;  // of a text's words
constexpr uint32_t kMostWords = 30;
constexpr uint32_t kLeastWords = 5;
constexpr uint32_t kBytesOfAWord = 12;  // at most, with its blank

// A word's number: fillers first, then the signs of each class. Of ids it is the token, wrapped into the vocabulary.
uint32_t DrawWord(size_t label, bool must_be_sign, RandomStream& stream) {
  if (!must_be_sign && stream.NextDouble() >= kSignShare) return static_cast<uint32_t>(stream.NextBelow(kFillers));
  return kFillers + kSigns * static_cast<uint32_t>(label) + static_cast<uint32_t>(stream.NextBelow(kSigns));
}

void AppendWord(std::string* out, uint32_t word) {
  absl::StrAppend(out, word < kFillers ? "filler" : "sign", word < kFillers ? word : word - kFillers);
}

std::vector<uint32_t> DrawText(const v1::Text& text, size_t label, RandomStream& stream) {
  const uint32_t room = text.tokens() == v1::Text::BYTES ? text.length() / kBytesOfAWord : text.length();
  const uint32_t most = std::clamp(room, 1u, kMostWords);
  const uint32_t least = std::min(kLeastWords, most);
  const uint32_t count = least + static_cast<uint32_t>(stream.NextBelow(most - least + 1));
  std::vector<uint32_t> words;
  for (uint32_t i = 0; i < count; ++i) words.push_back(DrawWord(label, i == 0, stream));
  // So that the place tells nothing.
  std::swap(words[0], words[stream.NextBelow(count)]);
  return words;
}

void AppendIds(const v1::Text& text, const std::vector<uint32_t>& words, std::string& array) {
  for (uint32_t i = 0; i < text.length(); ++i) {
    const uint32_t id = i < words.size() ? words[i] % text.vocabulary() + 1 : 0;
    array.append(reinterpret_cast<const char*>(&id), sizeof(id));
  }
}

std::string IdsMapping(const SiteToWrite& site) {
  return absl::StrCat("npy:\n  array: ", QuotedForYaml(SyntheticFileName(site, "-ids.npy")),
                      "\n  labels: ", QuotedForYaml(SyntheticFileName(site, "-labels.csv")), "\n");
}

std::string TableMapping(const v1::DataSchema& schema, const SiteToWrite& site) {
  const auto& levels = schema.target().category().levels();
  std::string mapping = absl::StrCat("csv: {file: ", QuotedForYaml(SyntheticFileName(site, ".csv")),
                                     "}\ncolumns:\n  - {name: ", QuotedForYaml(schema.text().name()),
                                     ", column: text}\n  - name: ", QuotedForYaml(schema.target().name()),
                                     "\n    column: label\n    codes:\n");
  for (int level = 0; level < levels.size(); ++level) {
    absl::StrAppend(&mapping, "      - {code: \"", level, "\", level: ", QuotedForYaml(levels[level]), "}\n");
  }
  return mapping;
}

}  // namespace

absl::StatusOr<SyntheticSite> WriteTextSite(const v1::DataSchema& schema, const SyntheticOptions& options,
                                            const SiteToWrite& site, const std::string& folder) {
  const v1::Text& text = schema.text();
  RandomStream stream({.job_seed = options.seed, .site = site.name, .round = 0, .use = "synthetic-rows"});
  const std::vector<double> shares = DrawLabelShares(schema, options, site.name, stream);
  RowFacts facts(schema);
  const bool has_ids = text.tokens() == v1::Text::IDS;
  std::string ids = NpyFileHead("<i4", {site.rows, text.length()});
  std::string table = "SYNTHETIC,text,label\n";
  std::vector<size_t> labels;
  for (uint64_t row = 0; row < site.rows; ++row) {
    ACCORD_RETURN_IF_ERROR(MayGoOn(options, row));
    labels.push_back(DrawShare(shares, stream));
    facts.TakeClass(labels.back());
    const std::vector<uint32_t> words = DrawText(text, labels.back(), stream);
    if (has_ids) {
      AppendIds(text, words, ids);
    } else {
      absl::StrAppend(&table, "SYNTHETIC,", absl::StrJoin(words, " ", AppendWord), ",", labels.back(), "\n");
    }
  }
  const std::string mapping = has_ids ? IdsMapping(site) : TableMapping(schema, site);
  std::vector<NamedContent> files;
  if (has_ids) {
    files = {{"-ids.npy", ids}, {"-labels.csv", LabelTableText(schema.target(), labels)}};
  } else {
    files = {{".csv", table}};
  }
  ACCORD_ASSIGN_OR_RETURN(SyntheticSite written, WriteArraySite(site, folder, mapping, files));
  written.missing_classes = facts.MissingClasses();
  return written;
}

}  // namespace accord
