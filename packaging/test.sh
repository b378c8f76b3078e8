#!/usr/bin/env bash
# Installs what is missing, builds with warnings as errors, and runs every test; then the sanitizer builds.
# Closes with one line "N passed, N failed". Safe to run again.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

usage() {
  cat <<'TEXT'
usage: bash packaging/test.sh [--developer] [--libtorch DIR]
  Installs the missing Debian packages (with sudo where not root), torch, the default model, and transformers for the
  tests of notebooks in .venv, builds in
  build/release, build/dev and build/tsan and runs all tests.
  --developer      also installs clang-format and clang-tidy
  --libtorch DIR   uses the libtorch (2.6 or newer) in DIR instead of installing torch
TEXT
}

passed=0
failed=0
# What runs under the thread sanitizer; nothing else is built with it.
threaded=(tst_job_queue tst_job_context tst_session_writer tst_write_lock)

# run_tests FOLDER TITLE [ctest arguments]: runs ctest in a build folder and adds its counts.
run_tests() {
  local folder="$1" title="$2" log status=0
  shift 2
  log="$(mktemp)"
  say "$title"
  # States that another version computed are no states of this one.
  rm -rf "$folder/test-cache"
  # Debian's kernel spreads addresses wider than the thread sanitizer of g++ 12 expects.
  local fixed_addresses=()
  if setarch "$(uname -m)" -R true 2>/dev/null; then fixed_addresses=(setarch "$(uname -m)" -R); fi
  "${fixed_addresses[@]}" ctest --test-dir "$folder" --output-on-failure "$@" 2>&1 | tee "$log" || status=$?
  local summary bad=0 all=0
  summary="$(sed -n 's/^[0-9]*% tests passed, \([0-9]*\) tests failed out of \([0-9]*\)$/\1 \2/p' "$log")"
  rm -f "$log"
  [ -z "$summary" ] || read -r bad all <<<"$summary"
  # A ctest that failed without counting anything has failed once.
  if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1 all=$((all + 1)); fi
  passed=$((passed + all - bad))
  failed=$((failed + bad))
}

# build_and PRESET TITLE [CMake arguments]: true when it built; a build that fails counts as one failed test.
build_and() {
  local preset="$1" title="$2"
  shift 2
  say "building: $title"
  if build_preset "$preset" "$@"; then return 0; fi
  printf 'error: %s did not build\n' "$title" >&2
  failed=$((failed + 1))
  return 1
}

read_options "$@"
PACKAGES+=(xvfb)
set_up
export QT_QPA_PLATFORM=offscreen
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
# Debian's Qt is not instrumented: what it does inside itself is not looked at.
export TSAN_OPTIONS=ignore_noninstrumented_modules=1:halt_on_error=1

# Exported notebooks are run with what they ask for.
notebook=()
if [ -z "$LIBTORCH" ]; then
  install_notebook_parts
  notebook=("-DPATCHBAY_NOTEBOOK_PYTHON=$VENV/bin/python")
fi

if build_and ci "the program and its tests, warnings as errors" "-DCMAKE_PREFIX_PATH=$TORCH_PREFIX" "${notebook[@]}"; then
  run_tests "$ROOT/build/release" "unit, law and golden tests" -LE acceptance -j2
  run_tests "$ROOT/build/release" "acceptance, one at a time" -L acceptance
fi
if build_and dev "address and undefined sanitizers"; then
  run_tests "$ROOT/build/dev" "tests under the address and undefined sanitizers" -j2
fi
if BUILD_TARGETS="${threaded[*]}" build_and tsan "thread sanitizer"; then
  run_tests "$ROOT/build/tsan" "tests of jobs and store under the thread sanitizer" -j2 \
    -R "^($(IFS='|' && printf '%s' "${threaded[*]}"))\$"
fi
say "took $((SECONDS / 60)) min $((SECONDS % 60)) s"
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
