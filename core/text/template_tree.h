#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/text/template_value.h"

namespace patchbay::chat {

/// Something with a value.
struct Expression {
  enum class Kind {
    Literal,    ///< value
    Variable,   ///< name
    List,       ///< parts
    Dict,       ///< parts: key, value, key, value
    Attribute,  ///< parts[0].name
    Item,       ///< parts[0][parts[1]]
    Slice,      ///< parts[0][parts[1]:parts[2]:parts[3]]; a missing bound is null
    Call,       ///< parts[0](parts[1..]); names[i] is the name of argument i or empty
    Filter,     ///< parts[0] | name(parts[1..])
    Test,       ///< parts[0] is name(parts[1..]); isNegated for "is not"
    Not,
    Negate,
    Plus,
    And,
    Or,
    Compare,      ///< parts[0] names[0] parts[1] names[1] parts[2] ...
    Binary,       ///< parts[0] name parts[1]
    Conditional,  ///< parts[0] if parts[1] else parts[2]; parts[2] may be null
  };
  Kind kind = Kind::Literal;
  int line = 0;
  int depth = 1;
  std::string name;
  Value value;
  bool isNegated = false;
  std::vector<std::unique_ptr<Expression>> parts;
  std::vector<std::string> names;
};
using ExpressionPtr = std::unique_ptr<Expression>;

struct Statement;
using Body = std::vector<std::unique_ptr<Statement>>;

/// Something that writes text or changes a name.
struct Statement {
  enum class Kind {
    Text,    ///< text
    Output,  ///< expressions[0]
    If,      ///< expressions[i] guards bodies[i]; one more body is the else
    For,     ///< names in expressions[0] if expressions[1] (may be null): bodies[0], else bodies[1]
    Set,     ///< names[0] (and attribute names[1] of a namespace) = expressions[0], or of the printed bodies[0]
    Macro,   ///< text is its name, names its parameters, expressions their defaults (null when none)
    Group,   ///< bodies[0] as it stands: the generation tag
    Break,
    Continue,
  };
  Kind kind = Kind::Text;
  int line = 0;
  std::string text;
  std::vector<std::string> names;
  std::vector<ExpressionPtr> expressions;
  std::vector<Body> bodies;
};

/// A template that was read.
struct Program {
  std::string file;
  Body body;
};

}  // namespace patchbay::chat
