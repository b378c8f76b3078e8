#include "core/data/host_array.h"

#include <cassert>
#include <cstring>
#include <utility>

namespace patchbay {

HostArray::HostArray(std::vector<std::int64_t> shape, std::vector<std::string> axes, std::string unit,
                     std::vector<float> values)
    : m_shape(std::move(shape)),
      m_axes(std::move(axes)),
      m_unit(std::move(unit)),
      m_values(std::make_shared<const std::vector<float>>(std::move(values))) {
  assert(m_axes.size() == m_shape.size());
  assert(checkShape(m_shape, size()).hasValue());
}

std::span<const float> HostArray::values() const {
  return m_values ? std::span<const float>(*m_values) : std::span<const float>();
}

float HostArray::at(std::int64_t i) const { return values()[static_cast<std::size_t>(i)]; }

float HostArray::at(std::int64_t i, std::int64_t j) const { return at(i * m_shape[1] + j); }

float HostArray::at(std::int64_t i, std::int64_t j, std::int64_t k) const {
  return at((i * m_shape[1] + j) * m_shape[2] + k);
}

std::span<const float> HostArray::row(std::int64_t i) const {
  const std::int64_t length = m_shape[0] > 0 ? size() / m_shape[0] : 0;
  return values().subspan(static_cast<std::size_t>(i * length), static_cast<std::size_t>(length));
}

std::span<const float> HostArray::row(std::int64_t i, std::int64_t j) const {
  const std::int64_t rows = m_shape[0] * m_shape[1];
  const std::int64_t length = rows > 0 ? size() / rows : 0;
  return values().subspan(static_cast<std::size_t>((i * m_shape[1] + j) * length), static_cast<std::size_t>(length));
}

bool HostArray::operator==(const HostArray& other) const {
  if (m_shape != other.m_shape || m_axes != other.m_axes || m_unit != other.m_unit || size() != other.size())
    return false;
  return m_values == other.m_values || isEmpty() ||
         std::memcmp(values().data(), other.values().data(), values().size_bytes()) == 0;
}

Outcome<Done> checkShape(std::span<const std::int64_t> shape, std::int64_t valueCount) {
  std::int64_t product = 1;
  for (const std::int64_t extent : shape) {
    if (extent < 0 || __builtin_mul_overflow(product, extent, &product)) {
      return Error{.code = "ARR-01",
                   .what = "an array has an impossible shape",
                   .file = {},
                   .field = "shape",
                   .found = std::to_string(extent),
                   .expected = "extents whose product fits",
                   .advice = {}};
    }
  }
  if (product != valueCount) {
    return Error{.code = "ARR-01",
                 .what = "an array's shape and length disagree",
                 .file = {},
                 .field = "shape",
                 .found = std::to_string(valueCount) + " values",
                 .expected = std::to_string(product),
                 .advice = {}};
  }
  return Done{};
}

}  // namespace patchbay
