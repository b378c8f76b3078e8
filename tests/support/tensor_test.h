#pragma once

// Precompiled for the test programs that use ATen. Files include what they use all the same.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include <QtTest>

#include "core/tensor/aten.h"
