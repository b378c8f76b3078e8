#include "tests/support/turned_twin.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

namespace patchbay::tests {
namespace {

std::vector<float> floatsOf(const PlainTensor& tensor) {
  std::vector<float> values(tensor.bytes.size() / sizeof(float));
  std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
  return values;
}

void setFloats(PlainTensor& tensor, const std::vector<float>& values) {
  std::memcpy(tensor.bytes.data(), values.data(), tensor.bytes.size());
}

/// values [rows, columns] times the rotation, from the right.
void turnColumns(PlainTensor& tensor, const Matrix& turn) {
  std::vector<float> values = floatsOf(tensor);
  const std::size_t width = turn.size();
  for (std::size_t row = 0; row < values.size() / width; ++row) {
    std::vector<double> turned(width, 0);
    for (std::size_t i = 0; i < width; ++i)
      for (std::size_t j = 0; j < width; ++j) turned[j] += static_cast<double>(values[row * width + i]) * turn[i][j];
    for (std::size_t j = 0; j < width; ++j) values[row * width + j] = static_cast<float>(turned[j]);
  }
  setFloats(tensor, values);
}

/// The rotation's transpose times values [width, columns]: what writes into the stream writes into the turned one.
void turnRows(PlainTensor& tensor, const Matrix& turn) {
  const std::vector<float> old = floatsOf(tensor);
  std::vector<float> values = old;
  const std::size_t width = turn.size(), columns = values.size() / width;
  for (std::size_t j = 0; j < width; ++j) {
    for (std::size_t c = 0; c < columns; ++c) {
      double sum = 0;
      for (std::size_t i = 0; i < width; ++i) sum += turn[i][j] * static_cast<double>(old[i * columns + c]);
      values[j * columns + c] = static_cast<float>(sum);
    }
  }
  setFloats(tensor, values);
}

/// Puts the weights of a norm into the matrices that read from it; RMS norms without weights do not see a rotation.
void foldNorm(PlainTensor& norm, std::initializer_list<PlainTensor*> readers) {
  std::vector<float> scale = floatsOf(norm);
  for (PlainTensor* reader : readers) {
    std::vector<float> values = floatsOf(*reader);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] *= scale[i % scale.size()];
    setFloats(*reader, values);
  }
  std::ranges::fill(scale, 1.0F);
  setFloats(norm, scale);
}

}  // namespace

Matrix randomRotation(int width, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  const auto size = static_cast<std::size_t>(width);
  Matrix rows(size, std::vector<double>(size));
  for (std::size_t i = 0; i < size; ++i) {
    std::ranges::generate(rows[i], [&] { return normal(random); });
    const auto along = [&](const std::vector<double>& other) {
      double sum = 0;
      for (std::size_t j = 0; j < size; ++j) sum += rows[i][j] * other[j];
      return sum;
    };
    // Twice: once leaves what rounding left.
    for (int pass = 0; pass < 2; ++pass) {
      for (std::size_t before = 0; before < i; ++before) {
        const double share = along(rows[before]);
        for (std::size_t j = 0; j < size; ++j) rows[i][j] -= share * rows[before][j];
      }
    }
    const double norm = std::sqrt(along(rows[i]));
    for (double& value : rows[i]) value /= norm;
  }
  return rows;
}

TinyModel turnedTwin(TinyModel model, const Matrix& turn) {
  for (int layer = 0; layer < 2; ++layer) {
    const std::string block = "model.layers." + std::to_string(layer) + ".";
    const auto part = [&](const char* name) -> PlainTensor& { return model.tensor(block + name); };
    foldNorm(part("input_layernorm.weight"),
             {&part("self_attn.q_proj.weight"), &part("self_attn.k_proj.weight"), &part("self_attn.v_proj.weight")});
    foldNorm(part("post_attention_layernorm.weight"), {&part("mlp.gate_proj.weight"), &part("mlp.up_proj.weight")});
    for (const char* reader : {"self_attn.q_proj.weight", "self_attn.k_proj.weight", "self_attn.v_proj.weight",
                               "mlp.gate_proj.weight", "mlp.up_proj.weight"})
      turnColumns(part(reader), turn);
    for (const char* writer : {"self_attn.o_proj.weight", "mlp.down_proj.weight"}) turnRows(part(writer), turn);
  }
  foldNorm(model.tensor("model.norm.weight"), {&model.tensor("lm_head.weight")});
  turnColumns(model.tensor("lm_head.weight"), turn);
  turnColumns(model.tensor("model.embed_tokens.weight"), turn);
  return model;
}

}  // namespace patchbay::tests
