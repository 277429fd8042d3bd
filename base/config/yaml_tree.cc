#include "base/config/yaml_tree.h"

#include <algorithm>
#include <exception>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/utf8.h"
#include "yaml-cpp/anchor.h"
#include "yaml-cpp/eventhandler.h"
#include "yaml-cpp/yaml.h"

namespace accord {
namespace {

// Ends the parse from inside yaml-cpp's event handler; never leaves this file.
struct Stop {};

// Builds the tree from yaml-cpp's events rather than through YAML::Node, because only so aliases can be refused before
// they are followed and nesting before it is built.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(const YamlLimits& limits, FaultList& faults) : limits_(limits), faults_(faults) {}

  YamlNode TakeRoot() { return std::move(root_); }
  // What was open when the parse broke off is closed, so that its faults can be told as well.
  void CloseAll() {
    broken_off_ = true;
    while (!open_.empty()) Close();
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++num_documents_ > 1) Refuse(mark.line + 1, "a second document starts here; expected one document in a file");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Attach(MakeNode(YamlNode::Kind::kNothing, mark, "", anchor));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    YamlNode node = MakeNode(YamlNode::Kind::kRefused, mark, "", 0);
    faults_.AddAtLine(node.line, PathHere(),
                      "an alias (*name) is used here; write the value out, aliases are not read");
    Attach(std::move(node));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode node = MakeNode(YamlNode::Kind::kText, mark, tag, anchor);
    node.plain = tag != "!";  // yaml-cpp's tag of a text in quotes
    node.text = value;
    Attach(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(MakeNode(YamlNode::Kind::kList, mark, tag, anchor));
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(MakeNode(YamlNode::Kind::kSection, mark, tag, anchor));
  }
  void OnMapEnd() override { Close(); }

 private:
  // A section or list that has begun and not ended; for a section also the key whose value comes next.
  struct OpenNode {
    YamlNode node;
    bool has_key = false;
    bool key_refused = false;
    std::string key;
    int key_line = 0;
  };

  [[noreturn]] void Refuse(int line, absl::string_view text) {
    faults_.AddAtLine(line, "", text);
    throw Stop();
  }

  // Of the value that comes next.
  std::string PathHere() const {
    std::string path;
    for (const OpenNode& open : open_) {
      if (open.node.kind == YamlNode::Kind::kList) {
        path = ItemPath(path, static_cast<int>(open.node.items.size()));
      } else if (open.has_key) {
        path = FieldPath(path, open.key);
      }
    }
    return path;
  }

  YamlNode MakeNode(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (++num_values_ > limits_.max_values) {
      Refuse(mark.line + 1,
             absl::StrCat("the file has more than ", limits_.max_values, " values, the most that is read"));
    }
    YamlNode node;
    node.kind = kind;
    node.line = mark.line + 1;
    if (anchor != 0)
      faults_.AddAtLine(node.line, PathHere(), "an anchor (&name) is set here; remove it, aliases are not read");
    if (!tag.empty() && tag != "?" && tag != "!") {
      faults_.AddAtLine(node.line, PathHere(),
                        "a tag (!name) is used here; remove it, the schema says what type a value has");
    }
    return node;
  }

  void Open(YamlNode node) {
    if (static_cast<int>(open_.size()) >= limits_.max_depth) {
      Refuse(node.line, absl::StrCat("sections and lists are nested more than ", limits_.max_depth,
                                     " deep, the most that is read"));
    }
    OpenNode open;
    open.node = std::move(node);
    open_.push_back(std::move(open));
  }

  void Close() {
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    Attach(std::move(node));
  }

  void Attach(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    OpenNode& parent = open_.back();
    if (parent.node.kind == YamlNode::Kind::kList) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.has_key) {
      TakeKey(parent, std::move(node));
    } else {
      parent.has_key = false;
      if (!parent.key_refused) {
        parent.node.entries.push_back({std::move(parent.key), parent.key_line, std::move(node)});
      }
    }
  }

  void TakeKey(OpenNode& section, YamlNode node) {
    section.has_key = true;
    section.key_refused = node.kind != YamlNode::Kind::kText;
    section.key = std::move(node.text);
    section.key_line = node.line;
    if (section.key_refused && node.kind != YamlNode::Kind::kRefused && !broken_off_) {
      faults_.AddAtLine(node.line, FieldPath(PathHere(), "?"),
                        "a key is missing or is not plain text; expected the name of a field");
    }
  }

  const YamlLimits& limits_;
  FaultList& faults_;
  std::vector<OpenNode> open_;
  YamlNode root_;
  size_t num_values_ = 0;
  int num_documents_ = 0;
  bool broken_off_ = false;
};

int LineAt(absl::string_view text, size_t offset) {
  return 1 + static_cast<int>(std::count(text.begin(), text.begin() + offset, '\n'));
}

// Position of the first byte that no YAML file of ours may hold: control characters other than tab and line ends.
size_t FirstControlCharacter(absl::string_view text) {
  const auto found = std::find_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f;
  });
  return static_cast<size_t>(found - text.begin());
}

bool CheckBytes(absl::string_view text, const YamlLimits& limits, FaultList& faults) {
  if (text.size() > limits.max_bytes) {
    faults.AddAtLine(0, "",
                     absl::StrCat("the file is larger than ", limits.max_bytes, " bytes, the most that is read"));
    return false;
  }
  if (const size_t valid = ValidUtf8Prefix(text); valid < text.size()) {
    faults.AddAtLine(LineAt(text, valid), "", "the text is not UTF-8 here; save the file as UTF-8");
    return false;
  }
  if (const size_t at = FirstControlCharacter(text); at < text.size()) {
    faults.AddAtLine(LineAt(text, at), "", "there is a control character here; expected text");
    return false;
  }
  return true;
}

void Parse(absl::string_view text, TreeBuilder& builder, FaultList& faults) {
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Stop&) {
    // The fault has been told.
  } catch (const YAML::Exception& error) {
    faults.AddAtLine(error.mark.is_null() ? 0 : error.mark.line + 1, "", absl::StrCat("this is not YAML: ", error.msg));
  } catch (const std::exception& error) {
    faults.AddAtLine(0, "", absl::StrCat("this cannot be read as YAML: ", error.what()));
  }
}

}  // namespace

YamlNode ParseYamlTree(absl::string_view text, const YamlLimits& limits, FaultList& faults) {
  TreeBuilder builder(limits, faults);
  if (CheckBytes(text, limits, faults)) Parse(text, builder, faults);
  builder.CloseAll();
  YamlNode root = builder.TakeRoot();
  if (root.kind == YamlNode::Kind::kNothing) root.kind = YamlNode::Kind::kSection;
  return root;
}

}  // namespace accord
