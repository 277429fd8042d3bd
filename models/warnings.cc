#include "models/warnings.h"

#include <c10/util/Exception.h>
#include <torch/version.h>

namespace accord {
namespace {

class NoWarnings : public c10::WarningHandler {
 public:
#if TORCH_VERSION_MAJOR >= 2
  void process(const c10::Warning&) override {}
#else
  void process(const c10::SourceLocation&, const std::string&, const bool) override {}
#endif
};

}  // namespace

void DropWarnings() {
  static NoWarnings no_warnings;
#if TORCH_VERSION_MAJOR >= 2
  c10::WarningUtils::set_warning_handler(&no_warnings);
#else
  c10::Warning::set_warning_handler(&no_warnings);
#endif
}

}  // namespace accord
