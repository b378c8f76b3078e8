#!/usr/bin/env python3
"""Checks that the folders keep their promises: link lists, outside libraries, file lengths, names.

    check_layering.py ROOT

Prints one line for each broken promise and exits with 1 if there is any. The link list of a folder is the LINKS of its
`pb_library(...)`; an include of another folder must be in the folder's own or transitive list.
"""

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

PROGRAM = ("core", "ui", "app", "plugins")
CHECKED = (*PROGRAM, "tests")
LONGEST_FILE = 600
FORBIDDEN_FOLDERS = {"utils", "util", "common", "helpers", "helper", "manager", "managers"}

TORCH_FOLDERS = {f"core/{name}" for name in "tensor model train analysis steering decoder iml plugin".split()}
TORCH_CPP_FOLDERS = {"core/engine"}
QT_CORE_ONLY = {"ui/bridge", "ui/state", "ui/models"}
# The files that may name colours: the tokens of the look, and the colour maps.
COLOUR_FILES = re.compile(r"^ui/(widgets/theme\w*|plots/colour_maps)\.(h|cpp)$")

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)
QT_INCLUDE = re.compile(r"^(Q[A-Z]\w*|Qt\w*/.+)$")
TORCH_INCLUDE = re.compile(r"^(torch|ATen|c10|caffe2)/")
SQL = re.compile(r"\b(SELECT\s[^;]{1,300}?\sFROM|INSERT\s+INTO|DELETE\s+FROM|CREATE\s+TABLE|UPDATE\s+\w+\s+SET|PRAGMA\s+\w+)\b")
COLOUR = re.compile(r"#[0-9a-fA-F]{6}\b")
UNFINISHED = re.compile(r"\b(TODO|FIXME)\b")
LIBRARY = re.compile(r"pb_library\s*\(\s*(\w+)([^)]*)\)")
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)


@dataclass
class Library:
    name: str
    folder: str
    links: list[str]
    reach: set[str] = field(default_factory=set)


def read_libraries(root):
    """Every pb_library of the tree by name, without its comments."""
    libraries = {}
    for top in PROGRAM:
        for file in sorted((root / top).rglob("CMakeLists.txt")):
            text = re.sub(r"#[^\n]*", "", file.read_text(encoding="utf-8"))
            for name, arguments in LIBRARY.findall(text):
                words = arguments.split()
                links = words[words.index("LINKS") + 1 :] if "LINKS" in words else []
                libraries[name] = Library(name, file.parent.relative_to(root).as_posix(), links)
    return libraries


def find_cycle(libraries):
    """A list of library names that leads back to its first, or None."""
    done, path = set(), []

    def visit(name):
        if name in path:
            return path[path.index(name) :] + [name]
        if name in done or name not in libraries:
            return None
        path.append(name)
        for link in libraries[name].links:
            if found := visit(link):
                return found
        path.pop()
        done.add(name)
        return None

    return next((cycle for name in libraries if (cycle := visit(name))), None)


def fill_reach(libraries):
    for library in libraries.values():
        waiting = [library.name]
        while waiting:
            name = waiting.pop()
            if name in libraries and libraries[name].folder not in library.reach:
                library.reach.add(libraries[name].folder)
                waiting += libraries[name].links


def check_links(libraries):
    for library in libraries.values():
        for link in library.links:
            if library.folder.startswith("core/") and link.startswith(("Qt6::", "ui_", "QCustomPlot")):
                yield f"{library.folder}/CMakeLists.txt: core may not link {link}"
            if library.folder in QT_CORE_ONLY and link.startswith("Qt6::") and link != "Qt6::Core":
                yield f"{library.folder}/CMakeLists.txt: only Qt6::Core is allowed here, not {link}"
            if link.startswith("QCustomPlot") and library.folder != "ui/plots":
                yield f"{library.folder}/CMakeLists.txt: QCustomPlot belongs in ui/plots only"
            if link.startswith("SQLite") and library.folder != "core/store":
                yield f"{library.folder}/CMakeLists.txt: SQLite belongs in core/store only"
            if link.startswith(("core_", "ui_")) and link not in libraries:
                yield f"{library.folder}/CMakeLists.txt: links {link}, which no folder defines"
    if cycle := find_cycle(libraries):
        yield "folder cycle: " + " -> ".join(cycle)


def owner_of(path, folders):
    """The innermost library folder that holds this path, or an empty string."""
    return max((folder for folder in folders if path.startswith(folder + "/")), key=len, default="")


def check_include(name, include, folder, reach, folders):
    """What is wrong with one include of one program file: zero or more sentences."""
    is_cpp = name.endswith(".cpp")
    if include.startswith(("core/", "ui/", "plugins/")) and folder:
        wanted = owner_of(include, folders)
        if wanted not in reach:
            yield f"includes {include}, which is not in the link list of {folder}"
    elif include.startswith("app/") and not name.startswith("app/"):
        yield f"includes {include}; nothing may include app"
    if name.startswith("core/") and QT_INCLUDE.match(include):
        yield f"includes {include}; core has no Qt"
    if include == "torch/torch.h" and folder != "core/train":
        yield "includes torch/torch.h, which belongs in core/train only"
    elif TORCH_INCLUDE.match(include) and folder not in TORCH_FOLDERS and not (folder in TORCH_CPP_FOLDERS and is_cpp):
        yield f"includes {include}; libtorch does not belong here"
    if include == "qcustomplot.h" and folder != "ui/plots":
        yield "includes qcustomplot.h, which belongs in ui/plots only"
    if include == "sqlite3.h" and folder != "core/store":
        yield "includes sqlite3.h, which belongs in core/store only"


def check_file(root, file, libraries):
    name = file.relative_to(root).as_posix()
    text = file.read_text(encoding="utf-8", errors="replace")
    includes = INCLUDE.findall(text)
    if (lines := text.count("\n")) > LONGEST_FILE:
        yield f"{name}: {lines} lines, more than {LONGEST_FILE}"
    if "qcustomplot.h" in includes and any(TORCH_INCLUDE.match(include) for include in includes):
        yield f"{name}: QCustomPlot and libtorch in one file"
    if UNFINISHED.search(text):
        yield f"{name}: unfinished work is marked in the source"
    if not name.startswith(PROGRAM):
        return
    by_folder = {library.folder: library for library in libraries.values()}
    folder = owner_of(name, by_folder)
    if not folder and name.startswith(("core/", "ui/")):
        yield f"{name}: its folder has no pb_library with a link list"
    reach = by_folder[folder].reach if folder else set()
    for include in includes:
        for sentence in check_include(name, include, folder, reach, by_folder):
            yield f"{name}: {sentence}"
    code = COMMENT.sub("", text)
    if folder != "core/store" and SQL.search(code):
        yield f"{name}: SQL belongs in core/store only"
    if name.startswith("ui/") and COLOUR.search(code) and not COLOUR_FILES.match(name):
        yield f"{name}: a colour is written here; colours belong to the theme and the colour maps"


def check(root):
    """Every broken promise of the tree, one sentence each."""
    libraries = read_libraries(root)
    fill_reach(libraries)
    yield from check_links(libraries)
    for top in CHECKED:
        for path in sorted((root / top).rglob("*")):
            if path.is_dir() and path.name.lower() in FORBIDDEN_FOLDERS:
                yield f"{path.relative_to(root).as_posix()}: a folder of this name collects what has no home"
            elif path.suffix in (".cpp", ".h"):
                yield from check_file(root, path, libraries)


def main():
    root = Path(sys.argv[1]).resolve()
    broken = list(check(root))
    for sentence in broken:
        print(sentence)
    print(f"{len(broken)} broken promises")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
