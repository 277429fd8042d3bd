"""The include checker finds a violation of each kind when one is planted."""

import pathlib
import tempfile
import unittest

import includes


class IncludesTest(unittest.TestCase):
    def faults_of(self, **files):
        """Faults of a tree that has these files; `__` stands for a slash and `_h`, `_cc` at the end for the suffix."""
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text in files.items():
                path = root / (name.replace("__", "/").replace("_h", ".h").replace("_cc", ".cc"))
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            return includes.check(root)

    def test_a_tree_along_the_arrows_has_no_fault(self):
        self.assertEqual(
            self.faults_of(
                base__a_h="#include <string>\n",
                trust__b_h='#include "base/a.h"\n#include "proto/accord/v1/job.pb.h"\n',
                client__trainer__c_cc='#include "models/model.h"\n#include <torch/torch.h>\n',
                cli__d_cc='#include "trust/b.h"\n#include "absl/status/status.h"\n',
                tests__e_cc='#include "coordinator/x.h"\n#include "client/daemon/y.h"\n#include <torch/torch.h>\n',
            ),
            [],
        )

    def test_an_arrow_backwards_is_a_fault_with_file_and_line(self):
        self.assertEqual(
            self.faults_of(base__a_h='\n#include "trust/b.h"\n'),
            ["base/a.h:2: includes trust/b.h: there is no arrow from base to trust"],
        )

    def test_the_command_line_knows_the_coordinator_by_its_messages_alone(self):
        self.assertEqual(len(self.faults_of(cli__a_cc='#include "coordinator/server/server.h"\n')), 1)

    def test_coordinator_and_client_never_include_each_other(self):
        self.assertEqual(len(self.faults_of(coordinator__a_cc='#include "client/ipc/channel.h"\n')), 1)
        self.assertEqual(len(self.faults_of(client__daemon__a_cc='#include "coordinator/jobs/job_machine.h"\n')), 1)

    def test_daemon_and_trainer_meet_in_ipc_only(self):
        self.assertEqual(len(self.faults_of(client__daemon__a_cc='#include "client/trainer/x.h"\n')), 1)
        self.assertEqual(len(self.faults_of(client__trainer__a_cc='#include "client/daemon/x.h"\n')), 1)
        self.assertEqual(self.faults_of(client__trainer__a_cc='#include "client/ipc/x.h"\n'), [])

    def test_torch_stays_in_its_rooms(self):
        self.assertEqual(len(self.faults_of(client__daemon__a_cc="#include <torch/torch.h>\n")), 1)
        self.assertEqual(len(self.faults_of(aggregation__a_cc="#include <ATen/ATen.h>\n")), 1)

    def test_torch_behind_an_allowed_header_is_a_fault_too(self):
        self.assertEqual(
            self.faults_of(
                models__model_h='#include "models/deep.h"\n',
                models__deep_h="#include <torch/torch.h>\n",
                cli__a_cc='#include "models/model.h"\n',
            ),
            ["cli/a.cc:1: reaches LibTorch through models/model.h -> models/deep.h -> torch/torch.h"],
        )

    def test_the_network_stays_out_of_rooms_without_one(self):
        for room in ("base", "aggregation", "models", "client__trainer", "client__ipc", "proto"):
            self.assertEqual(len(self.faults_of(**{f"{room}__a_cc": "#include <grpcpp/grpcpp.h>\n"})), 1, room)
            wire = '#include "proto/accord/v1/wire.grpc.pb.h"\n'
            self.assertEqual(len(self.faults_of(**{f"{room}__a_cc": wire})), 1, room)

    def test_http_is_spoken_by_the_coordinator_alone(self):
        include = "#include <curl/curl.h>\n"
        for room in ("base", "trust", "aggregation", "client__daemon", "client__trainer", "cli"):
            self.assertEqual(len(self.faults_of(**{f"{room}__a_cc": include})), 1, room)
        self.assertEqual(self.faults_of(coordinator__a_cc=include), [])

    def test_the_pure_room_has_no_files_and_no_clock(self):
        for header in ("base/file.h", "base/clock.h", "spdlog/spdlog.h"):
            self.assertEqual(len(self.faults_of(aggregation__a_cc=f'#include "{header}"\n')), 1, header)

    def test_secrets_that_repeat_stay_outside_the_product(self):
        include = '#include "base/seeded_entropy.h"\n'
        for file in ("base__hash_cc", "client__daemon__a_cc", "coordinator__a_cc", "cli__a_cc"):
            self.assertEqual(len(self.faults_of(**{file: include})), 1, file)
        self.assertEqual(self.faults_of(base__seeded_entropy_cc=include, tests__a_cc=include, bench__a_cc=include), [])

    def test_relative_includes_are_faults(self):
        self.assertEqual(len(self.faults_of(base__a_cc='#include "hash.h"\n', base__hash_h="\n")), 1)
        self.assertEqual(len(self.faults_of(base__a_cc='#include "../base/hash.h"\n')), 1)

    def test_a_source_outside_the_rooms_is_a_fault(self):
        self.assertEqual(len(self.faults_of(utils__a_h="\n")), 1)
        self.assertEqual(len(self.faults_of(client__a_h="\n")), 1)


if __name__ == "__main__":
    unittest.main()
