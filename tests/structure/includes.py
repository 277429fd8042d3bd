#!/usr/bin/env python3
"""Holds every #include of the tree against the rooms and the arrows between them (docs/architecture.md).

Usage: includes.py ROOT. Prints one line for each include that is not allowed and exits 1 if there is one.
"""

import pathlib
import re
import sys

# Room -> rooms that it may include, besides itself. A file belongs to the longest room that its path starts with.
ARROWS = {
    "base": (),
    "proto": ("base",),
    "proto/transfer": ("base", "proto"),
    "trust": ("base", "proto"),
    "aggregation": ("base", "proto", "trust"),
    "models": ("base", "proto", "aggregation"),
    "client/ipc": ("base", "proto"),
    "client/confine": ("base",),
    "client/daemon": ("base", "proto", "proto/transfer", "trust", "aggregation", "client/ipc"),
    "client/simulator": ("base", "proto", "trust", "aggregation", "client/daemon", "client/ipc"),
    "client/signer": ("base", "proto", "trust", "client/ipc"),
    "client/reader": ("base", "proto", "client/ipc", "client/confine"),
    "client/trainer": ("base", "proto", "aggregation", "models", "client/ipc", "client/confine"),
    "coordinator": ("base", "proto", "proto/transfer", "trust", "aggregation"),
    "cli": ("base", "proto", "trust", "aggregation", "models", "client/daemon", "client/ipc"),
}
# Stand outside the product and may include anything.
FREE = ("tests", "bench", "cmake")
NOT_SOURCE = ("build", ".git", ".cache")

TORCH = re.compile(r"^(torch|ATen|c10|caffe2)/")
GRPC = re.compile(r"^(grpc|grpcpp)/|\.grpc\.pb\.h$|^proto/accord/v1/.*\.grpc\.pb\.h$")
TORCH_ROOMS = ("models", "client/trainer")
GRPC_ROOMS = ("proto/transfer", "trust", "client/daemon", "client/simulator", "coordinator", "cli")
CURL = re.compile(r"^curl/")
CURL_ROOMS = ("coordinator",)
# The pure core has neither files nor clock nor log.
IMPURE = re.compile(r"^(base/(file|clock|logging)\.h|spdlog/|fstream$|filesystem$)")
PURE_ROOMS = ("aggregation",)
# Secrets that repeat stay outside the product; the header's own source may name it.
SEEDED = "base/seeded_entropy.h"
SEEDED_SOURCE = "base/seeded_entropy.cc"

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]')


def room_of(path):
    candidates = [room for room in (*ARROWS, *FREE) if path == room or path.startswith(room + "/")]
    return max(candidates, key=len, default=None)


def sources(root):
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if relative.parts[0] not in NOT_SOURCE and path.suffix in (".h", ".cc") and path.is_file():
            yield relative.as_posix()


def includes_of(root, source):
    """(line number, is quoted, header) of each include."""
    for number, line in enumerate((root / source).read_text(encoding="utf-8").splitlines(), 1):
        if match := INCLUDE.match(line):
            yield number, match[1] == '"', match[2]


def fault_of(root, source, room, quoted, header):
    """Why `source`, of `room`, must not include `header`, or None."""
    if TORCH.match(header) and room not in TORCH_ROOMS:
        return f"LibTorch belongs to {' and '.join(TORCH_ROOMS)} alone"
    if GRPC.search(header) and room not in GRPC_ROOMS:
        return f"{room} knows no network"
    if CURL.match(header) and room not in CURL_ROOMS:
        return f"HTTP belongs to {' and '.join(CURL_ROOMS)} alone"
    if IMPURE.match(header) and room in PURE_ROOMS:
        return f"{room} is pure: no files, no clock, no log"
    if header == SEEDED and source != SEEDED_SOURCE:
        return "secrets that repeat are for tests and bench alone"
    is_beside = not (root / header).exists() and (root / source).parent.joinpath(header).exists()
    if quoted and (header.startswith(".") or is_beside):
        return "includes are written as paths from the root of the repository"
    target = room_of(header)
    if target is None or target == room or target in ARROWS[room]:
        return None
    return f"there is no arrow from {room} to {target}"


def reaches_torch(root, header, seen):
    """The first chain of headers from `header` to LibTorch, or None."""
    if header in seen or not (root / header).is_file():
        return None
    seen.add(header)
    for _, _, included in includes_of(root, header):
        if TORCH.match(included):
            return [header, included]
        if chain := reaches_torch(root, included, seen):
            return [header, *chain]
    return None


def check(root):
    faults = []
    for source in sources(root):
        room = room_of(source)
        if room in FREE:
            continue
        if room is None:
            faults.append(f"{source}: lies in no room; rooms are {', '.join(ARROWS)}")
            continue
        for number, quoted, header in includes_of(root, source):
            if fault := fault_of(root, source, room, quoted, header):
                faults.append(f"{source}:{number}: includes {header}: {fault}")
            elif room not in TORCH_ROOMS and (chain := reaches_torch(root, header, set())):
                faults.append(f"{source}:{number}: reaches LibTorch through {' -> '.join(chain)}")
    return faults


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    root = pathlib.Path(sys.argv[1])
    if next(sources(root), None) is None:
        sys.exit(f"{root} has no sources")
    faults = check(root)
    print("\n".join(faults) or "Every include follows an arrow.")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
