#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "base/status.h"
#include "models/zoo/layers.h"
#include "models/zoo/zoo.h"

namespace accord::zoo {
namespace {

// Scores of hidden places are so low that nothing of them is left, and not minus infinity, of which a text without any
// token would make numbers that are none.
constexpr char kForwardOfAttention[] = R"(
def forward(self, x, hidden):
    parts = torch.linear(x, self.in_proj_weight, self.in_proj_bias)
    qkv = torch.permute(torch.reshape(parts, [x.size(0), $length, 3, $heads, $each]), [2, 0, 3, 1, 4])
    scores = torch.matmul(torch.select(qkv, 0, 0), torch.transpose(torch.select(qkv, 0, 1), 2, 3)) * $scale
    weights = torch.softmax(torch.masked_fill(scores, hidden, -1000000000.0), 3)
    weights = torch.dropout(weights, $dropout, self.training)
    mixed = torch.transpose(torch.matmul(weights, torch.select(qkv, 0, 2)), 1, 2)
    return self.out_proj.forward(torch.reshape(mixed, [x.size(0), $length, $width]))
)";
constexpr char kForwardOfBlock[] = R"(
def forward(self, x, hidden):
    x = x + torch.dropout(self.self_attn.forward(self.norm1.forward(x), hidden), $dropout, self.training)
    z = torch.dropout(torch.relu(self.linear1.forward(self.norm2.forward(x))), $dropout, self.training)
    return x + torch.dropout(self.linear2.forward(z), $dropout, self.training)
)";
// Tokens arrive as float32, as every model's inputs do; 0 is no token (dtype 4: int64; 6: float32).
constexpr char kForwardBegins[] = R"(
def forward(self, x):
    tokens = x.to(4)
    known = torch.ne(tokens, 0)
    hidden = torch.unsqueeze(torch.unsqueeze(torch.logical_not(known), 1), 1)
    z = self.embedding.forward(tokens) + torch.unsqueeze(self.position.weight, 0)
    z = torch.dropout(z, $dropout, self.training)
)";
constexpr char kForwardEnds[] = R"(
    weight = torch.unsqueeze(known.to(6), 2)
    mean = torch.sum(self.norm.forward(z) * weight, [1]) / torch.clamp(torch.sum(weight, [1]), 1)
    return self.fc.forward(mean)
)";

// The parameters of torch.nn.TransformerEncoderLayer with norm_first, which trains without a warm-up.
absl::Status AddBlock(torch::jit::Module& layers, const std::string& name, const v1::TextTransformer& spec,
                      const std::vector<std::pair<std::string, std::string>>& sizes) {
  const int64_t width = spec.width();
  ACCORD_RETURN_IF_ERROR(CheckLayerSize(name, width, 3 * width, 1));
  torch::jit::Module attention = MakeModule("Attention");
  AddParameter(attention, "in_proj_weight", {3 * width, width});
  AddParameter(attention, "in_proj_bias", {3 * width});
  ACCORD_RETURN_IF_ERROR(AddLinear(attention, "out_proj", width, width));
  attention.define(absl::StrReplaceAll(kForwardOfAttention, sizes));
  torch::jit::Module block = MakeModule("TransformerBlock");
  block.register_module("self_attn", attention);
  ACCORD_RETURN_IF_ERROR(AddLinear(block, "linear1", width, spec.feed_forward()));
  ACCORD_RETURN_IF_ERROR(AddLinear(block, "linear2", spec.feed_forward(), width));
  ACCORD_RETURN_IF_ERROR(AddLayerNorm(block, "norm1", width));
  ACCORD_RETURN_IF_ERROR(AddLayerNorm(block, "norm2", width));
  block.define(absl::StrReplaceAll(kForwardOfBlock, sizes));
  layers.register_module(name, block);
  return absl::OkStatus();
}

// So that TorchScript reads it as a float, with all digits.
std::string FloatText(double number) {
  const std::string text = absl::StrFormat("%.17g", number);
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

}  // namespace

// Source: Vaswani et al. 2017, section 3; normalisation before each part as in Xiong et al. 2020, figure 1b; places
// are learnt.
absl::StatusOr<torch::jit::Module> MakeTextTransformer(const v1::TextTransformer& spec, const v1::Text& text,
                                                       const ModelInterface& interface) {
  if (text.length() == 0 || interface.input_shape.size() != 1) {
    return absl::InvalidArgumentError("model.text_transformer: needs data.text");
  }
  if (spec.heads() == 0 || spec.width() == 0 || spec.width() % spec.heads() != 0 || spec.blocks() == 0) {
    return absl::InvalidArgumentError(
        "model.text_transformer: needs at least one block, and a width that is a multiple of heads");
  }
  const uint32_t each = spec.width() / spec.heads();
  const std::vector<std::pair<std::string, std::string>> sizes = {{"$length", absl::StrCat(text.length())},
                                                                  {"$heads", absl::StrCat(spec.heads())},
                                                                  {"$each", absl::StrCat(each)},
                                                                  {"$width", absl::StrCat(spec.width())},
                                                                  {"$scale", FloatText(1 / std::sqrt(each))},
                                                                  {"$dropout", FloatText(spec.dropout())}};
  torch::jit::Module module = MakeModule("TextTransformer");
  ACCORD_RETURN_IF_ERROR(AddEmbedding(module, "embedding", int64_t{text.vocabulary()} + 1, spec.width()));
  ACCORD_RETURN_IF_ERROR(AddEmbedding(module, "position", text.length(), spec.width()));
  torch::jit::Module layers = MakeModule("Blocks");
  std::string forward = kForwardBegins;
  for (uint32_t i = 0; i < spec.blocks(); ++i) {
    ACCORD_RETURN_IF_ERROR(AddBlock(layers, absl::StrCat(i), spec, sizes));
    absl::StrAppend(&forward, "    z = getattr(self.layers, \"", i, "\").forward(z, hidden)\n");
  }
  module.register_module("layers", layers);
  ACCORD_RETURN_IF_ERROR(AddLayerNorm(module, "norm", spec.width()));
  ACCORD_RETURN_IF_ERROR(AddLinear(module, "fc", spec.width(), interface.num_outputs()));
  // The line end that the last part begins with would end the function.
  module.define(absl::StrReplaceAll(absl::StrCat(forward, &kForwardEnds[1]), sizes));
  return module;
}

}  // namespace accord::zoo
