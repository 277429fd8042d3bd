#include "models/zoo/script_code.h"

#include <caffe2/serialize/inline_container.h>
#include <torch/csrc/jit/api/compilation_unit.h>
#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/frontend/lexer.h>
#include <torch/csrc/jit/ir/ir.h>

#include <memory>
#include <set>
#include <sstream>
#include <tuple>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace accord::zoo {
namespace {

constexpr absl::string_view kZipBegins("PK\x03\x04", 4);
constexpr absl::string_view kTelephoneFormat = "PTMF";  // at the fifth byte, whatever is before it
constexpr char kRunsWhileRead[] = "__setstate__";
constexpr absl::string_view kClassesOfLibTorch = "__torch__.torch.classes.";
constexpr absl::string_view kObjectsOfLibTorch = "torch.classes.";

// What only moves values or calls other code of the same file (docs/governance.md). Whatever else the interpreter knows
// has to be allowed, also what a later LibTorch adds.
const absl::flat_hash_set<std::string>& Structure() {
  static const auto* const kinds = new absl::flat_hash_set<std::string>{
      "prim::Constant",
      "prim::Param",
      "prim::Return",
      "prim::Uninitialized",
      "prim::If",
      "prim::Loop",
      "prim::Enter",
      "prim::Exit",
      "prim::TupleConstruct",
      "prim::TupleUnpack",
      "prim::TupleIndex",
      "prim::TupleSlice",
      "prim::ListConstruct",
      "prim::ListUnpack",
      "prim::DictConstruct",
      "prim::CreateObject",
      "prim::GetAttr",
      "prim::HasAttr",
      "prim::isinstance",
      "prim::annotate",
      "prim::unchecked_cast",
      "prim::unchecked_unwrap_optional",
      "prim::CallFunction",
      "prim::CallMethod",
  };
  return *kinds;
}

// Goes through code once, wherever it is found.
class CodeWalk {
 public:
  std::vector<std::string> Of(const torch::jit::Module& module) {
    // Methods and hooks are among its functions. Of an interface it is not known here whose method is called: all are.
    for (torch::jit::Function* function : module._ivalue()->compilation_unit()->get_functions()) Find(function);
    FindObjects(c10::IValue(module._ivalue()));
    while (!waiting_.empty()) {
      torch::jit::Function* const function = waiting_.back();
      waiting_.pop_back();
      Walk(*torch::jit::toGraphFunction(*function).graph());
    }
    return {operators_.begin(), operators_.end()};
  }

 private:
  void Find(torch::jit::Function* function) {
    // One of C++ belongs to a class of LibTorch's, which is told by its name.
    if (function->isGraphFunction() && functions_.insert(function).second) waiting_.push_back(function);
  }

  // An object may lie where its class is not written: behind an interface, or in a list of anything.
  void FindObjects(const c10::IValue& value) {
    absl::flat_hash_set<const void*> seen;
    value.visit([&](const c10::IValue& inner) {
      if (inner.isObject()) FindType(inner.type());
      return inner.isPtrType() && !seen.insert(inner.internalToPointer()).second;
    });
  }

  void FindType(const c10::TypePtr& type) {
    if (!types_.insert(type.get()).second) return;
    kept_.push_back(type);  // so that no other one gets its address
    if (const auto function = type->cast<c10::FunctionType>()) FindFunction(function->function());
    if (const auto of_class = type->cast<c10::ClassType>()) FindClass(*of_class);
    for (const c10::TypePtr& inner : type->containedTypes()) FindType(inner);
  }

  // Files have none of C++; if there were one, nobody could look at it.
  void FindFunction(torch::jit::Function* function) {
    if (!function->isGraphFunction()) operators_.insert("prim::CallFunction");
    Find(function);
  }

  void FindClass(const c10::ClassType& of_class) {
    const std::string name = of_class.name().has_value() ? of_class.name()->qualifiedName() : "";
    if (absl::StartsWith(name, kClassesOfLibTorch)) {
      const size_t dot = name.rfind('.');
      const std::string space = dot > kClassesOfLibTorch.size()
                                    ? name.substr(kClassesOfLibTorch.size(), dot - kClassesOfLibTorch.size())
                                    : "";
      operators_.insert(absl::StrCat(space, "::", name.substr(dot + 1)));
      return;
    }
    for (torch::jit::Function* method : of_class.methods()) Find(method);
    for (torch::jit::Function* hook : of_class.getForwardHooks()) Find(hook);
    for (torch::jit::Function* hook : of_class.getForwardPreHooks()) Find(hook);
  }

  void FindTypesOf(at::ArrayRef<const torch::jit::Value*> values) {
    for (const torch::jit::Value* value : values) FindType(value->type());
  }

  void Walk(const torch::jit::Graph& graph) { Walk(*graph.block()); }

  void Walk(const torch::jit::Block& block) {
    FindTypesOf(block.inputs());
    for (const torch::jit::Node* node : block.nodes()) {
      const std::string kind = node->kind().toQualString();
      if (!Structure().contains(kind)) operators_.insert(kind);
      FindTypesOf(node->outputs());
      for (const torch::jit::Block* inner : node->blocks()) Walk(*inner);
      for (const torch::jit::Symbol attribute : node->attributeNames()) {
        if (node->kindOf(attribute) == torch::jit::AttributeKind::g) Walk(*node->g(attribute));
        if (node->kindOf(attribute) != torch::jit::AttributeKind::gs) continue;
        for (const auto& inner : node->gs(attribute)) Walk(*inner);
      }
    }
  }

  std::set<std::string> operators_;
  absl::flat_hash_set<const torch::jit::Function*> functions_;
  std::vector<torch::jit::Function*> waiting_;
  absl::flat_hash_set<const c10::Type*> types_;
  std::vector<c10::TypePtr> kept_;
};

// Goes through the tokens of a file's source. LibTorch evaluates the default values of arguments and the values that
// stand in the body of a class while it reads them, whatever they call. torch.jit.save writes plain values there.
class EvaluatedValues {
 public:
  explicit EvaluatedValues(absl::string_view code)
      : lexer_(std::make_shared<torch::jit::Source>(std::string(code), "code", 1)) {}

  bool ArePlain() {
    int indent = 0;           // of the present line
    int class_indent = -1;    // of the class whose body this is; -1: outside
    bool line_begins = true;  // the next token is the first of its line
    while (lexer_.cur().kind != torch::jit::TK_EOF) {
      const int kind = lexer_.next().kind;
      if (kind == torch::jit::TK_INDENT) ++indent;
      if (kind == torch::jit::TK_DEDENT && --indent <= class_indent) class_indent = -1;
      if (kind == torch::jit::TK_NEWLINE || kind == torch::jit::TK_INDENT || kind == torch::jit::TK_DEDENT) {
        line_begins = true;
        continue;
      }
      if (line_begins && kind == torch::jit::TK_CLASS_DEF) class_indent = indent;
      const bool in_class = class_indent >= 0 && indent == class_indent + 1;
      if (kind == torch::jit::TK_DEF) {
        if (!SkipDeclaration()) return false;
      } else if (kind == '=' && in_class && !SkipValue()) {
        return false;
      }
      line_begins = false;
    }
    return true;
  }

 private:
  static bool IsPlain(int kind) {
    switch (kind) {
      case torch::jit::TK_NUMBER:
      case torch::jit::TK_STRINGLITERAL:
      case torch::jit::TK_TRUE:
      case torch::jit::TK_FALSE:
      case torch::jit::TK_NONE:
      case '-':
      case '[':
      case ']':
      case '(':
      case ')':
      case ',':
        return true;
      default:
        return false;
    }
  }

  // From the name of a function to the end of its parameters. False: one has a default that is not plain.
  bool SkipDeclaration() {
    while (lexer_.cur().kind != '(') {
      if (IsEnd(lexer_.next().kind)) return false;
    }
    int depth = 0;
    bool in_default = false;  // of a parameter
    do {
      const int kind = lexer_.next().kind;
      if (IsEnd(kind)) return false;
      if (in_default && !IsPlain(kind)) return false;
      if (kind == '(' || kind == '[' || kind == '{') ++depth;
      if (kind == ')' || kind == ']' || kind == '}') --depth;
      if (kind == '=') in_default = true;
      if (kind == ',' && depth == 1) in_default = false;
    } while (depth > 0);
    return true;
  }

  // A value in the body of a class, or a type: names without a call. False: it is more.
  bool SkipValue() {
    int before = '=';
    while (!IsEnd(lexer_.cur().kind)) {
      const int kind = lexer_.next().kind;
      const bool names = kind == torch::jit::TK_IDENT || kind == '.';
      if (!names && !IsPlain(kind)) return false;
      const bool calls = kind == '(' && (before == torch::jit::TK_IDENT || before == ')' || before == ']' ||
                                         before == torch::jit::TK_STRINGLITERAL);
      if (calls) return false;
      before = kind;
    }
    return true;
  }

  static bool IsEnd(int kind) { return kind == torch::jit::TK_NEWLINE || kind == torch::jit::TK_EOF; }

  torch::jit::Lexer lexer_;
};

// An object of a class of LibTorch's own is made by its C++ code while the file is read. The name may be cut in two at
// any of its dots.
bool HasObjectsOfLibTorch(absl::string_view pickle) {
  return absl::StrContains(absl::StrReplaceAll(pickle, {{"\n", "."}}), kObjectsOfLibTorch);
}

}  // namespace

absl::Status CheckThatReadingRunsNothing(absl::string_view file) {
  if (!absl::StartsWith(file, kZipBegins) || absl::StartsWith(file.substr(kZipBegins.size()), kTelephoneFormat)) {
    return absl::InvalidArgumentError(
        "model.torchscript: not in the format of torch.jit.save, the one whose code can be looked at before it is "
        "read");
  }
  std::istringstream stream{std::string(file)};
  caffe2::serialize::PyTorchStreamReader reader(&stream);
  if (reader.hasRecord("model.json")) {
    return absl::InvalidArgumentError(
        "model.torchscript: in a format from before PyTorch 1.2, whose code cannot be looked at before it is read; "
        "save it anew with torch.jit.save");
  }
  for (const std::string& name : reader.getAllRecords()) {
    // The reader takes names in capitals and small letters for the same.
    const bool is_code = absl::EndsWithIgnoreCase(name, ".py");
    if (!is_code && !absl::EndsWithIgnoreCase(name, ".pkl")) continue;
    const auto record = reader.getRecord(name);
    const absl::string_view content(static_cast<const char*>(std::get<0>(record).get()), std::get<1>(record));
    std::string what;
    if (!is_code && HasObjectsOfLibTorch(content)) {
      what = "it holds an object of one of LibTorch's own classes";
    } else if (is_code && absl::StrContains(content, kRunsWhileRead)) {
      what = absl::StrCat("its code has ", kRunsWhileRead, " (a quantised layer has one)");
    } else if (is_code && !EvaluatedValues(content).ArePlain()) {
      what = "the default value of an argument or the value of a class is more than plain numbers and texts";
    }
    if (what.empty()) continue;
    return absl::InvalidArgumentError(absl::StrCat("model.torchscript: ", what,
                                                   ", which runs while the file is read, before anybody can look at "
                                                   "what it calls; write the model without it"));
  }
  return absl::OkStatus();
}

std::vector<std::string> OperatorsOf(const torch::jit::Module& module) { return CodeWalk().Of(module); }

}  // namespace accord::zoo
