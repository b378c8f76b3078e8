#!/usr/bin/env python3
"""Every number of the command line's analyses on another device, beside the same on the processor; then their times.

    python tests/bench/devices.py --cli build/release/bin/patchbay-cli --device cuda:0

Prints a table of largest differences, as shares of the largest value of each kind, and one of times. Exit code 1 where
a verb fails or differs by more than --tolerance. Needs nothing but Python.
"""
import argparse
import json
import subprocess
import sys

FRANCE, SPAIN = "The capital of France is", "The capital of Spain is"
VERBS = [
    ["logits", "--prompt", FRANCE],
    ["lens", "--prompt", FRANCE],
    ["lens", "--prompt", FRANCE, "--site", "head_out", "--head", "3"],
    ["patchscope", "--source", FRANCE, "--target-layers", "all"],
    ["patch-grid", "--clean", FRANCE, "--corrupt", SPAIN],
    ["patch-grid", "--clean", FRANCE, "--corrupt", SPAIN, "--site", "head_out", "--all-tokens"],
    ["patch-grid", "--clean", FRANCE, "--corrupt", SPAIN, "--approximate", "--metric", "kl"],
    ["patch-grid", "--clean", FRANCE, "--corrupt", SPAIN, "--site", "head_out", "--receiver", "L22.H4"],
    ["attention", "--prompt", FRANCE],
    ["attribution", "--prompt", FRANCE],
    ["neurons", "--prompt", FRANCE],
    ["generate", "--prompt", FRANCE, "--max-new-tokens", "16"],
]
BENCHES = [["capture", "--tokens", "512"], ["lens"], ["patchscope-column"], ["patchscope-grid"], ["patch-grid"],
           ["heads"], ["generate"], ["lora-step-bf16"]]
# Ranks and order of equals are no quantities.
SKIPPED = {"seconds", "id", "rank", "tracked_rank", "token_rank"}


def numbers(json_value, path=""):
    """(path without list places, value) of every number."""
    if isinstance(json_value, dict):
        for key, value in json_value.items():
            if key not in SKIPPED:
                yield from numbers(value, path + "/" + key)
    elif isinstance(json_value, list):
        for value in json_value:
            yield from numbers(value, path)
    elif isinstance(json_value, (int, float)) and not isinstance(json_value, bool):
        yield path, float(json_value)


def run(cli, verb, device, threads):
    command = [cli, *verb, "--device", device] + (["--threads", str(threads)] if threads else [])
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        return None, done.stderr.strip()[:400]
    return json.loads(done.stdout.strip().splitlines()[-1]), ""


def compare(cli, device, threads, tolerance):
    failures = 0
    for verb in VERBS:
        name = " ".join(verb)
        (here, complaint), (there, other) = run(cli, verb, "cpu", threads), run(cli, verb, device, threads)
        if here is None or there is None:
            print(f"FAILED  {name}: {complaint or other}")
            failures += 1
            continue
        a, b = list(numbers(here)), list(numbers(there))
        if [path for path, _ in a] != [path for path, _ in b]:
            print(f"FAILED  {name}: other fields")
            failures += 1
            continue
        largest = {}
        for path, value in a:
            largest[path] = max(largest.get(path, 1e-3), abs(value))
        worst = max(((abs(x - y) / largest[path], path) for (path, x), (_, y) in zip(a, b)), default=(0, ""))
        failures += worst[0] > tolerance
        print(f"{'differs' if worst[0] > tolerance else 'agrees '} {worst[0]:.1e} at {worst[1]:40s} {name}")
    return failures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cli", required=True)
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--tolerance", type=float, default=2e-3)
    parser.add_argument("--no-times", action="store_true")
    options = parser.parse_args()
    failures = compare(options.cli, options.device, options.threads, options.tolerance)
    for bench in [] if options.no_times else BENCHES:
        seconds = []
        for device in ("cpu", options.device):
            result, complaint = run(options.cli, ["bench", *bench, "--repeat", "3"], device, options.threads)
            seconds.append(f"{result['seconds']['median']:.4f} s" if result else complaint)
        print(f"{' '.join(bench):24s} cpu {seconds[0]:>14s}   {options.device} {seconds[1]:>14s}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
