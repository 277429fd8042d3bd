#!/usr/bin/env python3
"""Says how many tests ran, by the log that ctest leaves, and names those that failed or were skipped.

ctest counts programs; most of them run many tests. A test counts as run once its program began it, as failed when it did
not end well, and so does the test in which a program ended. What such a program had still to run is counted apart.

Usage: tally.py [--words WORDS] build/NAME/Testing/Temporary/LastTest.log
Exits non-zero when a test failed or never ran, or when there was none. WORDS stand in the last line, behind the count.
"""

import argparse
import dataclasses
import pathlib
import re
import sys

ENTRY = re.compile(r"^\d+/\d+ Test: (?P<name>.+)$")
TO_RUN = re.compile(r"^\[==========\] Running (?P<count>\d+) tests? from ")
BEGAN = re.compile(r"\[ RUN      \] (?P<name>\S+)$")  # behind what a test wrote without ending its line
ENDED = re.compile(r"\[(?P<how>       OK |  FAILED  |  SKIPPED )\] (?P<name>[^\s,]+).* \(\d+ ms\)$")
REASON_FOLLOWS = re.compile(r": Skipped$")


@dataclasses.dataclass
class Tally:
    """Names of tests, and how many a program had still to run when it ended."""

    ran: int = 0
    failed: list[str] = dataclasses.field(default_factory=list)
    skipped: list[str] = dataclasses.field(default_factory=list)
    never_ran: int = 0

    def add(self, other: "Tally") -> None:
        self.ran += other.ran
        self.failed += other.failed
        self.skipped += other.skipped
        self.never_ran += other.never_ran


def tally_program(lines: list[str]) -> Tally:
    """Of the output of one GoogleTest program."""
    result = Tally()
    to_run = began = 0
    running = reason = None
    for line in lines:
        if match := TO_RUN.search(line):
            to_run = int(match["count"])
        elif match := BEGAN.search(line):
            began += 1
            running, reason = match["name"], None
        elif (match := ENDED.search(line)) and match["name"] == running:
            if match["how"].strip() == "SKIPPED":
                result.skipped.append(f"{running}: {reason or 'it does not say why'}")
            elif match["how"].strip() == "FAILED":
                result.failed.append(running)
            running = None
        elif REASON_FOLLOWS.search(line):
            reason = ""
        elif reason == "":
            reason = line.strip()
    if running is not None:
        result.failed.append(f"{running}: its program ended in it")
    result.ran = began - len(result.skipped)
    result.never_ran = to_run - began
    return result


def tally_entry(name: str, lines: list[str]) -> Tally:
    """Of what ctest wrote of one of its entries: a program of many tests, or one that is a test itself."""
    passed = any(line.startswith("Test Passed.") for line in lines)
    if any(TO_RUN.search(line) for line in lines):
        result = tally_program(lines)
        well = passed or any(line.startswith("Test Pass Reason:") for line in lines)
        if not well and not result.failed:
            result.failed.append(f"{name}: its tests passed, the program failed")
        return result
    return Tally(ran=1, failed=[] if passed else [name])


def tally(text: str) -> Tally:
    """Of a whole log."""
    entries: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if match := ENTRY.search(line):
            entries.append((match["name"], []))
        elif entries:
            entries[-1][1].append(line)
    result = Tally()
    for name, lines in entries:
        result.add(tally_entry(name, lines))
    return result


def describe(result: Tally, words: str) -> str:
    lines = [f"Skipped: {name}" for name in result.skipped] + [f"FAILED: {name}" for name in result.failed]
    last = f"{result.ran} tests ran{words}, {len(result.failed)} of them failed; {len(result.skipped)} were skipped."
    if result.never_ran:
        last += f" {result.never_ran} did not run, since their programs had ended."
    return "\n".join([*lines, "", f"== {last}"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("log", type=pathlib.Path)
    parser.add_argument("--words", default="")
    arguments = parser.parse_args()
    try:
        text = arguments.log.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        print(f"tally.py: cannot read {arguments.log}: {error.strerror}; did ctest run to its end?", file=sys.stderr)
        return 1
    result = tally(text)
    print(describe(result, f" ({arguments.words})" if arguments.words else ""))
    if result.ran == 0:
        print("tally.py: no test ran", file=sys.stderr)
    return 1 if result.failed or result.never_ran or result.ran == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
