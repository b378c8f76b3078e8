#include "app/cli/command.h"
#include "core/steering/vector_file.h"
#include "core/steering/vector_maker.h"

namespace patchbay::cli {
namespace {

struct VectorOptions {
  ModelOptions model;
  MakeVectorRequest request;
  std::string positiveFile, negativeFile, read = "last", out;
};

Exit make(VectorOptions& options) {
  if (const auto added = addLines(options.positiveFile, options.request.positives); !added) return fail(added);
  if (const auto added = addLines(options.negativeFile, options.request.negatives); !added) return fail(added);
  options.request.read = options.read == "mean" ? ReadPosition::MeanWithoutFirst : ReadPosition::LastToken;
  const auto model = options.model.load();
  if (!model) return fail(model);
  const auto vector = makeVector(**model, options.request, context());
  if (!vector) return fail(vector);
  const auto written = writeVector(options.out, *vector);
  if (!written) return fail(written);
  print({{"out", options.out}, {"name", vector->name}, {"layers", vector->layers()}, {"width", vector->width()}});
  return Exit::Done;
}

}  // namespace

void addVector(CLI::App& app, std::vector<Verb>& verbs) {
  const auto options = std::make_shared<VectorOptions>();
  CLI::App* verb = app.add_subcommand("vector", "steering vectors")
                       ->require_subcommand(1)
                       ->add_subcommand("make", "mean difference of two lists of texts");
  options->model.addTo(*verb);
  verb->add_option("--positive", options->request.positives, "a text; may be given several times");
  verb->add_option("--negative", options->request.negatives, "a text; may be given several times");
  verb->add_option("--positive-file", options->positiveFile, "one text a line");
  verb->add_option("--negative-file", options->negativeFile, "one text a line");
  verb->add_option("--read", options->read, "last token, or mean over all but token 0")
      ->check(CLI::IsMember({"last", "mean"}))
      ->capture_default_str();
  verb->add_option("--name", options->request.name, "name of the vector");
  verb->add_option("--out", options->out, "X.safetensors")->required();
  verbs.push_back({verb, [options] { return make(*options); }});
}

}  // namespace patchbay::cli
