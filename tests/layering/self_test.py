#!/usr/bin/env python3
"""Plants each kind of broken promise in a small tree of its own and sees that check_layering names it."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
import check_layering

CLEAN = {
    "core/base/CMakeLists.txt": "pb_library(core_base LINKS spdlog::spdlog)\n",
    "core/base/id.h": "#pragma once\n#include <string>\n",
    "core/data/CMakeLists.txt": "pb_library(core_data\n  LINKS core_base  # comment (with brackets)\n  nlohmann_json::nlohmann_json)\n",
    "core/data/array.h": '#pragma once\n#include "core/base/id.h"\n',
    "core/tensor/CMakeLists.txt": "pb_library(core_tensor LINKS core_data torch)\n",
    "core/tensor/copy.h": '#pragma once\n#include <ATen/ATen.h>\n#include "core/base/id.h"\n',
    "core/store/CMakeLists.txt": "pb_library(core_store LINKS core_data SQLite::SQLite3)\n",
    "core/store/file.cpp": '#include <sqlite3.h>\nconst char* kRead = "SELECT id FROM runs";\n',
    "core/engine/CMakeLists.txt": "pb_library(core_engine LINKS core_tensor core_store)\n",
    "core/engine/engine.h": '#pragma once\n#include "core/data/array.h"\n',
    "core/engine/engine.cpp": '#include "core/engine/engine.h"\n#include <ATen/ATen.h>\n#include "core/tensor/copy.h"\n',
    "ui/bridge/CMakeLists.txt": "pb_library(ui_bridge QT LINKS core_engine Qt6::Core)\n",
    "ui/bridge/client.h": '#pragma once\n#include <QObject>\n#include "core/engine/engine.h"\n',
    "ui/widgets/CMakeLists.txt": "pb_library(ui_widgets QT LINKS core_data Qt6::Widgets)\n",
    "ui/widgets/theme_tokens.h": 'const char* kAccent = "#336699";\n',
    "ui/widgets/strip.cpp": "// like #336699 in the picture; select a token from the list\nint x = 0xff;\n",
    "ui/plots/CMakeLists.txt": "pb_library(ui_plots QT LINKS ui_widgets QCustomPlotQt6)\n",
    "ui/plots/plot.h": "#pragma once\n#include <qcustomplot.h>\n",
    "app/main.cpp": '#include "ui/bridge/client.h"\n#include "core/engine/engine.h"\nint main() {}\n',
    "tests/core/data/tst_array.cpp": '#include "core/data/array.h"\n',
}

# what is planted, and words of the sentence that must come of it
PLANTED = {
    "include outside the link list": ({"core/base/id.cpp": '#include "core/data/array.h"\n'}, "not in the link list of core/base"),
    "ui include in core": ({"core/data/array.cpp": '#include "ui/bridge/client.h"\n'}, "not in the link list of core/data"),
    "sideways include in ui": ({"ui/widgets/strip.h": '#include "ui/bridge/client.h"\n'}, "not in the link list of ui/widgets"),
    "include of app": ({"ui/bridge/client.cpp": '#include "app/main.h"\n'}, "nothing may include app"),
    "Qt class in core": ({"core/data/array.cpp": "#include <QString>\n"}, "core has no Qt"),
    "Qt module in core": ({"core/data/array.cpp": "#include <QtCore/qglobal.h>\n"}, "core has no Qt"),
    "ATen in ui": ({"ui/bridge/client.cpp": "#include <ATen/ATen.h>\n"}, "libtorch does not belong here"),
    "c10 in app": ({"app/run.cpp": "#include <c10/core/Scalar.h>\n"}, "libtorch does not belong here"),
    "ATen in the engine's header": ({"core/engine/job.h": "#include <ATen/ATen.h>\n"}, "libtorch does not belong here"),
    "torch.h outside train": ({"core/tensor/copy.cpp": "#include <torch/torch.h>\n"}, "belongs in core/train only"),
    "QCustomPlot outside plots": ({"ui/widgets/strip.h": "#include <qcustomplot.h>\n"}, "belongs in ui/plots only"),
    "SQLite outside store": ({"core/data/array.cpp": "#include <sqlite3.h>\n"}, "sqlite3.h, which belongs in core/store"),
    "SQL outside store": ({"ui/bridge/client.cpp": 'auto s = "INSERT INTO runs VALUES (1)";\n'}, "SQL belongs in core/store only"),
    "SQL over several lines": ({"app/run.cpp": 'auto s = R"(SELECT id,\n  name\nFROM runs)";\n'}, "SQL belongs in core/store only"),
    "plot and tensor in one file": (
        {"tests/ui/tst_both.cpp": "#include <qcustomplot.h>\n#include <ATen/ATen.h>\n"}, "QCustomPlot and libtorch in one file"),
    "a cycle of folders": ({"core/base/CMakeLists.txt": "pb_library(core_base LINKS core_data)\n"}, "folder cycle"),
    "Qt in a link list of core": (
        {"core/base/CMakeLists.txt": "pb_library(core_base LINKS Qt6::Core)\n"}, "core may not link Qt6::Core"),
    "widgets in a Qt Core folder": (
        {"ui/bridge/CMakeLists.txt": "pb_library(ui_bridge QT LINKS core_engine Qt6::Widgets)\n"}, "only Qt6::Core is allowed"),
    "QCustomPlot in another link list": (
        {"ui/widgets/CMakeLists.txt": "pb_library(ui_widgets QT LINKS core_data QCustomPlotQt6)\n"}, "belongs in ui/plots only"),
    "SQLite in another link list": (
        {"core/data/CMakeLists.txt": "pb_library(core_data LINKS core_base SQLite::SQLite3)\n"}, "SQLite belongs in core/store"),
    "a link to nothing": ({"core/base/CMakeLists.txt": "pb_library(core_base LINKS core_gone)\n"}, "which no folder defines"),
    "no link list": ({"core/new/thing.h": "#pragma once\n"}, "no pb_library with a link list"),
    "a long file": ({"core/data/array.cpp": "int x;\n" * 601}, "601 lines, more than 600"),
    "a folder without a noun": ({"core/data/utils/x.h": "#pragma once\n"}, "collects what has no home"),
    "a manager": ({"ui/bridge/manager/x.h": "#pragma once\n"}, "collects what has no home"),
    "a colour in a panel": ({"ui/widgets/strip.cpp": 'auto c = "#a1b2c3";\n'}, "a colour is written here"),
    "unfinished work": ({"app/run.cpp": "// TO" + "DO later\n"}, "unfinished work is marked"),
}


def sentences(files):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return list(check_layering.check(Path(folder).resolve()))


class Layering(unittest.TestCase):
    def test_a_clean_tree_passes(self):
        self.assertEqual(sentences(CLEAN), [])

    def test_every_planted_fault_is_named(self):
        for title, (files, expected) in PLANTED.items():
            with self.subTest(title):
                self.assertIn(expected, "\n".join(sentences(CLEAN | files)))


if __name__ == "__main__":
    unittest.main()
