#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/outcome.h"

namespace patchbay {

/// An immutable float32 array with named axes: the form in which numbers leave the engine.
///
/// Copying shares the values. Row-major, last axis fastest. NaN means "not computed".
/// Thread   any; immutable.
class HostArray {
public:
  HostArray() = default;
  /// `values.size()` must be the product of `shape`, `axes` has one name an axis ("layer", "token", "width").
  HostArray(std::vector<std::int64_t> shape, std::vector<std::string> axes, std::string unit,
            std::vector<float> values);

  [[nodiscard]] const std::vector<std::int64_t>& shape() const { return m_shape; }
  [[nodiscard]] const std::vector<std::string>& axes() const { return m_axes; }
  [[nodiscard]] const std::string& unit() const { return m_unit; }
  [[nodiscard]] std::span<const float> values() const;
  [[nodiscard]] std::int64_t size() const { return m_values ? static_cast<std::int64_t>(m_values->size()) : 0; }
  [[nodiscard]] bool isEmpty() const { return size() == 0; }
  /// Length of one axis; 0 beyond the last.
  [[nodiscard]] std::int64_t extent(std::size_t axis) const { return axis < m_shape.size() ? m_shape[axis] : 0; }

  [[nodiscard]] float at(std::int64_t i) const;
  [[nodiscard]] float at(std::int64_t i, std::int64_t j) const;
  [[nodiscard]] float at(std::int64_t i, std::int64_t j, std::int64_t k) const;
  /// The values of `[i, ...]`, one block of the first axis.
  [[nodiscard]] std::span<const float> row(std::int64_t i) const;
  /// The values of `[i, j, ...]`.
  [[nodiscard]] std::span<const float> row(std::int64_t i, std::int64_t j) const;

  /// Equal shape, axes, unit and bit-equal values.
  bool operator==(const HostArray& other) const;

private:
  std::vector<std::int64_t> m_shape;
  std::vector<std::string> m_axes;
  std::string m_unit;
  std::shared_ptr<const std::vector<float>> m_values;
};

/// Checks a shape from outside before it is used.
/// Errors   ARR-01 when an extent is negative, the product overflows, or it is not `valueCount`.
[[nodiscard]] Outcome<Done> checkShape(std::span<const std::int64_t> shape, std::int64_t valueCount);

}  // namespace patchbay
