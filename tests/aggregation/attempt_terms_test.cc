#include "aggregation/programs/attempt_terms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "aggregation/secure/graph/graph_parameters.h"
#include "base/hash.h"
#include "proto/validation/job_validation.h"
#include "tests/aggregation/example_jobs.h"

namespace accord {
namespace {

constexpr uint32_t kSites = 300;

v1::JobSpec SparseDrill() {
  v1::JobSpec spec = testing_jobs::Drill();
  spec.mutable_aggregation()->mutable_secure_sum()->set_graph(v1::SecureSum::SPARSE);
  ApplyDefaults(spec);
  return spec;
}

secure::AttemptTerms TermsOf(const v1::JobSpec& spec, v1::StepKind kind = v1::STEP_TRAIN,
                             const std::string& model = "model") {
  PlannedAttempt planned;
  planned.job_id = "job-1";
  planned.job_sha256 = Sha256Hex("job");
  planned.kind = kind;
  planned.attempt = planned.epoch = 1;
  planned.cohort_size = planned.encoding_sites = kSites;
  planned.num_parameters = 10;
  planned.model_digest = Sha256Hex(model);
  const absl::StatusOr<secure::AttemptTerms> terms = AttemptTermsOf(spec, planned);
  EXPECT_TRUE(terms.ok()) << terms.status();
  return terms.value_or(secure::AttemptTerms());
}

TEST(AttemptTerms, HaveTheHeadOfTheLogThatThePlanNames) {
  PlannedAttempt planned;
  planned.job_id = "job-1";
  planned.job_sha256 = Sha256Hex("job");
  planned.kind = v1::STEP_TRAIN;
  planned.attempt = planned.epoch = 1;
  planned.cohort_size = planned.encoding_sites = 3;
  planned.num_parameters = 10;
  planned.model_digest = Sha256Hex("model");
  EXPECT_EQ(AttemptTermsOf(testing_jobs::Drill(), planned)->log_head, "");
  planned.log_head = "the head's bytes";
  EXPECT_EQ(AttemptTermsOf(testing_jobs::Drill(), planned)->log_head, "the head's bytes");
}

TEST(AttemptTerms, TakeTheSharesOfASparseGraphFromTheJob) {
  const secure::AttemptTerms usual = TermsOf(SparseDrill());
  EXPECT_TRUE(usual.graph.sparse);
  EXPECT_EQ(usual.graph.max_missing, 15u) << "a twentieth";
  v1::JobSpec spec = SparseDrill();
  spec.mutable_aggregation()->mutable_secure_sum()->set_dropout_fraction(.1);
  EXPECT_EQ(TermsOf(spec).graph.max_missing, 30u);
}

TEST(AttemptTerms, ShareOfNobodyIsWhatWasWritten) {
  v1::JobSpec spec = SparseDrill();
  spec.mutable_aggregation()->mutable_secure_sum()->set_dropout_fraction(0);
  spec.mutable_aggregation()->mutable_secure_sum()->set_corrupt_fraction(0);
  const secure::GraphTerms graph = TermsOf(spec).graph;
  EXPECT_EQ(graph.max_missing, 0u);
  EXPECT_LT(graph.degree, TermsOf(SparseDrill()).graph.degree);
}

// Agree refuses a graph that the colluding organisations could open.
TEST(AttemptTerms, SparseGraphWithstandsTheCollaboratorsThoughTheirShareRoundsToNobody) {
  for (const double fraction : {0., .003}) {
    v1::JobSpec spec = SparseDrill();
    spec.mutable_aggregation()->mutable_secure_sum()->set_corrupt_fraction(fraction);
    spec.mutable_aggregation()->mutable_secure_sum()->set_colluding_organisations(2);
    const secure::GraphTerms graph = TermsOf(spec).graph;
    EXPECT_TRUE(
        secure::CheckGraphParameters({kSites, 2, graph.max_missing}, {graph.degree, graph.share_threshold}).ok());
  }
}

TEST(AttemptTerms, CollaboratorsAreAsTheJobDeclaresThem) {
  v1::JobSpec spec = testing_jobs::Drill();
  ApplyDefaults(spec);
  EXPECT_EQ(ColludingOrganisationsOf(spec), 1u);
  spec.mutable_aggregation()->mutable_secure_sum()->set_colluding_organisations(7);
  EXPECT_EQ(ColludingOrganisationsOf(spec), 7u);
  spec.mutable_aggregation()->mutable_secure_sum()->set_two_sites(true);
  EXPECT_EQ(ColludingOrganisationsOf(spec), 0u);
}

// Two jobs that differ in their seed add up the same columns.
TEST(AttemptTerms, ModelIsNoPartOfASumThatIsTheSameForEveryModel) {
  v1::JobSpec spec = testing_jobs::Binary();
  ApplyDefaults(spec);
  EXPECT_EQ(TermsOf(spec, v1::STEP_STANDARDISE), TermsOf(spec, v1::STEP_STANDARDISE, "another model"));
  for (const v1::StepKind kind : {v1::STEP_TRAIN, v1::STEP_EVALUATE}) {
    EXPECT_NE(TermsOf(spec, kind).model_digest, TermsOf(spec, kind, "another model").model_digest);
  }
}

}  // namespace
}  // namespace accord
