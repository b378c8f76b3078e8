#include "core/checkpoint/safetensors_sax.h"

#include "core/checkpoint/refusal.h"

namespace patchbay {
namespace {

constexpr std::size_t kMostTensors = 262'144;
constexpr std::size_t kLongestName = 1'024;
constexpr std::size_t kMostDimensions = 4;

}  // namespace

std::string SafetensorsSax::fieldName() const {
  if (m_level == Level::Outside) return "header";
  if (m_level == Level::Metadata) return "__metadata__";
  if (m_name.empty()) return "header";
  return (m_field.empty() ? "" : shown(m_field) + " of ") + "tensor " + shown(m_name);
}

void SafetensorsSax::refuse(const char* code, const char* what, std::string found, std::string expected) const {
  throw Refusal{{.code = code,
                 .what = what,
                 .file = m_file,
                 .field = fieldName(),
                 .found = std::move(found),
                 .expected = std::move(expected),
                 .advice = "The file is damaged; fetch it again."}};
}

void SafetensorsSax::refuseValue(std::string found) const {
  const char* expected = "an object of tensors";
  if (m_level == Level::Names) expected = "an object with dtype, shape and data_offsets";
  if (m_level == Level::Fields) expected = m_field == "dtype" ? "the name of a type" : "a list of whole numbers from 0";
  if (m_level == Level::Numbers) expected = "a whole number from 0";
  if (m_level == Level::Metadata) expected = "texts only";
  refuse("ST-04", "the header has a value of the wrong kind", std::move(found), expected);
}

bool SafetensorsSax::null() { refuseValue("null"); }
bool SafetensorsSax::boolean(bool value) { refuseValue(value ? "true" : "false"); }
bool SafetensorsSax::number_integer(number_integer_t value) { refuseValue(std::to_string(value)); }
bool SafetensorsSax::number_float(number_float_t, const string_t& text) { refuseValue(shown(text)); }
bool SafetensorsSax::binary(binary_t&) { refuseValue("bytes"); }

bool SafetensorsSax::number_unsigned(number_unsigned_t value) {
  if (m_level != Level::Numbers) refuseValue(std::to_string(value));
  SafetensorsEntry& entry = entries.back();
  const bool isShape = m_field == "shape";
  auto& numbers = isShape ? entry.shape : entry.offsets;
  if (isShape && numbers.size() == kMostDimensions)
    refuse("ST-07", "a tensor has too many dimensions", "more than 4", "at most 4");
  if (!isShape && numbers.size() == 2) refuse("ST-04", "a tensor has too many offsets", "more than 2", "begin and end");
  numbers.push_back(value);
  return true;
}

bool SafetensorsSax::string(string_t& value) {
  if (m_level == Level::Metadata) return true;
  if (m_level != Level::Fields || m_field != "dtype") refuseValue("the text " + shown(value));
  entries.back().dtype = value;
  return true;
}

bool SafetensorsSax::start_object(std::size_t) {
  if (m_level == Level::Outside) {
    m_level = Level::Names;
  } else if (m_level == Level::Names && m_name == "__metadata__") {
    m_level = Level::Metadata;
  } else if (m_level == Level::Names) {
    m_level = Level::Fields;
    m_fields.clear();
    if (entries.size() == kMostTensors)
      refuse("ST-04", "there are too many tensors", {}, "at most " + std::to_string(kMostTensors));
    entries.push_back({.name = m_name, .dtype = {}, .shape = {}, .offsets = {}, .hasShape = false});
  } else {
    refuseValue("an object");
  }
  return true;
}

bool SafetensorsSax::key(string_t& name) {
  if (m_level == Level::Metadata) return true;
  if (m_level == Level::Names) {
    m_name = name;
    m_field.clear();
    if (name.empty() || name.size() > kLongestName)
      refuse("ST-04", "a tensor has no usable name", shown(name), "1 to 1024 bytes");
    if (!m_names.insert(name).second) refuse("ST-05", "a tensor appears twice", {}, "each name once");
    return true;
  }
  m_field = name;
  const bool isKnown = name == "dtype" || name == "shape" || name == "data_offsets";
  if (!isKnown) refuse("ST-04", "a tensor has an unknown field", shown(name), "dtype, shape and data_offsets");
  if (!m_fields.insert(name).second) refuse("ST-05", "a field appears twice", {}, "each field once");
  return true;
}

void SafetensorsSax::refuseIncomplete() const {
  const SafetensorsEntry& entry = entries.back();
  const char* missing = entry.offsets.size() != 2 ? "data_offsets"
                        : !entry.hasShape         ? "shape"
                        : entry.dtype.empty()     ? "dtype"
                                                  : nullptr;
  if (missing == nullptr) return;
  throw Refusal{{.code = "ST-04",
                 .what = "a tensor is not described in full",
                 .file = m_file,
                 .field = std::string(missing) + " of tensor " + shown(m_name),
                 .found = "missing or incomplete",
                 .expected = "dtype, shape and data_offsets with begin and end",
                 .advice = "The file is damaged; fetch it again."}};
}

bool SafetensorsSax::end_object() {
  if (m_level == Level::Fields) refuseIncomplete();
  m_field.clear();
  m_level = m_level == Level::Names ? Level::Outside : Level::Names;
  return true;
}

bool SafetensorsSax::start_array(std::size_t) {
  if (m_level != Level::Fields || m_field == "dtype") refuseValue("a list");
  m_level = Level::Numbers;
  if (m_field == "shape") entries.back().hasShape = true;
  return true;
}

bool SafetensorsSax::end_array() {
  m_level = Level::Fields;
  return true;
}

bool SafetensorsSax::parse_error(std::size_t position, const std::string&, const Json::exception&) {
  throw Refusal{{.code = "ST-03",
                 .what = "the header is not JSON",
                 .file = m_file,
                 .field = "header",
                 .found = "a mistake at byte " + std::to_string(position) + " of the header",
                 .expected = "a JSON object",
                 .advice = "The file is damaged; fetch it again."}};
}

}  // namespace patchbay
