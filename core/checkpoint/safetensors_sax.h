#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "core/checkpoint/safetensors_entry.h"
#include "core/data/json.h"

namespace patchbay {

/// Takes the header of a .safetensors file apart while it is parsed, so that a hostile one of 100 MB never becomes
/// a document in memory and a name that appears twice is seen.
/// Errors   throws Refusal ST-03 not JSON, ST-04 not the structure of a header, ST-05 a name twice, ST-07 too many
/// dimensions.
class SafetensorsSax : public nlohmann::json_sax<Json> {
public:
  explicit SafetensorsSax(std::string file) : m_file(std::move(file)) {}

  bool null() override;
  bool boolean(bool value) override;
  bool number_integer(number_integer_t value) override;
  bool number_unsigned(number_unsigned_t value) override;
  bool number_float(number_float_t value, const string_t& text) override;
  bool string(string_t& value) override;
  bool binary(binary_t& value) override;
  bool start_object(std::size_t size) override;
  bool key(string_t& name) override;
  bool end_object() override;
  bool start_array(std::size_t size) override;
  bool end_array() override;
  bool parse_error(std::size_t position, const std::string& token, const Json::exception& failure) override;

  /// In the order of the header.
  std::vector<SafetensorsEntry> entries;

private:
  enum class Level { Outside, Names, Fields, Numbers, Metadata };

  [[noreturn]] void refuse(const char* code, const char* what, std::string found, std::string expected) const;
  [[noreturn]] void refuseValue(std::string found) const;
  void refuseIncomplete() const;
  [[nodiscard]] std::string fieldName() const;

  std::string m_file;
  Level m_level = Level::Outside;
  std::string m_name;   ///< of the tensor being read
  std::string m_field;  ///< of its fields
  std::unordered_set<std::string> m_names;
  std::unordered_set<std::string> m_fields;
};

}  // namespace patchbay
