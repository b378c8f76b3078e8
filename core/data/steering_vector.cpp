#include "core/data/steering_vector.h"

#include <cmath>

#include "core/data/results.h"

namespace patchbay {

double SteeringVector::norm(int layer) const {
  double sum = 0;
  for (const float value : rows.row(layer)) sum += static_cast<double>(value) * static_cast<double>(value);
  return std::sqrt(sum);
}

std::vector<double> SteeringVector::norms() const {
  std::vector<double> norms;
  for (int layer = 0; layer < layers(); ++layer) norms.push_back(norm(layer));
  return norms;
}

ResultDocument SteeringVector::toDocument() const {
  return {.body = {{"name", name},
                   {"model", model},
                   {"method", method},
                   {"site", std::string(factOf(site).name)},
                   {"read", read},
                   {"positives", positives},
                   {"negatives", negatives}},
          .arrays = {{"rows", rows}, {"meanNorms", meanNorms}}};
}

Outcome<SteeringVector> SteeringVector::fromDocument(const ResultDocument& document) {
  SteeringVector vector;
  try {
    document.body.at("name").get_to(vector.name);
    document.body.at("model").get_to(vector.model);
    document.body.at("method").get_to(vector.method);
    document.body.at("read").get_to(vector.read);
    document.body.at("positives").get_to(vector.positives);
    document.body.at("negatives").get_to(vector.negatives);
    vector.site = siteByName(document.body.at("site").get<std::string>()).value_or(Site::ResidPost);
  } catch (const Json::exception& failure) {
    return Error{.code = "JSON-04",
                 .what = "a field of the vector has the wrong type",
                 .file = {},
                 .field = {},
                 .found = failure.what(),
                 .expected = {},
                 .advice = {}};
  }
  const auto rows = document.arrays.find("rows");
  const auto norms = document.arrays.find("meanNorms");
  if (rows == document.arrays.end() || norms == document.arrays.end()) {
    return Error{.code = "RUN-02",
                 .what = "the vector's numbers are missing",
                 .file = {},
                 .field = "rows",
                 .found = {},
                 .expected = {},
                 .advice = "Make the vector again."};
  }
  vector.rows = rows->second;
  vector.meanNorms = norms->second;
  return vector;
}

}  // namespace patchbay
