"""What is said of a run is what happened in it, also where a program ended in the middle of its tests."""

import unittest

import tally


def entry(name, output, end="Test Passed."):
    """As ctest writes of one entry."""
    return "\n".join(
        ["----------", f"1/2 Testing: {name}", f"1/2 Test: {name}", 'Command: "program"', "Output:", "----------"]
        + output
        + ["<end of output>", "Test time =   0.05 sec", "----------", end, f'"{name}" time elapsed: 00:00:00', ""]
    )


def program(count, output):
    return ["Note: This is test shard 1 of 2.", f"[==========] Running {count} tests from 2 test suites."] + output


PASSED = ["[ RUN      ] Sum.IsExact", "[       OK ] Sum.IsExact (3 ms)"]
FAILED = [
    "[ RUN      ] All/Sum.Wraps/Wide",
    "sum_test.cc:7: Failure",
    "[  FAILED  ] All/Sum.Wraps/Wide, where GetParam() = 64 (5 ms)",
]
SKIPPED = [
    "[ RUN      ] Gpu.Trains",
    "/src/gpu_test.cc:9: Skipped",
    "no device is here",
    "",
    "[  SKIPPED ] Gpu.Trains (0 ms)",
]
SUMMARY_OF_A_FAILURE = ["[  FAILED  ] 1 test, listed below:", "[  FAILED  ] All/Sum.Wraps/Wide, where GetParam() = 64"]


class TallyTest(unittest.TestCase):
    def test_tests_are_counted_and_not_their_programs(self):
        log = entry("a", program(1, PASSED)) + entry("b", program(1, PASSED)) + entry("Structure.Holds", ["fine"])
        self.assertEqual(tally.tally(log), tally.Tally(ran=3))
        self.assertIn("== 3 tests ran (preset x), 0 of them failed; 0 were skipped.", tally.describe(tally.tally(log), " (preset x)"))

    def test_a_failed_test_is_counted_once_and_named(self):
        log = entry("a", program(2, PASSED + FAILED + SUMMARY_OF_A_FAILURE), "Test Failed.")
        self.assertEqual(tally.tally(log), tally.Tally(ran=2, failed=["All/Sum.Wraps/Wide"]))
        self.assertIn("FAILED: All/Sum.Wraps/Wide", tally.describe(tally.tally(log), ""))

    def test_a_skipped_test_did_not_run_and_says_why(self):
        log = entry("a", program(2, PASSED + SKIPPED + ["[  SKIPPED ] Gpu.Trains"]))
        self.assertEqual(tally.tally(log), tally.Tally(ran=1, skipped=["Gpu.Trains: no device is here"]))
        alone = entry("Gpu.Trains", program(1, SKIPPED), "Test Pass Reason:\nSkip regular expression found in output.")
        self.assertEqual(tally.tally(alone), tally.Tally(skipped=["Gpu.Trains: no device is here"]))

    def test_a_program_that_ends_in_a_test_names_it_and_what_did_not_run_is_counted(self):
        log = entry("a", program(5, PASSED + ["[ RUN      ] Sum.Crashes"]), "Test Failed.") + entry("b", program(1, PASSED))
        self.assertEqual(
            tally.tally(log), tally.Tally(ran=3, failed=["Sum.Crashes: its program ended in it"], never_ran=3)
        )
        self.assertIn("3 did not run, since their programs had ended.", tally.describe(tally.tally(log), ""))

    def test_a_program_that_ends_well_in_the_middle_of_a_test_has_failed_all_the_same(self):
        result = tally.tally(entry("a", program(2, PASSED + ["[ RUN      ] Sum.Exits"])))
        self.assertEqual(result.failed, ["Sum.Exits: its program ended in it"])

    def test_a_program_that_fails_before_or_after_its_tests_is_named(self):
        self.assertEqual(
            tally.tally(entry("a", ["cannot open shared object file"], "Test Failed.")), tally.Tally(ran=1, failed=["a"])
        )
        leak = entry("a", program(1, PASSED + ["LeakSanitizer: detected memory leaks"]), "Test Failed.")
        self.assertEqual(tally.tally(leak), tally.Tally(ran=1, failed=["a: its tests passed, the program failed"]))

    def test_what_a_test_writes_without_ending_its_line_hides_nothing(self):
        output = ["[ RUN      ] Sum.Prints", "half a line[       OK ] Sum.Prints (1 ms)"] + PASSED
        self.assertEqual(tally.tally(entry("a", program(2, output))), tally.Tally(ran=2))

    def test_an_empty_log_has_no_tests(self):
        self.assertEqual(tally.tally("Start testing: Nov 27\n").ran, 0)


if __name__ == "__main__":
    unittest.main()
