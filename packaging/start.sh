#!/usr/bin/env bash
# Installs what is missing, builds Patchbay and opens it on the default model. Safe to run again.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

usage() {
  cat <<'TEXT'
usage: bash packaging/start.sh [--developer] [--libtorch DIR]
  Installs the missing Debian packages (with sudo where not root), torch and the default model in .venv, builds in
  build/release and opens the window. Without a display it walks the main job by itself and leaves pictures.
  --developer      also installs clang-format and clang-tidy
  --libtorch DIR   uses the libtorch (2.6 or newer) in DIR instead of installing torch
TEXT
}

open_window() {
  say "opening Patchbay"
  exec "$ROOT/build/release/bin/patchbay" "$PATCHBAY_DEFAULT_MODEL"
}

walk_offscreen() {
  local folder="$ROOT/build/tour"
  say "no display: walking the main job offscreen"
  mkdir -p "$folder"
  QT_QPA_PLATFORM=offscreen "$ROOT/build/release/bin/patchbay" "$PATCHBAY_DEFAULT_MODEL" --tour "$folder"
  say "pictures and session of the tour:"
  find "$folder" -maxdepth 1 -type f \( -name '*.png' -o -name '*.patchbay' \) | sort
}

read_options "$@"
# Qt talks to Wayland through a package of its own; under X it is not needed.
if [ -n "${WAYLAND_DISPLAY:-}" ] && [ -z "${DISPLAY:-}" ]; then PACKAGES+=(qt6-wayland); fi
set_up
say "building (the first time takes some minutes)"
build_preset release "-DCMAKE_PREFIX_PATH=$TORCH_PREFIX" -DPATCHBAY_WARNINGS_AS_ERRORS=OFF
if [ -n "${DISPLAY:-}" ] || [ -n "${WAYLAND_DISPLAY:-}" ]; then
  open_window
else
  walk_offscreen
fi
