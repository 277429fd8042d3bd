#include "tests/models/python.h"

#include <gmock/gmock.h>

namespace accord {
namespace {

// What the tests beside this one conclude from.
TEST_F(PythonTest, TellsHowAScriptEndedAndWhatItPrinted) {
  EXPECT_EQ(Python("print('all is well')").exit_code, 0);
  EXPECT_EQ(Python("import sys\nsys.exit(3)").exit_code, 3);
  const PythonResult failed = Python("print('begun', flush=True)\nassert False, 'the reason'");
  EXPECT_EQ(failed.exit_code, 1);
  EXPECT_THAT(failed.output, testing::AllOf(testing::StartsWith("begun\n"), testing::HasSubstr("the reason")));
  EXPECT_NE(Python("import os\nos.abort()").exit_code, 0);
  EXPECT_EQ(Python("kept = 1").exit_code, 0);
  EXPECT_NE(Python("print(kept)").exit_code, 0) << "scripts share nothing";
}

}  // namespace
}  // namespace accord
